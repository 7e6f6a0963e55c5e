#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A broker that lost its disk and was put back from a backup: read-only until two operators have confirmed
the head, then everything that was receipted since comes back from those who sent it, once; and a checkpoint
that no restore explains stops the broker for good, across restarts."""
import os
import shutil
import sqlite3
import sys

from notices import contact, missing
from partnership import BROKER_UID, MASHCTL, ROOT, Partnership, run

TEMPFAIL, DATAERR = 75, 65


def confirm(p, who, root, size, ok=(0,)):
    key = os.path.join(p.governance, "operators", f"op{who}.key")
    return run(MASHCTL, "confirm-restore", root, size, "--socket", p.control, "--key", key, ok=ok)


def states(agency, notice):
    """{mailbox: [states]} that the log holds, as the sender sees them."""
    seen = {}
    for row in agency.json("show", notice, "--sent")["statuses"]:
        if row["logged"]:
            seen.setdefault(row["mailbox"], []).append(row["state"])
    return seen


def put_back(p, backup):
    """Power cut, the disk is gone, the backup is put into its place."""
    p.kill()
    gone = os.path.join(p.folder, "gone")
    os.mkdir(gone)
    for name in os.listdir(p.state):
        if name.startswith(("store.db", "floor", "read-only")):
            shutil.move(os.path.join(p.state, name), gone)
    run(MASHCTL, "restore", backup, p.state)
    p.start()


def alarms(agency):
    return [w["text"] for w in agency.json("watch", "--once", ok=(0, 75)) if w["kind"] == "alarm"]


def lost_and_back(p):
    school, care, police = p["sample-school"], p["city-social-care"], p["leics-police"]
    early = school.send("CONTACT", contact(), "--to", care.address)
    care.inbox()
    backup = os.path.join(p.state, "backup", "monday")
    p.operator_command("backup", backup)

    # receipted after the backup: acknowledged, collected, not fetched; and more said of the early one
    late = [school.send("CONTACT", contact(concern=f"Late {n}"), "--to", care.address) for n in range(2)]
    care.inbox()
    care.client("ack", late[0]["id"], "--actor", "sw-0117")
    care.client("ack", early["id"], "--actor", "sw-0117")
    late.append(school.send("CONTACT", contact(concern="Late 2"), "--to", care.address))
    answer = care.send("MISSING_CHILD", missing(), "--to", school.address, "--reply-to", late[0]["id"],
                       "--relation", "update")
    school.inbox()
    assert states(school, late[0]["id"]) == {care.address: ["collected", "opened", "acknowledged"]}
    expected = {n["id"]: states(school, n["id"]) for n in (early, *late)}

    put_back(p, backup)
    status = p.status()
    assert status["read_only"] and status["notices"] == 1, status
    root, size = status["log"]["root"], status["log"]["size"]
    assert root in run(MASHCTL, "status", "--socket", p.control).stdout
    waits = police.send("MISSING_CHILD", missing(), "--to", care.address, "--immediate", ok=(TEMPFAIL,))
    confirm(p, 1, root, size + 1, ok=(DATAERR,))
    confirm(p, 1, "0" * 64, size, ok=(DATAERR,))
    confirm(p, 1, root, size)
    confirm(p, 1, root, size)  # one operator twice is one
    assert p.status()["read_only"]
    confirm(p, 2, root, size)
    assert not p.status()["read_only"]

    # the recipient comes first: what it said about notices that are not back yet waits
    care.client("inbox")
    assert not p.status()["read_only"]
    assert any("restored from a backup" in text for text in alarms(care)), alarms(care)
    assert care.json("status")["pending_statuses"] == 5
    care.client("resubmit", "--all", ok=(77,))  # its answer: what it replies to is not back yet
    school.client("resubmit", "--all")
    assert [n["state"] for n in school.outbox().values()] == ["held"] * 4
    care.client("resubmit", "--all")  # the answer is tried again now that what it replies to is back
    for _ in range(2):
        care.inbox()
        school.inbox()
    police.client("resubmit")
    expected[late[2]["id"]] = {care.address: ["collected", "opened"]}
    for notice in (early, *late):
        school.client("track", notice["id"])
        assert states(school, notice["id"]) == expected[notice["id"]], notice
    received = care.inbox()
    assert set(received) == {early["id"], *(n["id"] for n in late), waits["id"]}
    assert set(school.inbox()) == {answer["id"]}
    assert p.status()["notices"] == 6 and care.json("status")["pending_statuses"] == 0
    for agency in (school, care):
        assert agency.json("status")["quarantined"] == 0
        assert sum("restored from a backup" in text for text in alarms(agency)) == 1, alarms(agency)
        assert not any("ALARM" in text for text in alarms(agency)), alarms(agency)
    keep_evidence(school)


def keep_evidence(agency):
    with sqlite3.connect(os.path.join(agency.home, "client.db")) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM lost GROUP BY kind"))
        evidence = db.execute("SELECT evidence FROM alarm WHERE kind = 'restored'").fetchone()[0]
    assert kinds["receipt"] == 3 and kinds["status"] > 0, kinds
    assert evidence.count(b"llr/") == 4, evidence  # two notes: origin and signature line each


def lost_again_without_confirmation(p):
    """The same old backup once more, as somebody would who hides what happened since."""
    school, care = p["sample-school"], p["city-social-care"]
    last = school.send("CONTACT", contact(concern="After"), "--to", care.address)
    mark = os.path.join(p.state, "read-only")
    p.kill()
    for name in ("store.db", "store.db-wal", "floor"):
        path = os.path.join(p.folder, "gone", name)
        target = os.path.join(p.state, name)
        if os.path.exists(target):
            os.unlink(target)
        if os.path.exists(path):
            shutil.copy2(path, target)
            if ROOT:
                os.chown(target, BROKER_UID, BROKER_UID)
    p.start()  # the disk of before the restore: a log that school has left behind
    assert not p.status()["read_only"]
    done = school.client("inbox", ok=None)
    assert done.returncode != 0
    assert p.status()["read_only"] and os.path.exists(mark)
    assert p.stop() == 0
    p.start()
    status = p.status()
    assert status["read_only"] and "sample-school" in status["read_only_why"], status
    confirm(p, 1, status["log"]["root"], status["log"]["size"])
    confirm(p, 2, status["log"]["root"], status["log"]["size"])
    assert not p.status()["read_only"] and not os.path.exists(mark)
    return last


def main():
    with Partnership(agencies=("leics-police", "sample-school", "city-social-care")) as p:
        p.calm = False
        lost_and_back(p)
        lost_again_without_confirmation(p)
    print("restore: confirmed by two, refilled by those who sent, each once; a doubted log stays unsigned")
    return 0


if __name__ == "__main__":
    sys.exit(main())
