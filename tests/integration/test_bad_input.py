#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input through the real socket: each is answered with its stable code and a sentence a person can act on,
nothing of it is stored, nothing else is lost, and the broker lives on with the processes it began with."""
import hashlib
import json
import os
import re
import sys
import time

from notices import contact
from partnership import Agency, Partnership, wait_until
import second_reading as reading
import wire

DAY_MS = 86400000
AGENCIES = ["city-social-care", "leics-police", "sample-school", "safe-haven"]


class Bench:
    """The agencies of a running partnership with their second clients, and what the broker holds."""

    def __init__(self, p):
        self.p = p
        self.school, self.care, self.police = p["sample-school"], p["city-social-care"], p["leics-police"]
        self.writers = {a.name: wire.Writer(a) for a in (self.school, self.care, self.police)}
        self.links = {}
        self.done = 0

    @property
    def w(self):
        return self.writers[self.school.name]

    def link(self, agency):
        if agency.name not in self.links:
            self.links[agency.name] = wire.Link.of(agency)
        return self.links[agency.name]

    def good(self, **changes):
        return self.w.manifest([self.care.address], **changes)

    def held(self):
        status = self.p.status()
        return {name: status[name] for name in ("notices", "obligations_open", "waiting", "accepted")}

    def check(self, what, outcome, code, sub_code, before):
        """One refusal: its code, its sentence, and nothing stored."""
        found = (outcome.get("code"), outcome.get("sub_code"))
        assert found == (code, sub_code), f"{what}: {found}, not {(code, sub_code)}: {outcome}"
        sentence = outcome["sentence"]
        assert re.match(r"[A-Z].{20,}", sentence), f"{what}: no sentence: {sentence!r}"
        assert "receipt" not in outcome, what
        after = self.held()
        assert after == before, f"{what}: {before} became {after}"
        self.done += 1

    def refuse(self, what, code, sub_code, notice, agency=None):
        before = self.held()
        outcome = wire.only(self.link(agency or self.school).submit(notice))
        self.check(what, outcome, code, sub_code, before)
        return outcome

    def refuse_status(self, what, code, sub_code, status, agency=None):
        before = self.held()
        outcome = wire.only(self.link(agency or self.care).submit_status(status))
        self.check(what, outcome, code, sub_code, before)
        return outcome

    def refuse_fields(self, what, field, code=422, sub_code="S141", **changes):
        """A manifest that is wrong in one field: the answer names it, and never its value."""
        body = changes.pop("body", None) or self.body
        outcome = self.refuse(what, code, sub_code, self.w.batch([self.good(body=body, **changes)])[0])
        assert any(row.startswith(field) for row in outcome.get("bad_fields", [])), f"{what}: {outcome}"
        return outcome


def flip(raw, at=0):
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]


# ---- who ------------------------------------------------------------------------------------------------

def who(b):
    police = b.writers[b.police.name]
    values, body = b.good()
    b.refuse("another agency's mailbox on my link", 403, "07", police.notice([b.care.address]))
    b.refuse("my mailbox, signed by another agency", 401, "S105", b.w.batch([(values, body)], key=police.sign)[0])
    stranger = {**values, "from_key_id": os.urandom(16)}
    b.refuse("a key id nobody has", 401, "S124", b.w.batch([(stranger, body)])[0])
    theirs = {**values, "from_key_id": police.id_of(police.sign)}
    b.refuse("another agency's key id", 401, "S124", b.w.batch([(theirs, body)], key=police.sign)[0])
    act = {**values, "from_key_id": b.w.id_of(b.w.act)}
    b.refuse("a key that may not send", 403, "S126", b.w.batch([(act, body)], key=b.w.act)[0])
    b.refuse("my notice on another agency's link", 403, "07", b.w.batch([(values, body)])[0], b.police)

    other = {"partnership": "kent", "from": "sample-school/dsl@kent"}
    recipients = [{**values["recipients"][0], "mailbox": "city-social-care/front-door@kent"}]
    b.refuse("another partnership's notice", 403, "S129",
             b.w.batch([({**values, **other, "recipients": recipients}, body)], partnership="kent")[0])
    b.refuse("signed for another partnership", 401, "S105", b.w.batch([(values, body)], partnership="kent")[0])


def unknown_link(b):
    """A key that is not enrolled gets no connection; mash-client says so in words."""
    with wire.Link(b.p, hello=False) as link:
        link.put("hello", {"protocol": 1, "client": "stranger"})
        try:
            raise AssertionError(f"a stranger was answered: {link.take(1.0)}")
        except wire.Gone:
            pass
    wait_until("the gate's count of strangers", lambda: b.p.status()["gate"]["zap_unknown_key"] >= 1)
    b.done += 1

    haven = b.p["safe-haven"]
    other = Agency(b.p, "other-school", "school", "dsl", "Not enrolled")
    other.init()
    with open(haven.key("link")) as own, open(other.key("link")) as strange:
        listed, unlisted = own.read(), strange.read()
    with open(haven.key("link"), "w") as out:
        out.write(unlisted)
    before = b.held()
    said = haven.client("inbox", ok=(77,)).stderr
    assert "This installation is not enrolled" in said and "Ring the operator" in said, said
    path = os.path.join(haven.home, "content.json")
    with open(path, "w") as out:
        json.dump(contact(), out)
    done = haven.client("send", "--type", "CONTACT", "--to", b.care.address, "--content", path, ok=(75,))
    assert done.stdout.startswith("NOT sent, still trying: ring ") and "not enrolled" in done.stderr, done
    assert b.held() == before
    with open(haven.key("link"), "w") as out:
        out.write(listed)
    haven.client("resubmit")
    assert b.held()["notices"] == before["notices"] + 1
    b.done += 1


# ---- what was signed ------------------------------------------------------------------------------------

def tampered(b):
    values, body = b.good()
    notice = b.w.batch([(values, body)])[0]
    changed = reading.message(notice["manifest"], reading.MANIFEST)
    changed["subject_count"] = 2
    b.refuse("manifest changed after signing", 401, "S105",
             {**notice, "manifest": wire.encode(changed, reading.MANIFEST)})
    b.refuse("signature changed", 401, "S105", {**notice, "signature": flip(notice["signature"], 40)})
    b.refuse("signature of 63 bytes", 400, "S121", {**notice, "signature": notice["signature"][:63]})
    b.refuse("body changed", 422, "S142", {**notice, "body": flip(body, -1)})
    b.refuse("body one byte short", 422, "S142", {**notice, "body": body[:-1]})
    long = {**values, "body_length": len(body) + 1}
    b.refuse("a length that is not the body's", 422, "S142", b.w.batch([(long, body)])[0])
    b.refuse("no body", 422, "02", {k: v for k, v in notice.items() if k != "body"})


def paths(b):
    """One of a batch of three, its path spoilt in every way."""
    pairs = [b.good() for _ in range(3)]
    notice = b.w.batch(pairs)[1]
    path = notice["batch_path"]
    b.refuse("path changed", 401, "S105", {**notice, "batch_path": [flip(path[0]), *path[1:]]})
    b.refuse("index of another", 401, "S105", {**notice, "batch_index": 0})
    for what, change in (("path one short", {"batch_path": path[:-1]}),
                         ("path one long", {"batch_path": path + [os.urandom(32)]}),
                         ("no path", {"batch_path": []}),
                         ("a hash of 31 bytes", {"batch_path": [path[0], path[1][:31]]}),
                         ("index out of range", {"batch_index": 3}),
                         ("index far out of range", {"batch_index": 2 ** 32 - 1}),
                         ("size 0", {"batch_size": 0}),
                         ("size 65", {"batch_size": 65})):
        b.refuse(what, 400, "S121", {**notice, **change})


def old_id(b):
    """Other content under an old id is refused; the same manifest in another batch is the same notice."""
    values, body = b.good()
    first = wire.only(b.link(b.school).submit(b.w.batch([(values, body)])[0]))
    assert first["code"] == 202, first
    other, other_body = b.good(notice_id=values["notice_id"])
    b.refuse("other content under an old id", 409, "S110", b.w.batch([(other, other_body)])[0])
    before = b.held()
    again = b.link(b.school).outcome(b.w.batch([b.good(), (values, body)])[1])
    assert (again["code"], again["sub_code"]) == (202, "S111") and b.held() == before, again
    log = b.w.law.log
    index = [reading.verify_receipt(o["receipt"], b.p.origin(), log)["index"] for o in (first, again)]
    assert index[0] == index[1], index
    b.done += 1
    return values


# ---- manifests ------------------------------------------------------------------------------------------

def fields(b):
    """Wrong values of single fields; and names smuggled where no field is."""
    now_ms = int(time.time() * 1000)
    b.body = b.good()[1]
    b.refuse_fields("no subject", "subject_count", subject_count=0)
    b.refuse_fields("21 subjects", "subject_count", subject_count=21)
    b.refuse_fields("expires before it was created", "expires_ms", created_ms=now_ms, expires_ms=now_ms - 1)
    b.refuse_fields("expires after 31 days", "expires_ms", created_ms=now_ms, expires_ms=now_ms + 31 * DAY_MS)
    b.refuse_fields("an id that is no UUIDv7", "notice_id", notice_id=bytes(15) + b"\1")
    b.refuse_fields("a type with a name in it", "type", type="Marigold Quillfeather")
    b.refuse_fields("a body of 4095 bytes", "body_length", body_length=4095)
    values, body = b.good()
    row = values["recipients"][0]
    b.refuse_fields("two leads", "recipients", recipients=[{**row, "mailbox": "a-agency/one@llr", "lead": 1},
                                                           {**row, "lead": 1}])
    b.refuse_fields("no recipient", "recipients", recipients=[])
    b.refuse_fields("a recipient twice", "recipients", recipients=[row, row])
    b.refuse_fields("65 recipients", "recipients",
                    recipients=[{**row, "mailbox": f"agency-{n:02}/one@llr"} for n in range(65)])
    both = b.refuse_fields("two wrong fields", "subject_count", subject_count=0, expires_ms=now_ms - DAY_MS)
    assert len(both["bad_fields"]) == 2, both

    raw = wire.encode(values, reading.MANIFEST)
    name = b"Marigold Quillfeather"
    smuggled = {"an unknown field": raw + wire.field(99, name),
                "a known field out of order": wire.field(24, name) + raw,
                "a text that is not UTF-8": wire.encode({**values, "type": ""}, reading.MANIFEST).replace(
                    wire.field(9, values["thread_id"]), wire.field(7, b"CONTACT\xff") +
                    wire.field(9, values["thread_id"])),
                "a default value written out": raw.replace(wire.field(9, values["thread_id"]),
                                                           wire.field(8, 0) + wire.field(9, values["thread_id"])),
                "a cut manifest": raw[:-1],
                "an empty manifest": b"\0"}
    nested = wire.encode(row, reading.RECIPIENT)
    inside = nested + wire.field(9, name)
    assert wire.field(6, nested) in raw
    smuggled["an unknown field in a recipient"] = raw.replace(wire.field(6, nested), wire.field(6, inside))
    for what, spoilt in smuggled.items():
        b.refuse(what, 400, "06", b.w.batch([(spoilt, body)])[0])
    b.refuse("manifest schema 2", 426, "S149", b.w.batch([({**values, "schema": 2}, body)])[0])


def law(b):
    """What bundle and agreement say."""
    now_ms = int(time.time() * 1000)
    values, body = b.good()
    row = values["recipients"][0]

    def one(what, code, sub_code, **changes):
        return b.refuse(what, code, sub_code, b.w.batch([({**values, **changes}, body)])[0])

    nobody = one("an unknown recipient", 404, "12", recipients=[{**row, "mailbox": "city-social-care/nobody@llr"}])
    assert "city-social-care/nobody@llr" in nobody["sentence"], nobody
    barred = one("a recipient the agreement does not allow", 403, "17", recipients=[
        {**row, "mailbox": b.police.address, "seal_key_ids": b.w.law.seal_key_ids(b.police.address)}])
    assert b.police.address in barred["sentence"], barred
    one("a type the partnership does not use", 422, "11", type="SNAPSHOT")
    one("expired before it came", 410, "19", created_ms=now_ms - 2 * DAY_MS, expires_ms=now_ms - DAY_MS)
    one("created in 25 hours", 422, "S145", created_ms=now_ms + 25 * 3600000, expires_ms=now_ms + 2 * DAY_MS)
    one("a reply to nothing", 422, "S144", in_reply_to=os.urandom(32))
    one("sealed to a stranger's key", 422, "S146", recipients=[{**row, "seal_key_ids": sorted(
        [row["seal_key_ids"][0], os.urandom(16)])}])
    one("sealed to one key of two", 422, "S146", recipients=[{**row, "seal_key_ids": row["seal_key_ids"][:1]}])
    one("a bundle nobody has seen", 404, "S133", bundle={"version": 9, "digest": b.w.law.digest})
    one("another bundle of the same version", 404, "S133", bundle={"version": b.w.law.version,
                                                                   "digest": os.urandom(32)})
    for what, keys in (("sealed to one stanza less", b.w.law.seal_keys(b.care.address)),
                       ("sealed to one stanza more", [key for a in (b.care, b.school) for key in
                                                      b.w.law.seal_keys(a.address)] +
                        b.w.law.seal_keys(b.police.address)[:1])):
        sealed = wire.seal(wire.padded(b"x"), keys)
        b.refuse(what, 422, "S143", b.w.batch([b.good(body=sealed)])[0])
    b.refuse("a body that is no age file", 422, "S143", b.w.batch([b.good(body=os.urandom(5000))])[0])


def drills(b, live):
    values, body = b.good(drill=1, in_reply_to=hashlib.sha256(wire.encode(live, reading.MANIFEST)).digest())
    b.refuse("a drill replies to a live notice", 422, "S109", b.w.batch([(values, body)])[0])


def stolen_body(b):
    """Another agency signs a body it did not write: the broker cannot see it, the recipient's device does."""
    _, body = b.good(content=b"")
    police = b.writers[b.police.name]
    notice = police.batch([police.manifest([b.care.address], body=body)])[0]
    assert wire.only(b.link(b.police).submit(notice))["code"] == 202
    ident = reading.message(notice["manifest"], reading.MANIFEST)["notice_id"].hex()
    found = {n["id"].replace("-", ""): n for n in b.care.inbox().values()}[ident]
    assert found["state"] == "unreadable" and "content" not in found and "content_base64" not in found, found
    with wire.Link.of(b.police) as link:
        entries = link.ask("track", {"manifest_sha256": hashlib.sha256(notice["manifest"]).digest()})
    told = [reading.verify_receipt(row["proof"], b.p.origin(), police.law.log)["body"]
            for row in entries["tracked"]["entries"]]
    states = [reading.read_status(row["status"]["status"] if "status" in row["status"] else b"")["state"]
              for row in told if "status" in row]
    assert states == [wire.COLLECTED, wire.UNREADABLE], states
    b.done += 1


