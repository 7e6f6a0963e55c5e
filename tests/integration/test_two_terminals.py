#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several people work in one home at once: nobody is shown a false alarm and every notice is held in the end.

An installation may have four connections at a time; a fifth is told to try again, which `resubmit` does.
A hello that named one checkpoint and judged the proof by another once raised the alarm of a forked log.
"""
import json
import os
import subprocess
import sys

from partnership import CLIENT, Partnership

CONTENT = {"subjects": [{"kind": "child", "given_name": "not known", "family_name": "not known",
                         "birth_date": "not known"}],
           "referrer": {"name": "P Sample", "role": "DSL", "phone": "0116 496 0000"},
           "source": "2A", "concern": "Drawn for the test."}


def main():
    with Partnership(agencies=["sample-school", "city-social-care"]) as p:
        content = os.path.join(p.folder, "content.json")
        with open(content, "w") as out:
            json.dump(CONTENT, out)
        held = 0
        for _ in range(6):
            sends = [subprocess.Popen([CLIENT, "send", "--home", p["sample-school"].home, "--type", "CONTACT", "--to",
                                       p["city-social-care"].address, "--content", content, "--json"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
            for send in sends:
                out, said = send.communicate(timeout=60)
                assert "ALARM" not in said + out, said + out
                assert send.returncode in (0, 75), (send.returncode, out, said)
                held += json.loads(out)["end"] == "held"
        assert held >= 24, held
        p["sample-school"].client("resubmit", "--all")
        assert p.status()["notices"] == 36, p.status()
        watch = p["sample-school"].client("watch", "--once", "--json", ok=None)
        assert "alarm" not in watch.stdout, watch.stdout
    print("36 sends, six at a time, in one home: all held in the end, no alarm")
    return 0


if __name__ == "__main__":
    sys.exit(main())
