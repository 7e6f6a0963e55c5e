#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator denies at once, on live links and to senders before they seal; that only a bundle lifts it, and no
older bundle; and a backup put into a new, empty state directory."""
import os
import shutil
import sys
import time

from notices import contact
from partnership import MASHCTL, Partnership, run, wait_until
import second_reading as reading
import wire

AGENCIES = ["sample-school", "city-social-care", "leics-police", "city-health"]
EFFECTIVE_S = 1.0


def renew(p):
    p.make_bundle()
    p.publish()


def suspended_links(p):
    """A link that is live while its key is suspended is cut within a second."""
    police = p["leics-police"]
    key_id = reading.key_id("link", wire.public_of(police.key("link")))
    with wire.Link.of(police) as link:
        assert link.ask("check", {"mailboxes": [police.address]})["code"] == 200
        begun = time.monotonic()
        p.operator_command("suspend", "--key-id", key_id.hex(), "--reason", "device-lost")
        wait_until("the end of the live link", lambda: p.logged("event=connection-cut") and True, EFFECTIVE_S)
        took = time.monotonic() - begun
        try:
            link.put("check", {"mailboxes": [police.address]})
            raise AssertionError(f"answered after it was suspended: {link.take(0.5)}")
        except wire.Gone:
            pass
    assert took < EFFECTIVE_S, took
    said = police.client("inbox", ok=(77,)).stderr
    assert "Ring the operator" in said, said
    renew(p)
    police.client("inbox")
    return took


def suspended_mailbox(p):
    """A mailbox neither sends nor collects; senders hear of it before they seal."""
    school, care, health = p["sample-school"], p["city-social-care"], p["city-health"]
    writer = wire.Writer(care)
    with wire.Link.of(care) as link:
        assert link.ask("fetch", {"mailbox": care.address, "credit": 1})["code"] == 200
        p.operator_command("suspend", "--mailbox", care.address, "--reason", "device-lost")
        answer = link.ask("fetch", {"mailbox": care.address, "credit": 1})
        assert (answer["code"], answer["sub_code"]) == (403, "S128"), answer
        outcome = link.outcome(writer.notice([health.address], type="REFERRAL"))
        assert (outcome["code"], outcome["sub_code"]) == (403, "S128"), outcome
    row = next(row for row in p.status()["mailboxes"] if row["mailbox"] == care.address)
    assert row["suspended"]
    with wire.Link.of(school) as link:
        reach = link.ask("check", {"mailboxes": [care.address]})["reaches"]["reaches"][0]
        assert reach["suspended"] == 1, reach
    waits = school.send("CONTACT", contact(), "--to", care.address, ok=(75,))
    assert (waits["code"], waits["sub_code"]) == (403, "S128") and "0116 496 0000" in waits["sentence"], waits
    assert school.outbox()[waits["id"]]["state"] == "draft", "it was sealed all the same"
    renew(p)
    school.client("resubmit")
    assert care.inbox()[waits["id"]]["content"] == contact()


def suspended_seal_key(p):
    """The lost device's key is left out of what is sealed next, and the sender is told."""
    school, care = p["sample-school"], p["city-social-care"]
    recovery = next(row["key"] for row in wire.Law(p.bundle_folder).mailboxes[care.address]["seal"]
                    if row.get("recovery"))
    p.operator_command("suspend", "--key-id", reading.key_id("seal", recovery.encode()).hex(), "--reason", "stolen")
    sent = school.send("CONTACT", contact(), "--to", care.address)
    assert "suspended" in sent["warning"], sent
    receipt = os.path.join(p.folder, "receipt")
    school.client("show", sent["id"], "--receipt-out", receipt)
    with open(receipt, "rb") as file:
        accept = reading.verify_receipt(file.read(), p.origin(), wire.Law(p.bundle_folder).log)["body"]["accept"]
    named = reading.read_manifest(accept["manifest"])["recipients"][0]["seal_key_ids"]
    assert named == [reading.key_id("seal", row["key"].encode()) for row in
                     wire.Law(p.bundle_folder).mailboxes[care.address]["seal"] if not row.get("recovery")], named
    assert care.inbox()[sent["id"]]["content"] == contact()
    renew(p)