# ---- statuses -------------------------------------------------------------------------------------------

def statuses(b, values):
    """values: the manifest of a notice that care has received and not collected."""
    care, police = b.writers[b.care.name], b.writers[b.police.name]
    sha256 = hashlib.sha256(wire.encode(values, reading.MANIFEST)).digest()
    good = care.status(sha256, wire.COLLECTED, 1)
    b.refuse_status("a status of a notice that does not exist", 404, "20",
                    care.status(os.urandom(32), wire.COLLECTED, 1))
    b.refuse_status("a status of somebody else's notice", 404, "20", police.status(sha256, wire.COLLECTED, 1), b.police)
    b.refuse_status("another mailbox's status on my link", 403, "07", good, b.police)
    b.refuse_status("signed by another agency's key", 401, "S105",
                    {**good, "signature": police.status(sha256, wire.COLLECTED, 1)["signature"]})
    b.refuse_status("status changed after signing", 401, "S105",
                    {**good, "status": care.status(sha256, wire.COLLECTED, 1, time_ms=7)["status"]})
    b.refuse_status("opened before collected", 409, "S132", care.status(sha256, wire.OPENED, 1))
    gap = b.refuse_status("a gap in the sequence", 409, "S134", care.status(sha256, wire.COLLECTED, 2, os.urandom(32)))
    assert gap.get("sequence", 0) == 0, gap
    b.refuse_status("held is never signed", 422, "S141", care.status(sha256, 1, 1))
    b.refuse_status("the sender collects its own", 409, "S132",
                    b.w.status(sha256, wire.COLLECTED, 1), b.school)
    b.refuse_status("a recipient recalls", 409, "S132", care.status(sha256, wire.RECALLED, 1))
    b.refuse_status("status schema 2", 426, "S149", care.status(sha256, wire.COLLECTED, 1, schema=2))
    b.refuse_status("a name smuggled in a status", 400, "06",
                    {**good, "status": good["status"] + wire.field(40, b"Marigold Quillfeather")})

    link, previous = b.link(b.care), b""
    for sequence, state in enumerate((wire.COLLECTED, wire.OPENED), 1):
        status = care.status(sha256, state, sequence, previous)
        assert wire.only(link.submit_status(status))["code"] == 202
        previous = hashlib.sha256(status["status"]).digest()
    act = {"actor": "sw-0117", "previous": previous}
    b.refuse_status("acknowledged by a collect-only key", 403, "S126", care.status(sha256, wire.ACKNOWLEDGED, 3, **act))
    b.refuse_status("acknowledged by nobody", 422, "S141",
                    care.status(sha256, wire.ACKNOWLEDGED, 3, previous, key=care.act))
    b.refuse_status("decided before acknowledged", 409, "S132",
                    care.status(sha256, wire.DECIDED, 3, key=care.act, outcomes=[{"code": "NFA"}], **act))
    b.refuse_status("a history that forgets its last", 409, "S134",
                    care.status(sha256, wire.ACKNOWLEDGED, 3, os.urandom(32), key=care.act, actor="sw-0117"))
    done = wire.only(link.submit_status(care.status(sha256, wire.ACKNOWLEDGED, 3, key=care.act, **act)))
    assert done["code"] == 202, done
    b.refuse_status("recalled after it was collected", 409, "S132", b.w.status(sha256, wire.RECALLED, 1), b.school)


