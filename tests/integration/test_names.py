#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names of the children: the recipient's opened inbox holds all of them, the broker none: not in its state, backup,
log, figures and page, not in the memory of its processes.  One search command looks at both sides.
Memory needs root: without it the test is skipped, and says so."""
import os
import subprocess
import sys
import urllib.request

from notices import child, contact, marac, missing
from partnership import HERE, ROOT, SKIP, Partnership, run, MASHCTL, wait_until

SEARCH = os.path.join(HERE, "search_names.py")
# given and family names, a place, a phrase: each found nowhere else
NAMES = ["Zephyrine", "Quillonfeather", "Océanne", "Brzęczyszczykiewicz", "Thornapple Croft", "Ὑακίνθη", "Oluwaseyi",
         "Marzipanella", "Wrenfordshire", "Grobblestone", "Ynyr-Llewellyn", "xylophone bruises", "Pomegranate-7731"]


def search(p, what, wanted, *where, names=None):
    """Run the search; wanted: exit code.  Its words are returned."""
    path = os.path.join(p.folder, "names.txt")
    with open(path, "w") as out:
        out.write("\n".join(names or NAMES) + "\n")
    done = subprocess.run([sys.executable, SEARCH, "--names", path, *map(str, where)], capture_output=True, text=True)
    assert done.returncode == wanted, f"{what}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip().split("\n")[-1]


def send_all(p):
    """Every name goes through the broker in at least one notice, in every sort of field."""
    school, care, police = p["sample-school"], p["city-social-care"], p["leics-police"]
    health, coordinator = p["city-health"], p["llr-marac"]
    one = contact([child(NAMES[0], NAMES[1], "2014-02-03", address=NAMES[4]), child(NAMES[2], NAMES[3], "2016-05-06")],
                  concern=f"{NAMES[11]}, seen by {NAMES[6]}", household=NAMES[7])
    sent = [school.send("CONTACT", one, "--to", care.address, "--reference", NAMES[12])]
    sent.append(police.send("MISSING_CHILD", missing(child(NAMES[5], NAMES[8], "2011-01-01")), "--immediate", "--to",
                            care.address, "--info", school.address))
    refused = school.send("CONTACT", one, "--to", police.address, ok=(77,))
    assert refused["code"] == 403, refused
    health.send("MARAC_REFERRAL", marac(victim_wants=NAMES[9], housing=NAMES[10]), "--to", coordinator.address)
    # some are collected, acknowledged and decided, some still wait when the broker is searched
    assert len(care.inbox()) == 2
    care.client("ack", sent[0]["id"], "--actor", "sw-0117")
    care.client("decide", sent[0]["id"], "--actor", "sw-0117", "--subject", "0=ASSESSMENT")
    care.client("decline", sent[1]["id"], "--actor", "sw-0117", "--reason", "not-known-to-us")
    school.json("track", sent[0]["id"])


def figures(p):
    """What the console and mashctl show, in files."""
    folder = os.path.join(p.folder, "shown")
    os.makedirs(folder, exist_ok=True)
    pages = {}
    for name in ("livez", "readyz", "metrics", ""):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{p.console_port}/{name}", timeout=5) as answer:
                pages[name or "page"] = answer.read()
        except urllib.error.HTTPError as error:
            pages[name] = error.read()
    for words in ([], ["--json"]):
        pages["status" + "".join(words)] = run(MASHCTL, "status", "--socket", p.control, *words).stdout.encode()
    for name, content in pages.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)
    assert b"mash_" in pages["metrics"] and b"front-door" in pages["status--json"], pages
    return folder


def main():
    if not ROOT:
        print("SKIP: the memory of the broker's processes can be read by root only: names are NOT searched",
              file=sys.stderr)
        return SKIP
    with Partnership() as p:
        send_all(p)
        backup = os.path.join(p.state, "backup", "names")
        p.operator_command("backup", backup)
        roles = p.roles()
        pids = [part for pid in (p.broker_pid(), *roles.values()) for part in ("--pid", pid)]
        log = os.path.join(p.folder, "mashd.log")
        wait_until("figures of the console", lambda: os.path.getsize(os.path.join(figures(p), "metrics")) > 500)

        search(p, "names in the broker, some waiting", 0, p.state, log, figures(p), *pids)
        p["llr-marac"].inbox()

        # the search sees what is there: names at the recipients, addresses of mailboxes in the broker
        recipients = [p[name].home for name in ("city-social-care", "llr-marac")]
        for name in NAMES:
            search(p, f"{name} at the recipients", 1, *recipients, names=[name])
        found = search(p, "all names at the recipients", 0, "--found", len(NAMES), *recipients)
        search(p, "an address in the state", 1, p.state, names=["city-social-care/front-door"])
        search(p, "an address in the backup", 1, backup, names=["city-social-care/front-door"])
        for role in ("ledger", "gate"):
            search(p, f"its own name in the memory of the {role}", 1, "--pid", roles[role], names=[f"--role={role}"])
        search(p, "an address in the ledger", 1, "--pid", roles["ledger"], names=["city-social-care/front-door"])
        search(p, "names in the memory of this test", 0, "--found", len(NAMES), "--pid", os.getpid())

        # and none of the names is in anything of the broker
        nothing = search(p, "names in the broker", 0, p.state, log, figures(p), *pids)
        print(f"names: recipients: {found}; broker: {nothing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
