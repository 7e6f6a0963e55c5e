# SPDX-License-Identifier: Apache-2.0
"""wire.py - a second client: speaks the link protocol and signs notices and statuses, written from
proto/PROTOCOL.md alone.  Ed25519 from python3-nacl, CURVE from python3-zmq, bodies from the `age` tool.
It says whatever a test wants said, right or wrong.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import time

import second_reading as reading

try:
    import zmq
    from nacl.signing import SigningKey
except ImportError:
    print("SKIP: python3-zmq or python3-nacl is not installed", file=sys.stderr)
    sys.exit(77)

ACTION, INFORMATION = 1, 2
COLLECTED, OPENED, UNREADABLE, TRIAGED, ACKNOWLEDGED, DECLINED, PASSED_TO, DECIDED, RECALLED = range(2, 11)

SIGNED_NOTICE = {1: ("manifest", "bytes"), 2: ("signature", "bytes"), 3: ("body", "bytes"), 4: ("batch_index", "u"),
                 5: ("batch_size", "u"), 6: ("batch_path", ["bytes"])}
SIGNED_STATUS = {1: ("status", "bytes"), 2: ("signature", "bytes"), 3: ("batch_index", "u"), 4: ("batch_size", "u"),
                 5: ("batch_path", ["bytes"])}
INNER = {1: ("partnership", "str"), 2: ("notice_id", "bytes"), 3: ("from", "str"), 4: ("to", ["str"]),
         5: ("created_ms", "u"), 6: ("type", "str"), 7: ("drill", "u"), 8: ("local_reference", "str"),
         9: ("content", "bytes")}
REQUEST = {
    1: ("id", "u"),
    2: ("hello", {1: ("protocol", "u"), 2: ("client", "str"), 3: ("checkpoint", "bytes")}),
    3: ("submit", {1: ("notices", [SIGNED_NOTICE])}),
    4: ("submit_status", {1: ("statuses", [SIGNED_STATUS])}),
    5: ("fetch", {1: ("mailbox", "str"), 2: ("after", "u"), 3: ("credit", "u"), 4: ("wait_ms", "u")}),
    6: ("get_bundle", {1: ("version", "u")}),
    7: ("check", {1: ("mailboxes", ["str"])}),
    8: ("track", {1: ("manifest_sha256", "bytes"), 2: ("after", "u")}),
    9: ("get_consistency", {1: ("old_size", "u"), 2: ("new_size", "u")}),
}
OUTCOME = {1: ("sha256", "bytes"), 2: ("code", "u"), 3: ("sub_code", "str"), 4: ("sentence", "str"),
           5: ("receipt", "bytes"), 6: ("bad_fields", ["str"]), 7: ("sequence", "u"), 8: ("previous_sha256", "bytes")}
ANSWER = {
    1: ("id", "u"), 2: ("code", "u"), 3: ("sub_code", "str"), 4: ("sentence", "str"),
    5: ("welcome", {1: ("partnership", "str"), 2: ("protocol", "u"), 3: ("now_ms", "u"), 4: ("checkpoint", "bytes"),
                    5: ("consistency", ["bytes"]), 6: ("bundle", reading.BUNDLE_REF), 7: ("bundle_first", "u")}),
    6: ("outcomes", {1: ("outcomes", [OUTCOME])}),
    7: ("delivery", {1: ("mailbox", "str"), 2: ("number", "u"), 3: ("proof", "bytes"), 4: ("notice", SIGNED_NOTICE),
                     5: ("accept_receipt", "bytes"), 6: ("status", SIGNED_STATUS), 7: ("report", "u")}),
    8: ("bundle", {1: ("note", "bytes"), 2: ("files", [{1: ("name", "str"), 2: ("content", "bytes")}])}),
    9: ("reaches", {1: ("reaches", [{1: ("mailbox", "str"), 2: ("known", "u"), 3: ("suspended", "u"),
                                     4: ("suspended_key_ids", ["bytes"]), 5: ("last_seen_ms", "u")}])}),
    10: ("tracked", {1: ("entries", [{1: ("proof", "bytes")}]), 2: ("more", "u")}),
    11: ("consistency", {1: ("path", ["bytes"])}),
}


# ---- protobuf -------------------------------------------------------------------------------------------

def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def encode(values, schema):
    """The one encoding of a dict by field name; what is 0 or empty is left out, a nested {} is not."""
    assert set(values) <= {name for name, _ in schema.values()}, values
    out = b""
    for number, (name, kind) in sorted(schema.items()):
        many = isinstance(kind, list)
        kind = kind[0] if many else kind
        if name not in values:
            continue
        for value in values[name] if many else [values[name]]:
            if isinstance(kind, dict):
                out += field(number, encode(value, kind))
            elif many or value:
                out += field(number, value.encode() if kind == "str" else int(value) if kind == "u" else value)
    return out


# ---- keys -----------------------------------------------------------------------------------------------

def secret_of(path):
    """The 32 secret bytes of a key file without passphrase."""
    with open(path) as file:
        lines = file.read().split("\n")
    assert lines[0] == "mash/secret/v1" and lines[3].startswith("secret "), path
    return base64.b64decode(lines[3][7:])


def public_of(path):
    with open(path) as file:
        line = file.read().split("\n")[2]
    return bytes.fromhex(line[len("public "):])


class Law:
    """What the bundle in a folder says, as far as a client needs it."""

    def __init__(self, folder):
        with open(os.path.join(folder, "note"), "rb") as file:
            text, _ = reading.read_note(file.read())
        self.terms = reading.read_bundle_text(text)
        self.digest = hashlib.sha256(text.encode()).digest()
        self.version = int(self.terms["version"])
        self.partnership = self.terms["partnership"]
        with open(os.path.join(folder, "registry.json")) as file:
            self.registry = json.load(file)
        self.link = bytes.fromhex(self.registry["broker"]["link"])
        self.log = bytes.fromhex(self.registry["broker"]["log"])
        self.mailboxes = {f"{agency['id']}/{mailbox['id']}@{self.partnership}": mailbox
                          for agency in self.registry["agencies"] for mailbox in agency["mailboxes"]}

    def seal_keys(self, mailbox):
        return [row["key"] for row in self.mailboxes[mailbox]["seal"]]

    def seal_key_ids(self, mailbox):
        return sorted(reading.key_id("seal", key.encode()) for key in self.seal_keys(mailbox))


# ---- notices --------------------------------------------------------------------------------------------

def uuid7(now_ms):
    raw = bytearray(now_ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0f | 0x70
    raw[8] = raw[8] & 0x3f | 0x80
    return bytes(raw)


def padded(inner):
    plain = len(inner).to_bytes(4, "big") + inner
    length = max(len(plain), 2)
    exponent = length.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return plain + bytes(max(4096, length + mask & ~mask) - len(plain))


def seal(plain, recipients):
    done = subprocess.run(["age", *(word for key in recipients for word in ("-r", key))], input=plain,
                          capture_output=True, check=True)
    return done.stdout


def sign(kind, partnership, signing_key, messages):
    """Batch-sign; [(signature, index, size, path)]."""
    root = reading.tree_root(messages)
    signature = signing_key.sign(reading.batch_signed_bytes(kind, partnership, len(messages), root)).signature

    def path(index, low, high):
        if high - low == 1:
            return []
        k = 1
        while k * 2 < high - low:
            k *= 2
        if index < low + k:
            return path(index, low, low + k) + [reading.tree_root(messages[low + k:high])]
        return path(index, low + k, high) + [reading.tree_root(messages[low:low + k])]

    return [(signature, index, len(messages), path(index, 0, len(messages))) for index in range(len(messages))]


class Writer:
    """Writes notices and statuses of one agency of a partnership."""

    def __init__(self, agency):
        self.agency = agency
        self.law = Law(agency.partnership.bundle_folder)
        self.sign = SigningKey(secret_of(agency.key("sign")))
        self.act = SigningKey(secret_of(agency.key("act")))

    @staticmethod
    def id_of(key):
        return reading.key_id("sign", key.verify_key.encode())

    def manifest(self, to, body=None, content=b"x", **changes):
        """(manifest as a dict, body).  changes: fields of the manifest to set otherwise."""
        now_ms = int(time.time() * 1000)
        notice_id = changes.pop("notice_id", None) or uuid7(now_ms)
        values = {"partnership": self.law.partnership, "schema": 1, "notice_id": notice_id,
                  "from": self.agency.address, "from_key_id": self.id_of(self.sign),
                  "recipients": [{"mailbox": mailbox, "seal_key_ids": self.law.seal_key_ids(mailbox), "duty": ACTION}
                                 for mailbox in sorted(to)],
                  "type": "CONTACT", "thread_id": notice_id, "created_ms": now_ms,
                  "expires_ms": now_ms + 86400000, "subject_count": 1,
                  "bundle": {"version": self.law.version, "digest": self.law.digest}, **changes}
        if body is None:
            inner = encode({"partnership": values["partnership"], "notice_id": values["notice_id"],
                            "from": values["from"], "to": [row["mailbox"] for row in values["recipients"]],
                            "created_ms": values["created_ms"], "type": values["type"],
                            "drill": values.get("drill", 0), "content": content}, INNER)
            keys = {key for mailbox in (*to, values["from"]) for key in self.law.seal_keys(mailbox)}
            body = seal(padded(inner), sorted(keys))
        values.setdefault("body_length", len(body))
        values.setdefault("body_sha256", hashlib.sha256(body).digest())
        return values, body

    def batch(self, pairs, key=None, partnership=None):
        """Signed notices of [(manifest dict or bytes, body)] under one signature."""
        raws = [values if isinstance(values, bytes) else encode(values, reading.MANIFEST) for values, _ in pairs]
        proofs = sign("notice", partnership or self.law.partnership, key or self.sign, raws)
        return [{"manifest": raw, "signature": proof[0], "body": body, "batch_index": proof[1],
                 "batch_size": proof[2], "batch_path": proof[3]}
                for raw, proof, (_, body) in zip(raws, proofs, pairs)]

    def notice(self, to, **changes):
        return self.batch([self.manifest(to, **changes)])[0]

    def status(self, manifest_sha256, state, sequence, previous=b"", key=None, **changes):
        key = key or self.sign
        raw = encode({"partnership": self.law.partnership, "schema": 1, "manifest_sha256": manifest_sha256,
                      "mailbox": self.agency.address, "key_id": self.id_of(key), "sequence": sequence,
                      "previous_sha256": previous, "state": state, "time_ms": int(time.time() * 1000), **changes},
                     reading.STATUS)
        proof = sign("status", self.law.partnership, key, [raw])[0]
        return {"status": raw, "signature": proof[0], "batch_index": 0, "batch_size": 1}


# ---- the link -------------------------------------------------------------------------------------------

class Gone(Exception):
    """No answer came in time, or the connection has ended."""


class Link:
    """One connection: a DEALER with an agency's link key, or with any other."""

    def __init__(self, partnership, secret=None, public=None, hello=True, timeout_s=10.0):
        self.timeout_s = timeout_s
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RECONNECT_IVL, -1)
        self.socket.setsockopt(zmq.SNDTIMEO, 1000)  # ms: a connection that has ended takes nothing more
        self.socket.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(16))
        if secret is None:
            own_public, own_secret = zmq.curve_keypair()
        else:
            own_public, own_secret = public, secret
        self.socket.setsockopt(zmq.CURVE_SERVERKEY, Law(partnership.bundle_folder).link)
        self.socket.setsockopt(zmq.CURVE_PUBLICKEY, own_public)
        self.socket.setsockopt(zmq.CURVE_SECRETKEY, own_secret)
        self.socket.connect(partnership.endpoint)
        self.last_id = 0
        if hello:
            self.welcome = self.ask("hello", {"protocol": 1, "client": "second client"})["welcome"]

    @classmethod
    def of(cls, agency, **more):
        path = agency.key("link")
        return cls(agency.partnership, secret_of(path), public_of(path), **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()
        self.context.term()

    def put(self, name, values):
        """Send a request; its id is returned."""
        self.last_id += 1
        try:
            self.socket.send(encode({"id": self.last_id, name: values}, REQUEST))
        except zmq.Again:
            raise Gone() from None
        return self.last_id

    def take(self, timeout_s=None):
        """The next answer."""
        if not self.socket.poll(1000 * (self.timeout_s if timeout_s is None else timeout_s)):
            raise Gone()
        return reading.message(self.socket.recv(), ANSWER)

    def ask(self, name, values):
        wanted = self.put(name, values)
        while True:
            answer = self.take()
            if answer["id"] == wanted:
                return answer

    def submit(self, *notices):
        return self.ask("submit", {"notices": list(notices)})

    def outcome(self, notice):
        """What became of one notice: its outcome, or the answer to all when there is none."""
        return only(self.submit(notice))

    def submit_status(self, *statuses):
        return self.ask("submit_status", {"statuses": list(statuses)})


def only(answer):
    rows = answer.get("outcomes", {}).get("outcomes", [answer])
    assert len(rows) == 1, answer
    return rows[0]