# ---- requests and frames --------------------------------------------------------------------------------

def requests(b):
    before = b.held()
    notice = b.w.batch([b.good()])[0]
    with wire.Link.of(b.school, hello=False) as link:
        b.check("a submission before hello", link.submit(notice), 400, "S120", before)
    with wire.Link.of(b.school, hello=False) as link:
        b.check("protocol 2", link.ask("hello", {"protocol": 2}), 426, "09", before)
    with wire.Link.of(b.school, hello=False) as link:
        b.check("a forged checkpoint", link.ask("hello", {"protocol": 1, "checkpoint": FORGED}), 401, "S105", before)
    link = b.link(b.school)
    b.check("65 notices", link.submit(*[{**notice, "body": b""}] * 65), 413, "S140", before)
    b.check("no notice", link.ask("submit", {"notices": []}), 400, "06", before)
    b.check("somebody else's mail", link.ask("fetch", {"mailbox": b.care.address, "credit": 1}), 403, "07", before)
    b.check("mail of nobody", link.ask("fetch", {"mailbox": "no-agency/none@llr", "credit": 1}), 403, "07", before)
    b.check("track what is not mine", link.ask("track", {"manifest_sha256": os.urandom(32)}), 404, "20", before)
    b.check("a bundle that is not there", link.ask("get_bundle", {"version": 99}), 404, "S133", before)
    large = b.w.batch([b.good(body=os.urandom(1048577))])[0]
    b.check("a body of 1 MiB and a byte", wire.only(link.submit(large)), 413, "S139", before)


