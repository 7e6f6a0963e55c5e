#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No receipt leaves before the last sync of its group: seen by strace in the ledger itself, with that sync delayed by
2 s, and with an error of the disk in its place.  Needs root to trace the ledger: without it the test is skipped, and
says so."""
import os
import re
import signal
import subprocess
import sys
import time

from notices import contact
from partnership import ROOT, SKIP, Partnership, wait_until
import wire

DELAY_S = 2.0
RECEIPT = "c2sp.org/tlog-proof"


class Strace:
    """strace on the running ledger: `with` traces, `lines` are the system calls in their order."""

    def __init__(self, p, *options):
        self.path = os.path.join(p.folder, "strace.out")
        self.lines = []
        pid = p.roles()["ledger"]
        self.process = subprocess.Popen(["strace", "-f", "-y", "-ttt", "-s", "20000", "-o", self.path, *options, "-p",
                                         str(pid)], stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        assert "attached" in said, said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        with open(self.path) as file:
            self.lines = file.read().split("\n")


def calls(lines):
    """(name, file, data, result) of each finished call of the main thread, in order."""
    found, started = [], {}
    for line in lines:
        match = re.match(r"(\d+) +[\d.]+ (.*)", line)
        if not match:
            continue
        thread, rest = match.groups()
        if rest.endswith("<unfinished ...>"):
            started[thread] = rest[:-len("<unfinished ...>")]
            continue
        if rest.startswith("<... "):
            rest = started.pop(thread, "") + rest.split("resumed>", 1)[1]
        match = re.match(r"(\w+)\(\d+<([^>]*)>(.*)\) += (-?\d+)", rest)
        if match:
            found.append((match[1], os.path.basename(match[2]), match[3], int(match[4])))
    return found


def check_order(lines, notices):
    """Each receipt is sent only after: the rows are in the WAL, the WAL is synced, the floor is written, the floor is
    synced.  A listed number of syncs a group: exactly these two."""
    step, syncs, receipts, groups = "clean", 0, 0, 0
    for name, file, data, result in calls(lines):
        if name == "pwrite64" and file == "store.db-wal":
            assert step in ("clean", "rows"), f"the next group was begun while this one was at: {step}"
            step = "rows"
        elif name in ("fdatasync", "fsync") and file == "store.db-wal":
            assert step == "rows" and result == 0, (step, result)
            step, syncs = "wal synced", syncs + 1
        elif name == "pwrite64" and file == "floor":
            assert step == "wal synced", f"the floor was written at: {step}"
            step = "floor"
        elif name in ("fdatasync", "fsync") and file == "floor":
            assert step == "floor" and result == 0, (step, result)
            step, syncs, groups = "clean", syncs + 1, groups + 1
        elif name in ("sendto", "sendmsg", "write", "writev") and RECEIPT in data:
            assert step == "clean" and groups > 0, f"a receipt left at: {step}"
            receipts += data.count(RECEIPT)
        elif name in ("fdatasync", "fsync"):
            raise AssertionError(f"a sync that is not on the list: {name} of {file}")
    assert receipts == notices, f"{receipts} receipts seen, not {notices}"
    assert step == "clean" and groups >= 1 and syncs == 2 * groups, (step, groups, syncs)
    return groups


def order(p):
    school, care = p["sample-school"], p["city-social-care"]
    writer = wire.Writer(school)
    notices = [writer.notice([care.address], content=b"%d" % n) for n in range(12)]
    with Strace(p, "-e", "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync,sync_file_range") as trace:
        with wire.Link.of(school) as link:
            for notice in notices[:6]:
                assert link.outcome(notice)["code"] == 202
            assert all(row["code"] == 202 for row in link.submit(*notices[6:])["outcomes"]["outcomes"])
    return check_order(trace.lines, len(notices))


def delayed(p):
    """The floor's sync is the last one.  2 s late, the receipt is 2 s late, and until then the sender has none."""
    school, care = p["sample-school"], p["city-social-care"]
    floor = os.path.join(p.state, "floor")
    notice = wire.Writer(school).notice([care.address], content=b"delayed")
    with wire.Link.of(school) as link:
        with Strace(p, "-P", floor, "-e", "trace=fdatasync", "-e",
                    f"inject=fdatasync:delay_enter={int(DELAY_S * 1e6)}"):
            begun = time.monotonic()
            link.put("submit", {"notices": [notice]})
            try:
                raise AssertionError(f"answered before the last sync: {link.take(DELAY_S - 0.3)}")
            except wire.Gone:
                pass
            answer = link.take(15)
            took = time.monotonic() - begun
    assert answer["outcomes"]["outcomes"][0]["code"] == 202 and took >= DELAY_S, (answer, took)
    # the real client waits as well, and says nothing before
    with Strace(p, "-P", floor, "-e", "trace=fdatasync", "-e",
                f"inject=fdatasync:delay_enter={int(DELAY_S * 1e6)}"):
        begun = time.monotonic()
        school.send("CONTACT", contact(), "--to", care.address)
        took_client = time.monotonic() - begun
    assert took_client >= DELAY_S, took_client
    return took


def broken(p, name, file, at):
    """EIO at one sync: the ledger ends unanswered and is started again; the client still holds its notice, and it
    arrives once."""
    school, care = p["sample-school"], p["city-social-care"]
    before, mark = p.roles(), p.log_size()
    with Strace(p, "-P", os.path.join(p.state, file), "-e", f"trace={name}", "-e", f"inject={name}:error=EIO:when=1"):
        waits = school.send("CONTACT", contact(concern=f"{file} {at}"), "--to", care.address, ok=(75,))
        wait_until("the ledger's end", lambda: p.logged("role-ended name=ledger", mark))
    assert waits["code"] == 0 and school.outbox()[waits["id"]]["state"] == "sealed", waits
    ended = p.logged("role-ended name=ledger", mark)[0]
    assert "exit=0" not in ended, ended
    wait_until("a new ledger and gate", lambda: p.logged("event=gate-open", mark))
    after = p.roles()
    assert after["ledger"] != before["ledger"] and p.broker.poll() is None, (before, after)
    school.client("resubmit")
    assert school.outbox()[waits["id"]]["state"] == "held"
    assert [n for n in care.inbox() if n == waits["id"]] == [waits["id"]]


def main():
    if not ROOT:
        print("SKIP: only root can trace the ledger: the order of syncs and receipts is NOT tested", file=sys.stderr)
        return SKIP
    with Partnership(["sample-school", "city-social-care"]) as p:
        p.calm = False
        groups = order(p)
        took = delayed(p)
        broken(p, "fdatasync", "floor", 1)
        broken(p, "fdatasync", "store.db-wal", 2)
        assert p.status()["notices"] == len(p["city-social-care"].inbox())
    print(f"syncs: {groups} groups, two syncs each, receipts after the second; {took:.1f} s with it delayed; "
          "a broken disk ends the ledger unanswered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
