#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The client is killed at each write, sync and sending of `send` and of `inbox`, and once in a while at a random
moment: nothing is lost, nothing comes twice.  strace tells besides that what it says it has stored was synced before
it was signed, sent or said."""
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from notices import contact
from partnership import CLIENT, NO_LEAKS, SKIP, Partnership
import wire

# system calls at whose n-th occurrence the client is killed; each thread counts its own: the first two are the
# program's, the last is libzmq's
POINTS = {"pwrite64": 7, "fdatasync": 1, "sendto": 1}


def traced(agency, options, *args):
    """Run mash-client under strace; (exit code, its standard output)."""
    done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", *options, CLIENT, args[0], "--home", agency.home,
                           *args[1:]], capture_output=True, text=True, timeout=60, env=NO_LEAKS)
    return done.returncode, done.stdout


def killed_at(agency, call, n, *args):
    """True when the client was killed at the n-th call, False when it ended before."""
    code, out = traced(agency, ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={n}"], *args)
    killed = code in (-signal.SIGKILL, 128 + signal.SIGKILL)
    assert killed or code == 0, (call, n, code, out)
    # killed it has said nothing that reads as success
    assert not (killed and "held (receipt" in out), out
    return killed


def sweep(what, kill):
    """Kill at each point until the program ends before it is reached.  Number of kills."""
    kills = 0
    for call, stride in POINTS.items():
        for n in range(1, 400, stride):
            if not kill(call, n):
                break
            kills += 1
        else:
            raise AssertionError(f"{what}: {call} has no end")
    return kills


def send_killed(p):
    """Whatever is in the outbox after a kill goes on `resubmit`, once; the broker knows of nothing else."""
    school, care = p["sample-school"], p["city-social-care"]
    path = os.path.join(p.folder, "content.json")
    with open(path, "w") as out:
        json.dump(contact(), out)
    args = ["send", "--type", "CONTACT", "--to", care.address, "--content", path]
    kills = sweep("send", lambda call, n: killed_at(school, call, n, *args))
    states = [row["state"] for row in school.outbox().values()]
    assert {"draft", "sealed", "held"} <= set(states), states  # kills in each of its lives
    lost = kills + len(POINTS) - len(states)  # killed before the outbox had it: nothing was said of these
    assert 0 <= lost <= kills // 2, (kills, len(states))
    school.client("resubmit")
    outbox, inbox = school.outbox(), care.inbox()
    assert all(row["state"] == "held" for row in outbox.values()), outbox
    assert set(inbox) == set(outbox), (len(inbox), len(outbox))
    assert p.status()["notices"] == len(outbox)
    assert all(row["content"] == contact() for row in inbox.values())
    return kills


def inbox_killed(p):
    """Killed while it collects: the notice is there once, and its history has each step once."""
    school, care = p["sample-school"], p["city-social-care"]
    writer = wire.Writer(school)
    sent = set(care.inbox("--offline"))

    def kill(call, n):
        notice = writer.notice([care.address], content=b"kill at %s %d" % (call.encode(), n))
        with wire.Link.of(school) as link:
            assert link.outcome(notice)["code"] == 202
        sent.add(hashlib.sha256(notice["manifest"]).digest())
        return killed_at(care, call, n, "inbox")

    kills = sweep("inbox", kill)
    inbox = care.inbox()
    found = [row for row in inbox.values() if bytes.fromhex(row["manifest_sha256"]) in sent]
    wanted = [one for one in sent if isinstance(one, bytes)]
    assert len(found) == len(wanted), (len(found), len(wanted))
    with wire.Link.of(school) as link:
        for row in found:
            assert [s["state"] for s in row["statuses"]] == ["collected", "opened"], row["statuses"]
            assert all(s["logged"] for s in row["statuses"]), row["statuses"]
            tracked = link.ask("track", {"manifest_sha256": bytes.fromhex(row["manifest_sha256"])})["tracked"]["entries"]
            kinds = [entry_kind(entry["proof"]) for entry in tracked]
            assert kinds.count("status") == 2 and kinds.count("accept") == 1, kinds
    assert p.status()["waiting"] == 0
    return kills


def entry_kind(proof):
    extra = wire.reading.unbase64(proof.split(b"\n")[1][6:].decode())
    return {1: "accept", 2: "delivery", 3: "status", 4: "report"}[extra[1]]


def at_random(p, rounds=12):
    """SIGKILL from outside at a random moment of send and inbox."""
    school, care = p["sample-school"], p["city-social-care"]
    path = os.path.join(p.folder, "content.json")
    for _ in range(rounds):
        for agency, args in ((school, ["send", "--type", "CONTACT", "--to", care.address, "--content", path]),
                             (care, ["inbox"])):
            process = subprocess.Popen([CLIENT, args[0], "--home", agency.home, *args[1:]], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
            time.sleep(random.uniform(0, 0.06))
            process.kill()
            process.communicate()
    school.client("resubmit")
    outbox, inbox = school.outbox(), care.inbox()
    assert all(row["state"] == "held" for row in outbox.values())
    assert set(outbox) <= set(inbox) and p.status()["notices"] == len(inbox), (len(outbox), len(inbox))
    for row in inbox.values():
        assert [s["sequence"] for s in row["statuses"]] == [1, 2], row


def calls_of(agency, *args):
    """The system calls of a run, in the order they ended: (thread is the first, name, file, arguments, result)."""
    path = os.path.join(agency.partnership.folder, "strace.out")
    done = subprocess.run(["strace", "-f", "-qq", "-y", "-s", "40", "-o", path, "-e",
                           "trace=pwrite64,fsync,fdatasync,sendto,recvfrom,write", CLIENT, args[0], "--home",
                           agency.home, *args[1:]], capture_output=True, text=True, timeout=60, env=NO_LEAKS)
    assert done.returncode == 0, done
    found, started = [], {}
    with open(path) as file:
        for line in file:
            thread, rest = line.rstrip("\n").split(" ", 1)
            rest = rest.strip()
            if rest.endswith("<unfinished ...>"):
                # a sending counts from its beginning: what is not synced by then is too late
                started[thread] = rest[:-len("<unfinished ...>")]
                continue
            if rest.startswith("<... "):
                rest = started.pop(thread, "") + rest.split("resumed>", 1)[1]
            match = re.match(r"(\w+)\((\d+)<(.*?)>(.*)\) += (-?\d+)", rest)
            if match:
                found.append((match[1], int(match[2]), match[3], match[4], int(match[5])))
    return found


class Order:
    """Goes through the calls of a run: nothing large goes out, and nothing is said, over rows not yet synced."""

    def __init__(self, calls):
        self.dirty = False
        self.syncs = []  # since the last large receiving
        self.sent = []   # (bytes, syncs before it)
        self.said_dirty = self.sent_dirty = 0
        for name, fd, file, args, result in calls:
            wal = file.endswith("client.db-wal")
            if name == "pwrite64" and wal:
                self.dirty = True
            elif name in ("fdatasync", "fsync") and wal and result == 0:
                self.dirty = False
                self.syncs.append(name)
            elif name == "sendto" and "socket" in file and "MESSAGE" in args and result > 300:
                self.sent_dirty += self.dirty
                self.sent.append((result, len(self.syncs)))
            elif name == "recvfrom" and "socket" in file and result > 1000:
                self.syncs = []
            elif name == "write" and fd == 1:
                self.said_dirty += self.dirty


def synced(p):
    school, care = p["sample-school"], p["city-social-care"]
    path = os.path.join(p.folder, "content.json")
    order = Order(calls_of(school, "send", "--type", "CONTACT", "--to", care.address, "--content", path))
    assert not order.sent_dirty and not order.said_dirty, vars(order)
    # the draft is on the disk before the exchange hears of anything, the sealed notice before it is sent
    submit = [syncs for size, syncs in order.sent if size > 4096]
    assert len(submit) == 1 and submit[0] >= 2, order.sent
    assert len(order.syncs) >= 1, "the receipt was not synced before it was told"

    order = Order(calls_of(care, "inbox"))
    assert not order.sent_dirty and not order.said_dirty, vars(order)
    # after the delivery came: the notice is synced; then `collected` is signed, and synced before it goes out
    assert order.sent and order.sent[-1][1] >= 2, order.sent


def main():
    if shutil.which("strace") is None:
        print("SKIP: strace is not installed", file=sys.stderr)
        return SKIP
    seed = int(os.environ.get("MASH_SEED", random.randrange(1 << 32)))
    random.seed(seed)
    print(f"seed {seed} (MASH_SEED)")
    with Partnership(["sample-school", "city-social-care"]) as p:
        of_send = send_killed(p)
        synced(p)
        of_inbox = inbox_killed(p)
        at_random(p)
    print(f"client crashes: {of_send} kills of send, {of_inbox} of inbox: nothing lost, nothing twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
