# SPDX-License-Identifier: Apache-2.0
"""An agency suspends a key and a mailbox of its own from the command line; the others see it at once."""
import json
import sys

from notices import contact
from partnership import Partnership


def suspend(agency, *args, ok=(0,)):
    return agency.client("suspend", *args, ok=ok)


def main():
    with Partnership(("sample-school", "city-social-care")) as p:
        school, care = p["sample-school"], p["city-social-care"]
        before = p.status()["log"]["size"]

        # what a person types wrongly stays here
        for args, code in ((("--reason", "device-lost"), 64), (("--mailbox", care.address), 64),
                           (("--mailbox", care.address, "--key-id", "00" * 16, "--reason", "x"), 64),
                           (("--key-id", "zz", "--reason", "device-lost"), 65),
                           (("--mailbox", care.address, "--reason", "no code"), 65),
                           (("--mailbox", care.address, "--reason", "x", "--from", school.address), 65)):
            suspend(care, *args, ok=(code,))
        assert p.status()["log"]["size"] == before

        # another agency's mailbox is none of its business, and tells nothing
        said = suspend(care, "--mailbox", school.address, "--reason", "device-lost", ok=(66,))
        assert "NOT suspended" in said.stderr and "your agency has no such" in said.stderr, said.stderr
        assert school.inbox() == {}

        done = json.loads(suspend(care, "--mailbox", care.address, "--reason", "mailbox-closed", "--json").stdout)
        assert done == {"suspended": True}, done
        result = school.send("CONTACT", contact(), "--to", care.address, ok=(75, 77))
        assert "suspended" in json.dumps(result), result
        assert p.status()["log"]["size"] > before
        refused = care.client("inbox", ok=None)
        assert "suspended" in refused.stdout + refused.stderr, (refused.stdout, refused.stderr)

        # only a bundle lifts it
        p.make_bundle()
        p.publish()
        assert school.client("resubmit", "--all").returncode == 0
        assert len(care.inbox()) == 1
    print("an agency suspends its own mailbox from the command line; a bundle lifts it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