FORGED = (b"llr/2026\n1000000\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 llr/2026 " + b"A" * 91 + b"=\n")


def frames(b):
    """Bytes that are no request, and messages of other than one frame."""
    before = b.held()
    for what, message in (("noise", os.urandom(300)), ("an empty frame", b""), ("a cut request", b"\x08\x01\x1a\xff"),
                          ("a request of no kind", b"\x08\x01"), ("a field of an unknown number", b"\x08\x01\xfa\x06\x01x"),
                          ("ten thousand tags", b"\x1a\x00" * 10000)):
        with wire.Link.of(b.school) as link:
            link.socket.send(message)
            answer = link.take()
            b.check(what, answer, 400, "06", before)
    with wire.Link.of(b.school) as link:
        link.socket.send_multipart([b"one", b"two"])
        b.check("two frames", link.take(), 400, "06", before)
    with wire.Link.of(b.school) as link:
        link.socket.send(bytes(1310721))  # one byte over the frame's limit: the link is cut
        try:
            raise AssertionError(f"an oversized frame was answered: {link.take(1.0)}")
        except wire.Gone:
            pass
    assert b.held() == before
    b.done += 1


# ---- suspended, and an old bundle -----------------------------------------------------------------------

def suspended(b):
    values, body = b.good()
    b.p.operator_command("suspend", "--mailbox", b.care.address, "--reason", "device-lost")
    said = b.refuse("a suspended recipient", 403, "S128", b.w.batch([(values, body)])[0])
    assert b.care.address in said["sentence"] and "0116 496 0000" in said["sentence"], said
    haven = b.p["safe-haven"]
    writer = wire.Writer(haven)
    b.p.operator_command("suspend", "--key-id", writer.id_of(writer.sign).hex(), "--reason", "key-exposed")
    b.refuse("a suspended sign key", 403, "S127", writer.notice([b.care.address]), haven)