def suspended_sign_key(p):
    school, care = p["sample-school"], p["city-social-care"]
    writer = wire.Writer(school)
    notice = writer.notice([care.address])
    with wire.Link.of(school) as link:
        p.operator_command("suspend", "--key-id", writer.id_of(writer.sign).hex(), "--reason", "key-exposed")
        outcome = link.outcome(notice)
        assert (outcome["code"], outcome["sub_code"]) == (403, "S127"), outcome
        renew(p)
        assert link.outcome(notice)["code"] == 202, "a new bundle does not lift it"
    care.client("inbox")


def operators_only(p):
    """Denying needs one operator, not just anybody with a key or a socket."""
    care = p["city-social-care"]
    unlisted = os.path.join(p.folder, "unlisted")
    run(MASHCTL, "init", unlisted, "--partnership", p.name)
    done = run(MASHCTL, "suspend", "--mailbox", care.address, "--reason", "spite", "--socket", p.control, "--key",
               os.path.join(unlisted, "operators", "op1.key"), ok=(77,))
    assert "401" in done.stderr, done.stderr
    done = run(MASHCTL, "suspend", "--mailbox", "nobody/none@llr", "--reason", "spite", "--socket", p.control, "--key",
               p.operator, ok=(65,))
    assert "nobody/none@llr is not in the bundle" in done.stderr and "notice" not in done.stderr, done.stderr
    assert not any(row["suspended"] for row in p.status()["mailboxes"])


def no_rollback(p):
    """Neither broker nor client takes an older bundle, nor one that too few have signed."""
    version = p.status()["bundle"]["version"]
    old = os.path.join(p.governance, "bundle", "1")
    for folder in (old, p.bundle_folder):
        done = p.operator_command("publish", folder, ok=(65,))
        assert "409" in done.stderr, done.stderr
    p.make_bundle((1,))
    done = p.operator_command("publish", p.bundle_folder, ok=(65,))
    assert "signed by 1 governance keys, needs 2" in done.stderr, done.stderr
    run(MASHCTL, "bundle", "sign", p.governance, "--key", os.path.join(p.governance, "governance", "g3.key"))
    p.publish()
    assert p.status()["bundle"]["version"] == version + 1
    school = p["sample-school"]
    school.client("status")
    school.client("join", old, "--endpoint", p.endpoint, "--governance-pin", p.pin, ok=(0, 65, 73, 77))
    assert school.json("status")["bundle_version"] == version + 1, "a client went back to an old bundle"


def empty_directory(p):
    """The machine is lost: a new state directory with the keys alone, and a backup that was kept elsewhere."""
    p.calm = False
    school, care = p["sample-school"], p["city-social-care"]
    school.send("CONTACT", contact(concern="waits in the backup"), "--to", care.address)
    p.operator_command("backup", os.path.join(p.folder, "outside"), ok=(65,))
    p.operator_command("backup", os.path.join(p.state, "backup", "one"))
    p.operator_command("backup", os.path.join(p.state, "backup", "one"), ok=(65,))
    before = p.status()
    elsewhere = os.path.join(p.folder, "kept")
    shutil.copytree(os.path.join(p.state, "backup", "one"), elsewhere)
    assert p.stop() == 0
    os.rename(p.state, p.state + ".lost")
    p.write_config()
    run(MASHCTL, "restore", elsewhere, p.state)
    run(MASHCTL, "restore", elsewhere, p.state, ok=(73,))  # not over a store
    p.start()
    status = p.status()
    assert status["read_only"] and "two operators must confirm" in status["read_only_why"], status
    assert (status["notices"], status["waiting"]) == (before["notices"], before["waiting"]), status
    waits = p["leics-police"].send("CONTACT", contact(), "--to", care.address, ok=(75,))
    assert p["leics-police"].outbox()[waits["id"]]["state"] in ("draft", "sealed")


def main():
    with Partnership(AGENCIES) as p:
        took = suspended_links(p)
        suspended_mailbox(p)
        suspended_seal_key(p)
        suspended_sign_key(p)
        operators_only(p)
        no_rollback(p)
        empty_directory(p)
    print(f"suspended in {took:.2f} s, lifted by bundles alone; no way back to an old bundle; restored read-only")
    return 0


if __name__ == "__main__":
    sys.exit(main())
