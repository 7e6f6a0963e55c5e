#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Notices from agency to agency through the running broker: what was sent is what is opened, the sender sees
each step by statuses it verified, and everything that does not arrive says so in one of three sentences."""
import json
import os
import subprocess
import sys

from notices import contact, marac, missing, missing_return, missing_update
from partnership import CLIENT, VERIFY, Partnership, check_ending, run
from second_reading import message

INNER = {1: ("partnership", "str"), 2: ("notice_id", "bytes"), 3: ("from", "str"), 4: ("to", ["str"]),
         5: ("created_ms", "u"), 6: ("type", "str"), 7: ("drill", "u"), 8: ("local_reference", "str"),
         9: ("content", "bytes")}
OPENED = "Opened on a device of the recipient. Nobody has said yet that they are dealing with it."


def states(notice, mailbox):
    """States that this mailbox has signed and the log holds, in their order."""
    rows = [row for row in notice["statuses"] if row["mailbox"] == mailbox]
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1)), rows
    assert all(row["logged"] and row["entry_ms"] > 0 for row in rows), rows
    return [row["state"] for row in rows]


def stands_at(notice, mailbox):
    return next(row["state"] for row in notice["recipients"] if row["mailbox"] == mailbox)


def counts(partnership):
    status = partnership.status()
    return {"notices": status["notices"], "waiting": status["waiting"], "open": status["obligations_open"],
            **{row["mailbox"].split("/")[0]: row["waiting"] for row in status["mailboxes"] if row["waiting"]}}


def contact_of_two_siblings(p):
    school, care = p["sample-school"], p["city-social-care"]
    content = contact()
    sent = school.send("CONTACT", content, "--to", care.address, "--reference", "SCH-2026-17")
    notice = school.json("track", sent["id"])
    assert stands_at(notice, care.address) == "held" and notice["statuses"] == []
    assert notice["local_reference"] == "SCH-2026-17"
    assert counts(p) == {"notices": 1, "waiting": 1, "open": 1, "city-social-care": 1}
    assert p.status()["accepted"] == {"CONTACT": 1}

    received = care.inbox()
    assert list(received) == [sent["id"]]
    shown = care.json("show", sent["id"])
    assert shown["content"] == content, shown["content"]
    assert shown["local_reference"] == "SCH-2026-17" and shown["subject_count"] == 2
    assert shown["from"] == school.address and shown["type"] == "CONTACT"
    text = care.client("show", sent["id"]).stdout
    for words in ("Marigold", "Peregrine", "Quillfeather", content["concern"], OPENED):
        assert words in text, (words, text)
    notice = school.json("track", sent["id"])
    assert states(notice, care.address) == ["collected", "opened"]
    assert next(r["sentence"] for r in notice["recipients"]) == OPENED
    assert counts(p) == {"notices": 1, "waiting": 0, "open": 1}

    # deciding before anyone has said that they have read it is not a step
    early = care.client("decide", sent["id"], "--actor", "sw-0117", "--subject", "0=NFA", ok=(77,))
    assert early.stdout + early.stderr
    care.client("ack", sent["id"], "--actor", "sw-0117")
    notice = school.json("track", sent["id"])
    assert stands_at(notice, care.address) == "acknowledged"
    assert notice["statuses"][-1]["actor"] == "sw-0117"
    care.client("decide", sent["id"], "--actor", "sw-0117", "--subject", "1=STRATEGY_DISCUSSION", "--subject",
                "2=ASSESSMENT")
    # also when it is not asked for, it comes with the sender's next collecting
    school.inbox()
    notice = school.json("show", sent["id"], "--sent")
    assert states(notice, care.address) == ["collected", "opened", "acknowledged", "decided"], notice["statuses"]
    assert notice["statuses"][-1]["outcomes"] == [{"subject": 1, "code": "STRATEGY_DISCUSSION"},
                                                  {"subject": 2, "code": "ASSESSMENT"}]
    assert counts(p) == {"notices": 1, "waiting": 0, "open": 0}
    return sent["id"]


def human_words(p):
    """Without --json: the sentence alone on standard output."""
    school, care = p["sample-school"], p["city-social-care"]
    path = os.path.join(p.folder, "words.json")
    with open(path, "w") as out:
        json.dump(contact(), out)
    done = school.client("send", "--type", "CONTACT", "--to", care.address, "--content", path)
    lines = done.stdout.strip().split("\n")
    assert len(lines) == 1, done.stdout
    check_ending({"end": "held", "exit": 0, "code": 202, "sentence": lines[0]}, 0)
    for command in ("send", "import"):
        helped = run(CLIENT, command, "--help")
        assert helped.stdout.startswith("Child in immediate danger? Ring 999 first.\n"), helped.stdout
    care.inbox()


def wrong_fields(p):
    """Checked before sealing: every wrong field is listed, with the codes that are allowed; nothing is stored."""
    school = p["sample-school"]
    bad = contact(source="2X", subjects=[{"kind": "child", "given_name": "not known", "birth_date": "2015-02-30"}])
    path = os.path.join(p.folder, "bad.json")
    with open(path, "w") as out:
        json.dump(bad, out)
    before = school.outbox()
    done = school.client("send", "--type", "CONTACT", "--to", p["city-social-care"].address, "--content", path,
                         ok=(65,))
    for words in ("source", "2A", "subjects.1.birth_date", "subjects.1.family_name"):
        assert words in done.stderr, (words, done.stderr)
    assert done.stdout == "" and school.outbox() == before


def types_of_notice(p):
    """What goes into a notice can be asked of the program: each type, its fields, and the codes of each."""
    school = p["sample-school"]
    listed = school.client("types").stdout
    assert all(name in listed for name in ("CONTACT", "REFERRAL", "MISSING_CHILD", "MARAC_REFERRAL")), listed
    told = school.client("types", "CONTACT").stdout
    for words in ("subjects.N: ", "required; group", "family_name: Family name; required", "2A  Schools",
                  "ASSESSMENT  Assessment required"):
        assert words in told, (words, told)
    fields = {row["field"]: row for row in school.json("types", "CONTACT")["fields"]}
    assert fields["source"]["need"] == "required" and fields["source"]["codes"]["2A"] == "Schools", fields["source"]
    assert any(row["field"] == "birth_date" for row in fields["subjects"]["fields"]), fields["subjects"]
    assert "types" in school.client("types", "REFERAL", ok=(65,)).stderr


def missing_child(p):
    police = p["leics-police"]
    others = [p["city-social-care"], p["city-health"], p["sample-school"]]
    to = ["--to", others[0].address, "--lead", "--to", others[1].address, "--info", others[2].address]
    report = police.send("MISSING_CHILD", missing(), "--immediate", *to)
    # one of them is off-line; the others collect
    for agency in others[:2]:
        assert agency.inbox()[report["id"]]["content"] == missing()
    notice = police.json("track", report["id"])
    assert [stands_at(notice, a.address) for a in others] == ["opened", "opened", "held"]
    assert notice["immediate"] and [r["duty"] for r in notice["recipients"]] == ["action", "action", "information"]

    update = police.send("MISSING_CHILD", missing_update(), "--reply-to", report["id"], "--relation", "update", *to)
    back = police.send("MISSING_CHILD", missing_return(), "--reply-to", report["id"], "--relation", "update", *to)
    late = others[2].inbox()  # collects all of it later, in order
    assert [late[n["id"]]["content"] for n in (report, update, back)] == [missing(), missing_update(),
                                                                         missing_return()]
    assert len({late[n["id"]]["thread"] for n in (report, update, back)}) == 1
    assert late[update["id"]]["in_reply_to"] == report["manifest_sha256"]
    waiting = {row["mailbox"]: row["waiting"] for row in p.status()["mailboxes"]}
    assert waiting[others[0].address] == 2 and waiting[others[2].address] == 0, waiting
    for agency in others[:2]:
        assert set(agency.inbox()) >= {report["id"], update["id"], back["id"]}
    assert all(stands_at(police.json("track", back["id"]), a.address) == "opened" for a in others)


def marac_referral(p):
    health, coordinator = p["city-health"], p["llr-marac"]
    sent = health.send("MARAC_REFERRAL", marac(), "--to", coordinator.address)
    assert coordinator.inbox()[sent["id"]]["content"] == marac()
    assert coordinator.json("show", sent["id"])["restricted"]
    # to anybody else it is refused before anything is kept or sent, whatever the agreement says
    kept, path = len(health.outbox()), os.path.join(health.home, "content.json")
    wrong = health.client("send", "--type", "MARAC_REFERRAL", "--content", path, "--to", coordinator.address, "--info",
                          p["safe-haven"].address, ok=(65,))
    assert "goes only to agencies of kind marac" in wrong.stderr and p["safe-haven"].address in wrong.stderr, wrong
    assert len(health.outbox()) == kept
    # other types are refused by the agreement
    refused = health.send("CONTACT", contact(), "--to", p["safe-haven"].address, ok=(77,))
    assert (refused["code"], refused["sub_code"]) == (403, "17"), refused
    assert p["safe-haven"].address in refused["sentence"] and "agreement" in refused["sentence"], refused
    assert p["safe-haven"].inbox() == {}
    # a refusal never removes a notice from the outbox; a person does
    assert refused["id"] in health.outbox()
    health.client("forget", refused["id"], "--reason", "sent to the co-ordinator instead")
    assert refused["id"] not in health.outbox()


def unknown_mailbox(p):
    school = p["sample-school"]
    refused = school.send("CONTACT", contact(), "--to", "city-social-care/nobody@llr", ok=(77,))
    assert (refused["code"], refused["sub_code"]) == (404, "12"), refused
    waiting = school.outbox()[refused["id"]]
    assert waiting["state"] == "draft", waiting
    assert waiting["recipients"][0]["sentence"].startswith("NOT held by the exchange: ring"), waiting
    said = school.client("outbox").stderr
    assert f"WARNING refused {refused['id']}" in said, said
    path = os.path.join(p.folder, "again.json")
    with open(path, "w") as out:
        json.dump(contact(), out)
    done = school.client("send", "--type", "CONTACT", "--to", "city-social-care/nobody@llr", "--content", path, ok=(77,))
    # the one before is warned of again; this one's own sentence has said it
    assert done.stderr.count("WARNING refused") == 1 and refused["id"] in done.stderr, done.stderr
    again = next(n for n, row in school.outbox().items() if row["state"] == "draft" and n != refused["id"])
    school.client("forget", again, "--reason", "wrong address")
    school.client("forget", refused["id"], "--reason", "wrong address")


def no_key(p):
    """A recipient whose keys have all run out: the notice waits, with the phone to ring, until a bundle has one."""
    school, care = p["sample-school"], p["city-social-care"]
    draft = os.path.join(p.governance, "draft", "registry.json")
    with open(draft) as source:
        registry = json.load(source)
    row = next(agency for agency in registry["agencies"] if agency["id"] == care.name)
    seals = row["mailboxes"][0]["seal"]
    for seal in seals:
        seal["from"], seal["to"] = "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"
    with open(draft, "w") as out:
        json.dump(registry, out)
    p.make_bundle()
    p.publish()
    waits = school.send("CONTACT", contact(), "--to", care.address, ok=(75,))
    assert (waits["code"], waits["sub_code"]) == (424, "S101"), waits
    assert "Duty and advice service on 0116 496 0000" in waits["sentence"], waits
    assert school.outbox()[waits["id"]]["state"] == "draft"
    for seal in seals:
        del seal["to"]
    with open(draft, "w") as out:
        json.dump(registry, out)
    p.make_bundle()
    p.publish()
    school.client("resubmit")
    assert school.outbox()[waits["id"]]["state"] == "held"
    assert care.inbox()[waits["id"]]["content"] == contact()


def broker_away(p):
    school, care = p["sample-school"], p["city-social-care"]
    assert p.stop() == 0
    waits = school.send("CONTACT", contact(), "--to", care.address, ok=(75,))
    assert waits["code"] == 0 and "0116 496 0000" in waits["sentence"], waits
    care.client("inbox", ok=(69,))
    p.start()
    school.client("resubmit")
    school.client("resubmit")  # once more is the same
    assert care.inbox()[waits["id"]]["content"] == contact()
    assert sum(n == waits["id"] for n in care.inbox()) == 1


def verify_receipts(p, notice):
    """mash-verify says yes to the receipts of both sides, and no to any that was changed."""
    for agency in (p["sample-school"], p["city-social-care"]):
        receipt = os.path.join(p.folder, f"{agency.name}.tlog-proof")
        agency.client("show", notice, "--receipt-out", receipt)
        done = run(VERIFY, "--json", "--bundle", p.bundle_folder, receipt)
        said = json.loads(done.stdout)
        assert (said["entry"], said["notice"], said["from"]) == ("accepted", notice, p["sample-school"].address), said
        with open(receipt, "rb") as source:
            raw = source.read()
        lines = raw.split(b"\n")
        spoilt = [b"\n".join(lines[:at] + lines[at + 1:]) for at in range(len(lines)) if lines[at]]
        for at in (30, 90, len(raw) // 2, len(raw) - 30):
            other = b"B" if raw[at:at + 1] == b"A" else b"A"
            spoilt.append(raw[:at] + other + raw[at + 1:])
        for content in spoilt:
            path = os.path.join(p.folder, "spoilt.tlog-proof")
            with open(path, "wb") as out:
                out.write(content)
            said = run(VERIFY, "--bundle", p.bundle_folder, path, ok=(1,))
            assert said.stdout + said.stderr, content


def open_with_age(p, notice):
    """Debian's age opens the collected body, with the device's key and with the recovery key of each side."""
    care, school = p["city-social-care"], p["sample-school"]
    sealed, content = (os.path.join(p.folder, name) for name in ("body.age", "content.bin"))
    care.client("show", notice, "--sealed-out", sealed, "--body-out", content)
    with open(content, "rb") as source:
        expected = source.read()
    for identity in (care.key("seal"), care.recovery, school.key("seal"), school.recovery):
        done = subprocess.run(["age", "-d", "-i", identity, sealed], capture_output=True)
        assert done.returncode == 0, (identity, done.stderr)
        length = int.from_bytes(done.stdout[:4], "big")
        inner = message(done.stdout[4:4 + length], INNER)
        assert inner["content"] == expected and inner["from"] == school.address and inner["to"] == [care.address]
        assert set(done.stdout[4 + length:]) <= {0}
    other = subprocess.run(["age", "-d", "-i", p["city-health"].key("seal"), sealed], capture_output=True)
    assert other.returncode != 0 and other.stdout == b""


def main():
    with Partnership() as p:
        notice = contact_of_two_siblings(p)
        human_words(p)
        types_of_notice(p)
        wrong_fields(p)
        missing_child(p)
        marac_referral(p)
        unknown_mailbox(p)
        verify_receipts(p, notice)
        open_with_age(p, notice)
        no_key(p)
        broker_away(p)
    print("end to end: sent, collected, opened, acknowledged, decided; what did not go said so")
    return 0


if __name__ == "__main__":
    sys.exit(main())