def old_bundle(b):
    """A bundle that changes a recipient's key: what was sealed by the old one is refused, with what helps."""
    values, body = b.good()
    draft = os.path.join(b.p.governance, "draft", "registry.json")
    with open(draft) as source:
        registry = json.load(source)
    row = next(agency for agency in registry["agencies"] if agency["id"] == b.care.name)
    recovery = next(seal for seal in row["mailboxes"][0]["seal"] if seal.get("recovery"))
    recovery["to"] = "2020-02-01T00:00:00Z"
    recovery["from"] = "2020-01-01T00:00:00Z"
    with open(draft, "w") as out:
        json.dump(registry, out)
    b.p.make_bundle()
    b.p.publish()
    said = b.refuse("sealed by an old bundle", 403, "S107", b.w.batch([(values, body)])[0])
    assert "bundle" in said["sentence"], said


def still_works(b):
    """After all of that, with the same processes: a notice goes through, once."""
    b.school.client("status")
    sent = b.school.send("CONTACT", contact(), "--to", b.care.address)
    assert b.care.inbox()[sent["id"]]["content"] == contact()


def main():
    with Partnership(AGENCIES) as p:
        b = Bench(p)
        roles = p.roles()
        assert set(roles) == {"ledger", "gate", "console"}, roles
        who(b)
        unknown_link(b)
        tampered(b)
        paths(b)
        live = old_id(b)
        fields(b)
        law(b)
        drills(b, live)
        statuses(b, live)
        stolen_body(b)
        requests(b)
        frames(b)
        suspended(b)
        old_bundle(b)
        still_works(b)
        for link in b.links.values():
            link.close()
        assert p.roles() == roles, (roles, p.roles())
        refused = p.status()["refused"]
        print(f"bad input: {b.done} refused as they should be, by {len(refused)} codes; the broker lives")
    return 0


if __name__ == "__main__":
    sys.exit(main())
