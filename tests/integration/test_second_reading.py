#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the running system writes - receipts, batch paths, statuses, deliveries, consistency proofs, bundles - read
again by second_reading.py, which shares no code with it; and spoilt, it is refused."""
import hashlib
import os
import subprocess
import sys

from notices import contact
from partnership import HERE, Partnership
import second_reading as reading
import wire

READER = os.path.join(HERE, "second_reading.py")
SIZES = (1, 2, 3, 63, 64)


def read(*args, wanted=0):
    done = subprocess.run([sys.executable, READER, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == wanted, (args, done.returncode, done.stderr)
    return done.stdout


def bundles(p, tally):
    """Two versions; the second follows the first, not the other way round."""
    p.make_bundle((2, 3))
    p.publish()
    with wire.Link.of(p["sample-school"]) as link:
        served = [link.ask("get_bundle", {"version": version})["bundle"] for version in (1, 2)]
    before = None
    for bundle in served:
        files = {row["name"]: row["content"] for row in bundle["files"]}
        pin = bytes.fromhex(p.pin)
        terms = tally.good(reading.verify_bundle, bundle["note"], files, pin, before)
        tally.bad("a bundle for another pin", reading.verify_bundle, bundle["note"], files, reading.flip(pin))
        tally.bad("a bundle with a changed file", reading.verify_bundle, bundle["note"],
                  {**files, "agreement.json": files["agreement.json"] + b" "})
        before = bundle["note"]
    tally.equal(terms["version"], "2", "version of the second bundle")
    tally.bad("an older bundle", reading.verify_bundle, served[0]["note"],
              {row["name"]: row["content"] for row in served[0]["files"]}, None, served[1]["note"])
    folder = os.path.join(p.governance, "bundle", "2")
    files = [os.path.join(folder, name) for name in reading.BUNDLE_FILES]
    read("bundle", os.path.join(folder, "note"), *files, "--pin", p.pin, "--after",
         os.path.join(p.governance, "bundle", "1", "note"))


def batches(p, tally):
    """Batches of 1, 2, 3, 63 and 64 at each index, held, delivered, and resent in another batch."""
    school, care = p["sample-school"], p["city-social-care"]
    writer = wire.Writer(school)
    origin, log = p.origin(), writer.law.log
    body = writer.manifest([care.address])[1]
    entries, sent = {}, {}
    with wire.Link.of(school) as link:
        for size in SIZES:
            pairs = [writer.manifest([care.address], body=body) for _ in range(size)]
            notices = writer.batch(pairs)
            for notice in notices:
                tally.good(reading.verify_signed, "notice", "llr", writer.sign.verify_key.encode(), notice["manifest"],
                           notice)
            for at in range(0, size, 32):
                outcomes = link.submit(*notices[at:at + 32])["outcomes"]["outcomes"]
                for notice, outcome in zip(notices[at:at + 32], outcomes):
                    assert outcome["code"] == 202, outcome
                    receipt = tally.good(reading.verify_receipt, outcome["receipt"], origin, log)
                    accept = receipt["body"]["accept"]
                    for name in ("manifest", "signature", "batch_size"):
                        tally.equal(accept[name], notice[name], f"{name} in the accept entry")
                    tally.equal(accept.get("batch_index", 0), notice["batch_index"], "index in the accept entry")
                    tally.good(reading.verify_signed, "notice", "llr", writer.sign.verify_key.encode(),
                               accept["manifest"], accept)
                    tally.bad("signed by another", reading.verify_signed, "notice", "llr",
                              writer.act.verify_key.encode(), accept["manifest"], accept)
                    tally.bad("a receipt by another log", reading.verify_receipt, outcome["receipt"], origin,
                              reading.flip(log))
                    entries[outcome["sha256"]] = receipt["index"]
                    sent[outcome["sha256"]] = notice
            # the first and the last again, in a batch of their own: the same entry answers
            some = [pairs[0], pairs[-1]][:size]
            for again in link.submit(*writer.batch(some))["outcomes"]["outcomes"]:
                tally.equal((again["code"], again["sub_code"]), (202, "S111"), "answer to a resend")
                receipt = tally.good(reading.verify_receipt, again["receipt"], origin, log)
                tally.equal(receipt["index"], entries[again["sha256"]], "entry of a resend")
                tally.equal(receipt["body"]["accept"]["signature"], sent[again["sha256"]]["signature"],
                            "signature of the first time")
    tally.equal(len(entries), sum(SIZES), "notices held")
    return entries, sent


def deliveries(p, tally, entries, sent):
    """Each notice once, densely numbered, with its accept receipt and a delivery entry of its own above that."""
    care = p["city-social-care"]
    law = wire.Law(p.bundle_folder)
    origin, after, seen = p.origin(), 0, []
    with wire.Link.of(care) as link:
        while True:
            link.put("fetch", {"mailbox": care.address, "after": after, "credit": 64})
            got = []
            while "delivery" in (answer := link.take()):
                got.append(answer["delivery"])
            if not got:
                break
            for delivery in got:
                tally.equal(delivery["number"], after + 1, "delivery number")
                after = delivery["number"]
                notice = delivery["notice"]
                sha256 = hashlib.sha256(notice["manifest"]).digest()
                accept = tally.good(reading.verify_receipt, delivery["accept_receipt"], origin, law.log)
                tally.equal(accept["index"], entries[sha256], "entry in the accept receipt")
                proof = tally.good(reading.verify_receipt, delivery["proof"], origin, law.log)
                detail = proof["body"]["delivery"]
                tally.equal((detail["manifest_sha256"], detail["mailbox"], detail["number"], detail["accept_entry"]),
                            (sha256, care.address, after, accept["index"]), "delivery entry")
                assert proof["index"] > accept["index"]
                for name in ("manifest", "body", "signature"):
                    tally.equal(notice[name], sent[sha256][name], f"{name} delivered")
                seen.append(sha256)
    tally.equal(sorted(seen), sorted(entries), "each notice once")


def statuses(p, tally):
    """The chain of a notice that real programs sent, collected, acknowledged and decided."""
    school, care = p["sample-school"], p["city-social-care"]
    sent = school.send("CONTACT", contact(), "--to", care.address)
    care.client("inbox")
    care.client("ack", sent["id"], "--actor", "sw-0117")
    care.client("decide", sent["id"], "--actor", "sw-0117", "--subject", "1=NFA", "--subject", "2=ASSESSMENT")
    law = wire.Law(p.bundle_folder)
    keys = [bytes.fromhex(row["key"]) for row in law.mailboxes[care.address]["sign"]]
    with wire.Link.of(school) as link:
        tracked = link.ask("track", {"manifest_sha256": bytes.fromhex(sent["manifest_sha256"])})["tracked"]["entries"]
    proofs = [tally.good(reading.verify_receipt, row["proof"], p.origin(), law.log) for row in tracked]
    manifest = proofs[0]["body"]["accept"]["manifest"]
    tally.equal(hashlib.sha256(manifest).hexdigest(), sent["manifest_sha256"], "digest that send gave")
    chain = [proof["body"]["status"] for proof in proofs if "status" in proof["body"]]
    states = tally.good(reading.read_chain, [row["status"] for row in chain], manifest)
    tally.equal(states, ["collected", "opened", "acknowledged", "decided"], "states")
    tally.bad("a chain with one missing", reading.read_chain, [row["status"] for row in chain[1:]], manifest)
    for row in chain:
        status = reading.read_status(row["status"])
        key = next(key for key in keys if reading.key_id("sign", key) == status["key_id"])
        tally.good(reading.verify_signed, "status", "llr", key, row["status"], row)
        tally.bad("a status taken for a notice", reading.verify_signed, "notice", "llr", key, row["status"], row)
    times = [proof["time_ms"] for proof in proofs]
    tally.equal(times, sorted(times), "entry times never fall")

    receipt = os.path.join(p.folder, "receipt.tlog-proof")
    school.client("show", sent["id"], "--receipt-out", receipt)
    assert sent["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert manifest.hex() in read("receipt", receipt, "--origin", p.origin(), "--log-key", law.log.hex())
    read("receipt", receipt, "--origin", p.origin(), "--log-key", reading.flip(law.log).hex(), wanted=1)


def consistent(old_size, old_root, new_size, new_root, path):
    """RFC 6962 section 2.1.2: rebuild both roots from the proof."""
    path = list(path)

    def subtree(m, n, whole):
        """(old root, new root) of a part of n leaves whose first m are old."""
        if m == n:
            if whole:
                return old_root, old_root
            node = path.pop(0)
            return node, node
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            old, new = subtree(m, k, whole)
            return old, reading.node_hash(new, path.pop(0))
        old, new = subtree(m - k, n - k, False)
        left = path.pop(0)
        return reading.node_hash(left, old), reading.node_hash(left, new)

    reading.demand(subtree(old_size, new_size, True) == (old_root, new_root) and not path, "the log did not only grow")


def growth(p, tally, first):
    """Every head that was seen is the beginning of the last."""
    law = wire.Law(p.bundle_folder)
    with wire.Link.of(p["sample-school"]) as link:
        size, root = tally.good(reading.verify_checkpoint, link.welcome["checkpoint"], p.origin(), law.log)
        old_size, old_root = first
        path = link.ask("get_consistency", {"old_size": old_size, "new_size": size})["consistency"].get("path", [])
        tally.good(consistent, old_size, old_root, size, root, path)
        tally.bad("another past", consistent, old_size, reading.flip(old_root), size, root, path)
        tally.bad("a proof one short", lambda: consistent(old_size, old_root, size, root, path[:-1]) if path else
                  reading.demand(False, "no path"))
    with wire.Link.of(p["sample-school"], hello=False) as link:
        welcome = link.ask("hello", {"protocol": 1, "checkpoint": first_note(p)})["welcome"]
        tally.good(consistent, old_size, old_root, size, root, welcome.get("consistency", []))
    tally.equal(p.status()["log"]["size"], size, "size of the log by mashctl")


def first_note(p):
    with open(os.path.join(p.folder, "first.checkpoint"), "rb") as file:
        return file.read()


class Tally(reading.Tally):
    def bad(self, what, check, *args):
        try:
            super().bad(what, check, *args)
        except IndexError:  # a path that ran out
            self.refused += 1


def main():
    tally = Tally()
    with Partnership(["sample-school", "city-social-care"]) as p:
        with wire.Link.of(p["sample-school"]) as link:
            note = link.welcome["checkpoint"]
        with open(os.path.join(p.folder, "first.checkpoint"), "wb") as out:
            out.write(note)
        first = reading.verify_checkpoint(note, p.origin(), wire.Law(p.bundle_folder).log)
        bundles(p, tally)
        entries, sent = batches(p, tally)
        deliveries(p, tally, entries, sent)
        statuses(p, tally)
        growth(p, tally, first)
    print(f"second reading of the running system: {tally.passed} verified, {tally.refused} spoilt ones refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
