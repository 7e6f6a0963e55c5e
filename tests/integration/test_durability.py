#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The broker, its ledger or its gate is killed while at least 50 submissions are unanswered, again and again:
every receipted notice is there after the restart under the same entry, the rest are resent, and each arrives
exactly once."""
import hashlib
import os
import random
import signal
import sys
import time

from partnership import Partnership, wait_until
import second_reading as reading
import wire

ROUNDS = ("all", "ledger", "gate", "all", "ledger", "gate", "all")
SUBMISSIONS = 80
FIRST = 20  # of them: some of these are answered before the kill
UNANSWERED = 50


class Round:
    def __init__(self, p, writer, to, number):
        self.p = p
        self.writer = writer
        self.number = number
        self.notices = {}
        for at in range(SUBMISSIONS):
            notice = writer.notice(to, content=b"round %d, notice %d" % (number, at))
            self.notices[hashlib.sha256(notice["manifest"]).digest()] = notice
        self.receipts = {}

    def take(self, answer):
        for row in answer.get("outcomes", {}).get("outcomes", []):
            assert row["code"] == 202, row
            self.receipts[row["sha256"]] = row["receipt"]

    def drain(self, link, quiet_s):
        try:
            while True:
                self.take(link.take(quiet_s))
        except wire.Gone:
            pass

    def kill_amid(self, victim):
        """Submit everything, let the ledger work for some milliseconds, kill.  Number of unanswered ones."""
        p, roles = self.p, self.p.roles()
        with wire.Link.of(self.writer.agency) as link:
            notices = list(self.notices.values())
            for notice in notices[:FIRST]:
                link.put("submit", {"notices": [notice]})
            for _ in range(random.randrange(FIRST)):
                self.take(link.take())
            # held back until the rest of them wait: the kill comes in the middle of them
            os.kill(roles["ledger"], signal.SIGSTOP)
            for notice in notices[FIRST:]:
                link.put("submit", {"notices": [notice]})
            time.sleep(0.03)
            os.kill(roles["ledger"], signal.SIGCONT)
            time.sleep(random.uniform(0, 0.004))
            if victim == "all":
                p.kill()
            else:
                p.kill(victim)
            self.drain(link, 0.3)
        return len(self.notices) - len(self.receipts)

    def restart(self, victim, mark, before):
        p = self.p
        if victim == "all":
            p.start()
            return
        wait_until("a new gate", lambda: p.logged("event=gate-open", mark))
        after = p.roles()
        assert after[victim] != before[victim], (before, after)
        if victim == "gate":
            assert after["ledger"] == before["ledger"], "the ledger went with the gate"

    def check(self):
        """What was receipted is there, before anything is sent again."""
        log, origin = self.writer.law.log, self.p.origin()
        with wire.Link.of(self.writer.agency) as link:
            for sha256, receipt in self.receipts.items():
                entry = reading.verify_receipt(receipt, origin, log)
                tracked = link.ask("track", {"manifest_sha256": sha256})
                assert tracked["code"] == 200, f"round {self.number}: a receipted notice is lost: {tracked}"
                now = reading.verify_receipt(tracked["tracked"]["entries"][0]["proof"], origin, log)
                assert (now["index"], now["detail"]) == (entry["index"], entry["detail"]), (now, entry)

    def resend(self):
        """All of them again.  How many the broker knew already."""
        known = 0
        log, origin = self.writer.law.log, self.p.origin()
        notices = list(self.notices.values())
        with wire.Link.of(self.writer.agency) as link:
            for at in range(0, len(notices), 32):
                for row in link.submit(*notices[at:at + 32])["outcomes"]["outcomes"]:
                    assert row["code"] == 202, row
                    again = row["sub_code"] == "S111"
                    known += again
                    first = self.receipts.get(row["sha256"])
                    if first is not None:
                        assert again, f"round {self.number}: {row}"
                        assert reading.verify_receipt(first, origin, log)["index"] == \
                            reading.verify_receipt(row["receipt"], origin, log)["index"]
        return known


def main():
    seed = int(os.environ.get("MASH_SEED", random.randrange(1 << 32)))
    random.seed(seed)
    print(f"seed {seed} (MASH_SEED)")
    with Partnership(["sample-school", "city-social-care"]) as p:
        p.calm = False
        school, care = p["sample-school"], p["city-social-care"]
        writer = wire.Writer(school)
        wanted, told = set(), []
        number = 0
        for victim in ROUNDS:
            for _ in range(5):
                number += 1
                one = Round(p, writer, [care.address], number)
                mark, before = p.log_size(), p.roles()
                unanswered = one.kill_amid(victim)
                one.restart(victim, mark, before)
                one.check()
                known = one.resend()
                wanted |= set(one.notices)
                if number % 3 == 1:
                    care.client("inbox")  # a recipient that collects between the kills
                if unanswered >= UNANSWERED:
                    break
            else:
                raise AssertionError(f"{victim}: never {UNANSWERED} unanswered at the kill")
            told.append(f"{victim}: {len(one.receipts)} receipted, {unanswered} unanswered, {known - len(one.receipts)}"
                        " of these held already")
        opened = care.inbox()
        found = [bytes.fromhex(notice["manifest_sha256"]) for notice in opened.values()]
        assert len(found) == len(set(found)) and set(found) == wanted, (len(found), len(set(found)), len(wanted))
        assert all(notice["state"] == "opened" for notice in opened.values())
        status = p.status()
        assert (status["notices"], status["waiting"]) == (len(wanted), 0), status
        print("\n".join(told))
        print(f"durability: {len(wanted)} notices through {number} kills, each arrived once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
