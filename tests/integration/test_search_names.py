#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The search for names finds each form it claims to, in files and in memory: else its silence proves nothing."""
import base64
import os
import subprocess
import sys
import tempfile

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "search_names.py")
NAME = "Tamsin Quillfeather"


def run(*args):
    return subprocess.run([sys.executable, TOOL, *args], capture_output=True, text=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        names = os.path.join(folder, "names")
        with open(names, "w") as out:
            out.write(NAME + "\n")
        where = os.path.join(folder, "where")
        os.mkdir(where)
        raw = NAME.encode()
        cases = {"utf-8": raw, "utf-16le": NAME.encode("utf-16-le"), "utf-16be": NAME.encode("utf-16-be"),
                 "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
        for shift in range(9):
            cases[f"base64 at {shift}"] = base64.b64encode(os.urandom(shift) + raw + os.urandom(11))
        for form, data in cases.items():
            with open(os.path.join(where, "file"), "wb") as out:
                out.write(os.urandom(100) + data + os.urandom(100))
            assert run("--names", names, where).returncode == 1, form
            assert run("--names", names, "--found", "1", where).returncode == 0, form
        with open(os.path.join(where, "file"), "wb") as out:
            out.write(os.urandom(5000))
        assert run("--names", names, where).returncode == 0
        assert run("--names", names, "--found", "1", where).returncode == 1
        assert run("--names", names, os.path.join(folder, "absent")).returncode == 2
        child = subprocess.Popen([sys.executable, "-c",
                                  "import sys; kept = sys.stdin.read(); print('kept', flush=True); "
                                  "import time; time.sleep(60)"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        child.stdin.write(NAME)
        child.stdin.close()
        child.stdout.readline()
        seen = run("--names", names, "--pid", str(child.pid))
        child.kill()
        child.wait()
        assert seen.returncode == 1 and "memory" in seen.stdout, seen
    print("search_names: every form found")


if __name__ == "__main__":
    main()
