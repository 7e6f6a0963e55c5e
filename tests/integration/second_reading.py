#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""second_reading.py - an independent reader of what mashd writes: batches, statuses, receipts, bundles.

Written from proto/PROTOCOL.md and the C2SP texts alone.  Shares no code with the project, not even its
generated protobuf readers; Ed25519 comes from python3-nacl, SHA-256 from Python.  Used as a library by
other tests and as a command:

    second_reading.py vectors FILE [--protocol PROTOCOL.md]
                      every known answer of mash-v1.json, good and spoilt; the document's tables are the same
    second_reading.py receipt FILE --origin O --log-key HEX
    second_reading.py batch notice|status FILE --partnership P --key HEX --signature HEX
                      --index N --size N [--path HEX]
    second_reading.py bundle NOTE FILE... [--pin HEX] [--after NOTE]

Exit: 0 verified, 1 refused (a sentence on stderr says why), 77 python3-nacl is not installed.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys

try:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey
except ImportError:
    print("SKIP: python3-nacl is not installed", file=sys.stderr)
    sys.exit(77)


class Refused(Exception):
    """What was read is not what it should be."""


def demand(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def ed25519(public, message, signature):
    demand(len(public) == 32 and len(signature) == 64, "key or signature has the wrong length")
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        raise Refused("the signature does not verify") from None


def key_id(purpose, public):
    return sha256(purpose.encode(), public)[:16]


def unbase64(text):
    """Standard alphabet, padded, and the only spelling of its value."""
    raw = base64.b64decode(text, validate=True)
    demand(base64.b64encode(raw).decode() == text, "not canonical base64")
    return raw


# ---- RFC 6962 -----------------------------------------------------------------------------------------

def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def tree_root(leaves):
    """Section 2.1, by its own words: split at the largest power of two smaller than n."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def path_root(leaf, index, size, path):
    """Where a path leads: from leaf to root by the way the tree is cut, which fixes the path's length."""
    demand(0 <= index < size, "index is not inside the tree")

    def climb(index, size, path):
        if size == 1:
            demand(not path, "the path is too long")
            return leaf_hash(leaf)
        demand(path, "the path is too short")
        k = 1
        while k * 2 < size:
            k *= 2
        if index < k:
            return node_hash(climb(index, k, path[:-1]), path[-1])
        return node_hash(path[-1], climb(index - k, size - k, path[:-1]))

    return climb(index, size, list(path))


def hashes(raw):
    demand(len(raw) % 32 == 0, "a hash is not 32 bytes")
    return [raw[i:i + 32] for i in range(0, len(raw), 32)]


# ---- protobuf, the little that is needed ---------------------------------------------------------------

def varint(raw, at):
    value, shift, start = 0, 0, at
    while True:
        demand(at < len(raw) and at - start < 10, "a number is cut or too long")
        byte = raw[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            demand(at - start == 1 or byte != 0, "a number is not written the short way")
            return value, at


def fields(raw):
    """[(number, value)]: int for varints, bytes for the rest.  Ascending, as PROTOCOL.md demands."""
    at, last, found = 0, 0, []
    while at < len(raw):
        tag, at = varint(raw, at)
        number, wire = tag >> 3, tag & 7
        demand(number >= last and number > 0, "fields are not in ascending order")
        last = number
        value, at = varint(raw, at)
        if wire == 2:
            demand(at + value <= len(raw), "a field is longer than its message")
            raw_value, at = raw[at:at + value], at + value
            found.append((number, raw_value))
        else:
            demand(wire == 0, "a wire type that is not used")
            found.append((number, value))
    return found


def message(raw, schema):
    """A dict by field name.  schema: number -> (name, kind); kinds: u bytes str, a nested schema, [kind]."""
    out = {}
    for number, value in fields(raw):
        demand(number in schema, f"unknown field {number}")
        name, kind = schema[number]
        many = isinstance(kind, list)
        kind = kind[0] if many else kind
        if kind == "u":
            demand(isinstance(value, int) and value != 0, f"{name}: not a number, or 0 written out")
        else:
            demand(isinstance(value, bytes), f"{name}: not bytes")
            if isinstance(kind, dict):
                value = message(value, kind)
            else:
                demand(many or value, f"{name}: empty, but written out")
                value = value.decode("utf-8", "strict") if kind == "str" else value
        if many:
            out.setdefault(name, []).append(value)
        else:
            demand(name not in out, f"{name}: twice")
            out[name] = value
    return out


SEEN = {1: ("size", "u"), 2: ("root", "bytes")}
BUNDLE_REF = {1: ("version", "u"), 2: ("digest", "bytes")}
RECIPIENT = {1: ("mailbox", "str"), 2: ("seal_key_ids", ["bytes"]), 3: ("duty", "u"), 4: ("lead", "u"),
             5: ("cover_for", "str")}
CODE = {1: ("list", "str"), 2: ("value", "str"), 3: ("subject", "u")}
MANIFEST = {
    1: ("partnership", "str"), 2: ("schema", "u"), 3: ("notice_id", "bytes"), 4: ("from", "str"),
    5: ("from_key_id", "bytes"), 6: ("recipients", [RECIPIENT]), 7: ("type", "str"), 8: ("immediate", "u"),
    9: ("thread_id", "bytes"), 10: ("in_reply_to", "bytes"), 11: ("relation", "u"), 12: ("created_ms", "u"),
    13: ("event_ms", "u"), 14: ("expires_ms", "u"), 15: ("drill", "u"), 16: ("restricted", "u"),
    17: ("address_confidential", "u"), 18: ("source_confidential", "u"), 19: ("subject_count", "u"),
    20: ("codes", [CODE]), 21: ("body_length", "u"), 22: ("body_sha256", "bytes"), 23: ("log_seen", SEEN),
    24: ("bundle", BUNDLE_REF),
}
OUTCOME = {1: ("subject", "u"), 2: ("code", "str")}
STATUS = {
    1: ("partnership", "str"), 2: ("schema", "u"), 3: ("manifest_sha256", "bytes"), 4: ("mailbox", "str"),
    5: ("key_id", "bytes"), 6: ("sequence", "u"), 7: ("previous_sha256", "bytes"), 8: ("state", "u"),
    9: ("reason", "str"), 10: ("outcomes", [OUTCOME]), 11: ("rag", "u"), 12: ("passed_to", "str"),
    13: ("actor", "str"), 14: ("time_ms", "u"), 15: ("log_seen", SEEN),
}
SIGNED = {2: ("signature", "bytes"), 3: ("batch_index", "u"), 4: ("batch_size", "u"), 5: ("batch_path", ["bytes"]),
          6: ("link_key_id", "bytes"), 7: ("bundle_version", "u")}
DETAIL = {
    1: ("accept", {1: ("manifest", "bytes"), **SIGNED, 8: ("flags", ["str"])}),
    2: ("delivery", {1: ("manifest_sha256", "bytes"), 2: ("mailbox", "str"), 3: ("number", "u"),
                     4: ("link_key_id", "bytes"), 5: ("accept_entry", "u")}),
    3: ("status", {1: ("status", "bytes"), **SIGNED}),
    4: ("report", {1: ("manifest_sha256", "bytes"), 2: ("mailboxes", ["str"]), 3: ("code", "u"),
                   4: ("sub_code", "str"), 5: ("recipient", "str"), 6: ("level", "u")}),
    5: ("refusal", {1: ("agency", "str"), 2: ("code", "u"), 3: ("sub_code", "str"), 4: ("count", "u"),
                    5: ("since_ms", "u"), 6: ("link_key_id", "bytes")}),
}
STATES = {2: "collected", 3: "opened", 4: "unreadable", 5: "triaged", 6: "acknowledged", 7: "declined",
          8: "passed_to", 9: "decided", 10: "recalled"}


def read_manifest(raw):
    manifest = message(raw, MANIFEST)
    demand(manifest.get("schema") == 1, "another version of the manifest")
    return manifest


def read_status(raw):
    status = message(raw, STATUS)
    demand(status.get("schema") == 1, "another version of the status")
    demand(status.get("state") in STATES, "not a state that is signed")
    return status


def read_chain(statuses, manifest_raw):
    """Statuses of one mailbox about one manifest, oldest first: each continues the one before."""
    previous = None
    for position, raw in enumerate(statuses, 1):
        status = read_status(raw)
        demand(status["manifest_sha256"] == sha256(manifest_raw), "a status of another manifest")
        demand(status["sequence"] == position, "a status is missing or out of sequence")
        demand(status.get("previous_sha256", b"") == (b"" if previous is None else sha256(previous)),
               "a status does not continue the one before")
        previous = raw
    return [STATES[read_status(raw)["state"]] for raw in statuses]


# ---- batches --------------------------------------------------------------------------------------------

def batch_signed_bytes(kind, partnership, size, root):
    return f"mash/{kind}/v1\0".encode() + sha256(partnership.encode()) + size.to_bytes(8, "big") + root


def verify_batch(kind, partnership, public, raw, signature, index, size, path):
    """path: a list of 32-byte hashes."""
    demand(1 <= size <= 64, "a batch has 1 to 64 messages")
    root = path_root(raw, index, size, path)
    ed25519(public, batch_signed_bytes(kind, partnership, size, root), signature)


def verify_signed(kind, partnership, public, raw, proof):
    """The same from a SignedNotice, SignedStatus, AcceptDetail or StatusDetail read by message()."""
    verify_batch(kind, partnership, public, raw, proof["signature"], proof.get("batch_index", 0),
                 proof["batch_size"], proof.get("batch_path", []))


# ---- signed notes, checkpoints, receipts ----------------------------------------------------------------

def read_note(raw):
    """(text, [(name, id, signature)])"""
    note = raw.decode("utf-8", "strict")
    demand(not re.search(r"[\x00-\x09\x0b-\x1f]", note), "a control character in a note")
    text, gap, lines = note.rpartition("\n\n")
    demand(gap and lines.endswith("\n"), "not a note")
    signatures = []
    for line in lines[:-1].split("\n"):
        found = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        demand(found, "not a signature line")
        blob = unbase64(found.group(2))
        demand(len(blob) > 4, "a signature without a signature")
        signatures.append((found.group(1), blob[:4], blob[4:]))
    return text + "\n", signatures


def note_key_id(name, kind, public):
    return sha256(name.encode(), b"\n", bytes([kind]), public)[:4]


def verify_note(raw, keys):
    """keys: [(name, public)], Ed25519.  -> (text, set of the public keys that signed).  A line of a known
    key that does not verify spoils the note."""
    text, signatures = read_note(raw)
    signed = set()
    for name, public in keys:
        for line_name, line_id, signature in signatures:
            if line_name == name and line_id == note_key_id(name, 1, public):
                ed25519(public, text.encode(), signature)
                signed.add(public)
    demand(signed, "no known key signed the note")
    return text, signed


def verify_checkpoint(raw, origin, public):
    """-> (size, root)"""
    text, _ = verify_note(raw, [(origin, public)])
    lines = text.split("\n")
    demand(len(lines) == 4 and lines[3] == "", "not a checkpoint of three lines")
    demand(lines[0] == origin, "the checkpoint is of another log")
    demand(re.fullmatch(r"0|[1-9][0-9]*", lines[1]), "the size is not a number")
    root = unbase64(lines[2])
    demand(len(root) == 32, "the root is not 32 bytes")
    return int(lines[1]), root


def read_leaf(leaf):
    demand(len(leaf) == 42 and leaf[0] == 1 and leaf[1] != 0, "not an entry of version 1")
    return {"kind": leaf[1], "time_ms": int.from_bytes(leaf[2:10], "big"), "commit": leaf[10:]}


def verify_receipt(raw, origin, public):
    """A C2SP tlog-proof with leaf, salt and detail -> dict of what it proves."""
    head, gap, checkpoint = raw.partition(b"\n\n")
    demand(gap, "no checkpoint in the receipt")
    lines = head.decode("ascii", "strict").split("\n")
    demand(len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    demand(lines[1].startswith("extra "), "the receipt has no leaf, salt and detail")
    found = re.fullmatch(r"index (0|[1-9][0-9]*)", lines[2])
    demand(found, "no index in the receipt")
    extra, index = unbase64(lines[1][6:]), int(found.group(1))
    demand(len(extra) >= 74, "leaf and salt are cut")
    leaf, salt, detail = extra[:42], extra[42:74], extra[74:]
    path = [unbase64(line) for line in lines[3:]]
    demand(all(len(node) == 32 for node in path), "a hash of the path is not 32 bytes")
    size, root = verify_checkpoint(checkpoint, origin, public)
    entry = read_leaf(leaf)
    demand(sha256(b"mash/entry/v1\0", salt, detail) == entry["commit"], "the detail is not what was logged")
    demand(path_root(leaf, index, size, path) == root, "the entry is not in the log")
    demand([number for number, _ in fields(detail)] == [entry["kind"]], "the detail is of another kind than its entry")
    body = message(detail, DETAIL) if entry["kind"] in DETAIL else None
    return {**entry, "salt": salt, "detail": detail, "body": body, "index": index, "size": size, "root": root}


# ---- the bundle -----------------------------------------------------------------------------------------

BUNDLE_FILES = ["agreement.json", "calendar.json", "clocks.json", "registry.json"]
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"


def read_vkey(text):
    """A note's verifier key `<name>+<8 hex>+<base64 of type and key>` -> (name, public)."""
    name, key_hash, rest = text.split("+", 2)
    raw = unbase64(rest)
    demand(len(raw) == 33 and raw[0] == 1, "not an Ed25519 key")
    demand(note_key_id(name, 1, raw[1:]).hex() == key_hash, "a key's id is not its own")
    return name, raw[1:]


def read_bundle_text(text):
    lines = text.split("\n")
    demand(lines.pop() == "" and lines.pop(0) == "mash/bundle/v1", "not a bundle")
    terms = {"governance": [], "files": {}}
    for name, pattern in (("partnership", r"[a-z][a-z0-9.-]*"), ("version", r"[1-9][0-9]*"), ("issued", TIME),
                          ("renew-by", TIME), ("expires", TIME), ("threshold", r"[1-9][0-9]*")):
        found = re.fullmatch(f"{name} ({pattern})", lines.pop(0) if lines else "")
        demand(found, f"line {name} is missing or wrong")
        terms[name] = found.group(1)
    vkeys = []
    while lines and lines[0].startswith("governance "):
        vkeys.append(lines.pop(0)[11:])
    demand(vkeys and vkeys == sorted(vkeys, key=str.encode), "governance keys are missing or not sorted")
    terms["governance"] = [read_vkey(vkey) for vkey in vkeys]
    for name in BUNDLE_FILES:
        found = re.fullmatch(re.escape(f"file {name} ") + r"([0-9a-f]{64})", lines.pop(0) if lines else "")
        demand(found, f"line of {name} is missing or wrong")
        terms["files"][name] = found.group(1)
    demand(not lines, "lines that do not belong there")
    return terms


def governance_pin(terms):
    keys = sorted(public for _, public in terms["governance"])
    return sha256(b"mash/governance/v1\0", int(terms["threshold"]).to_bytes(4, "big"), *keys)


def verify_bundle(note, files, pin=None, after=None):
    """note: bytes; files: {name: bytes}; pin: digest of the governance keys; after: the note before this one."""
    terms = read_bundle_text(read_note(note)[0])
    publics = {public for _, public in terms["governance"]}
    demand(len(publics) == len(terms["governance"]), "a governance key stands twice")
    threshold = int(terms["threshold"])
    demand(1 <= threshold <= len(publics), "the threshold cannot be met")
    text, signed = verify_note(note, terms["governance"])
    demand(len(signed) >= threshold, f"signed by {len(signed)} governance keys, not by {threshold}")
    demand(sorted(files) == BUNDLE_FILES, "not exactly the four files")
    for name, content in files.items():
        demand(sha256(content).hex() == terms["files"][name], f"{name} is not the file that was signed")
    demand(pin is None or governance_pin(terms) == pin, "the governance keys are not those that were pinned")
    if after is not None:
        before = read_bundle_text(read_note(after)[0])
        demand(before["partnership"] == terms["partnership"], "a bundle of another partnership")
        demand(int(terms["version"]) == int(before["version"]) + 1, "not the next version")
        _, signed = verify_note(note, before["governance"])
        demand(len(signed) >= int(before["threshold"]), "not signed by enough of the governance keys before")
    return {**terms, "digest": sha256(text.encode()), "pin": governance_pin(terms)}


# ---- known answers --------------------------------------------------------------------------------------

class Tally:
    """What was verified, and what was refused as it must be."""

    def __init__(self):
        self.passed = self.refused = 0

    def equal(self, found, expected, what):
        demand(found == expected, f"{what}: not the known answer")
        self.passed += 1

    def good(self, check, *args):
        result = check(*args)
        self.passed += 1
        return result

    def bad(self, what, check, *args):
        try:
            check(*args)
        except (Refused, ValueError, UnicodeError):
            self.refused += 1
            return
        raise Refused(f"{what}: accepted")


def flip(raw, at=0, bit=1):
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


def spoilt_batches(tally, kind, partnership, public, row, index, batch):
    raw, path = bytes.fromhex(row["message"]), hashes(bytes.fromhex(row["path"]))
    signature, size = bytes.fromhex(batch["signature"]), batch["size"]

    def verify(kind=kind, partnership=partnership, public=public, raw=raw, signature=signature, index=index,
               size=size, path=path):
        verify_batch(kind, partnership, public, raw, signature, index, size, path)

    def bad(what, **change):
        tally.bad(f"batch of {size}, index {index}: {what}", lambda: verify(**change))

    tally.good(verify)
    bad("message changed", raw=flip(raw))
    bad("message cut", raw=raw[:-1])
    bad("signature changed", signature=flip(signature, 63))
    bad("path one long", path=path + [sha256(b"")])
    if path:
        bad("path one short", path=path[:-1])
        bad("path one short in front", path=path[1:])
        bad("path changed", path=[flip(path[0])] + path[1:])
    bad("index out of range", index=size)
    bad("index far out of range", index=2 ** 32 - 1)
    if size > 1:
        bad("index of another", index=(index + 1) % size)
    for other in (0, 65, size + 1, size - 1):
        bad(f"size {other}", size=other)
    bad("of the other kind", kind="status" if kind == "notice" else "notice")
    bad("of another partnership", partnership="kent")
    bad("by another key", public=flip(public))


def vectors_batches(tally, partnership, batch):
    public = bytes.fromhex(batch["public"])
    messages = [bytes.fromhex(row["message"]) for row in batch["messages"]]
    root = tree_root(messages)
    tally.equal(len(messages), batch["size"], "size of a batch")
    tally.equal(len(set(messages)), batch["size"], "messages are distinct")
    tally.equal(root.hex(), batch["root"], "root of a batch")
    tally.equal(batch_signed_bytes(batch["kind"], partnership, batch["size"], root).hex(), batch["signed_bytes"],
                "signed bytes of a batch")
    for index, row in enumerate(batch["messages"]):
        spoilt_batches(tally, batch["kind"], partnership, public, row, index, batch)


def vectors_keys(tally, keys):
    for key in keys:
        # a seal key is an age recipient *string*; all others are 32 bytes
        public = key["text"].encode() if key["purpose"] == "seal" else bytes.fromhex(key["public"])
        tally.equal(key_id(key["purpose"], public).hex(), key["id"], "key id")
    tally.equal(len({key["id"] for key in keys}), len(keys), "key ids are distinct")


def vectors_manifest(tally, known):
    raw = bytes.fromhex(known["hex"])
    manifest = tally.good(read_manifest, raw)
    tally.equal(sha256(raw).hex(), known["sha256"], "digest of the manifest")
    tally.equal(manifest["notice_id"].hex(), known["notice_id"].replace("-", ""), "notice id")
    tally.equal(sorted(manifest), sorted(name for name, _ in MANIFEST.values()), "every field is in use")
    tally.equal([r["mailbox"] for r in manifest["recipients"]],
                ["leicester-cc/das@llr", "leicester-cc/edt@llr", "lpt-nhs/safeguarding@llr"], "recipients")
    tally.bad("unknown field", read_manifest, raw + b"\xfa\x06\x08Jane Doe")
    tally.bad("cut manifest", read_manifest, raw[:-1])
    return raw


def vectors_statuses(tally, partnership, manifest, chain):
    raws = [bytes.fromhex(row["hex"]) for row in chain]
    states = tally.good(read_chain, raws, manifest)
    tally.equal(states, [row["state"] for row in chain], "states of the chain")
    tally.bad("chain with one missing", read_chain, raws[:1] + raws[2:], manifest)
    tally.bad("chain out of order", read_chain, [raws[1], raws[0]] + raws[2:], manifest)
    tally.bad("chain of another manifest", read_chain, raws, manifest + b"x")
    for row, raw in zip(chain, raws):
        tally.equal(sha256(raw).hex(), row["sha256"], "digest of a status")
        vectors_batches(tally, partnership, row["batch"])
        tally.equal(row["batch"]["messages"][0]["message"], row["hex"], "what was signed")


def vectors_receipt(tally, log, public, known):
    origin, raw = log["origin"], known["receipt"].encode()
    receipt = tally.good(verify_receipt, raw, origin, public)
    for name in ("index", "kind", "time_ms"):
        tally.equal(receipt[name], known[name], name)
    for name in ("salt", "detail", "commit"):
        tally.equal(receipt[name].hex(), known[name], name)
    lines = raw.split(b"\n")
    for at in range(len(lines)):
        if lines[at]:
            tally.bad(f"receipt without line {at}", verify_receipt, b"\n".join(lines[:at] + lines[at + 1:]),
                      origin, public)
    extra = unbase64(lines[1][6:].decode())
    for at in (0, 1, 9, 10, 41, 42, 73, 74, len(extra) - 1):
        changed = b"extra " + base64.b64encode(flip(extra, at))
        tally.bad(f"receipt with byte {at} of its entry changed", verify_receipt,
                  b"\n".join([lines[0], changed] + lines[2:]), origin, public)
    other = (known["index"] + 1) % len(log["entries"])
    tally.bad("receipt with another index", verify_receipt,
              raw.replace(b"index %d" % known["index"], b"index %d" % other), origin, public)
    tally.bad("receipt by another key", verify_receipt, raw, origin, flip(public))
    tally.bad("receipt of another log", verify_receipt, raw, "llr/2027", public)


def vectors_log(tally, partnership, keys, log):
    public = bytes.fromhex(log["public"])
    leaves = [bytes.fromhex(entry["leaf"]) for entry in log["entries"]]
    size, root = tally.good(verify_checkpoint, log["checkpoint"].encode(), log["origin"], public)
    tally.equal((size, root.hex()), (len(leaves), log["root"]), "head of the log")
    tally.equal(tree_root(leaves), root, "root of the log")
    for entry, leaf in zip(log["entries"], leaves):
        tally.equal(leaf_hash(leaf).hex(), entry["leaf_hash"], "leaf hash")
        vectors_receipt(tally, log, public, entry)
    # what is signed inside: the accept entry proves the notice, the status entry the status
    sign = [bytes.fromhex(key["public"]) for key in keys if key["purpose"] == "sign"]
    for kind, name, signed, signer, other in ((1, "manifest", "notice", *sign), (3, "status", "status", *sign[::-1])):
        entry = next(e for e in log["entries"] if e["kind"] == kind)
        body = verify_receipt(entry["receipt"].encode(), log["origin"], public)["body"]
        proof = body[DETAIL[kind][0]]
        tally.good(verify_signed, signed, partnership, signer, proof[name], proof)
        tally.bad("by the other's key", verify_signed, signed, partnership, other, proof[name], proof)


def without_signature(note, at):
    """The note with its at-th signature line left out."""
    text, _, lines = note.rpartition(b"\n\n")
    lines = lines.split(b"\n")
    return text + b"\n\n" + b"\n".join(lines[:at] + lines[at + 1:])


def vectors_bundles(tally, bundles):
    after = None
    for known in bundles:
        note = known["note"].encode()
        files = {name: content.encode() for name, content in known["files"].items()}
        pin = bytes.fromhex(known["pin"])
        bundle = tally.good(verify_bundle, note, files, pin, after)
        tally.equal(bundle["digest"].hex(), known["digest"], "digest of a bundle")
        tally.equal(int(bundle["version"]), known["version"], "version of a bundle")
        for name in files:
            tally.bad(f"{name} changed", verify_bundle, note, {**files, name: files[name] + b" "})
            tally.bad(f"{name} missing", verify_bundle, note, {k: v for k, v in files.items() if k != name})
        for at in (0, 1):
            one = without_signature(note, at)
            tally.bad("bundle with one signature", verify_bundle, one, files)
            line = one.rstrip(b"\n").split(b"\n")[-1] + b"\n"
            tally.bad("bundle with one signature twice", verify_bundle, one + line, files)
        tally.bad("text changed", verify_bundle, note.replace(b"threshold 2", b"threshold 1"), files)
        tally.bad("another pin", verify_bundle, note, files, flip(pin))
        if after is not None:
            tally.bad("the same version again", verify_bundle, note, files, None, note)
            tally.bad("an older version", verify_bundle, after, files, None, note)
        after = note


def rows_of(markdown, heading):
    """Cells of the first table below a heading, without its two head lines."""
    section = markdown.split(f"\n{heading}\n", 1)
    demand(len(section) == 2, f"PROTOCOL.md has no section {heading}")
    rows = []
    for line in section[1].split("\n"):
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows or line.startswith("#"):
            break
    return rows[2:]


def vectors_document(tally, known, path):
    """The tables that the document prints are those of the program."""
    with open(path, encoding="utf-8") as file:
        markdown = file.read()
    answers = [[str(a["code"]), a["sub_code"], "yes" if a["retry"] else "no", str(a["exit_code"]), a["sentence"]]
               for a in known["answers"]]
    tally.equal(rows_of(markdown, "## Answers"), answers, "table of answers")
    states = list(known["steps"]["held"])
    recipient_states = [state for state in states if state != "recalled"]
    steps = [[start] + [row[state].get("to", "-") for state in recipient_states]
             for start, row in known["steps"].items()]
    tally.equal(rows_of(markdown, "### Steps"), steps, "table of steps")
    headings = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
                for heading in re.findall(r"^#+ (.*)$", markdown, re.M)}
    dangling = set(re.findall(r"\]\(#([^)]*)\)", markdown)) - headings
    tally.equal(dangling, set(), "links of the document")
    smallest = known["batches"][0]
    for value in (smallest["root"], smallest["signature"][:64], known["log"]["entries"][2]["leaf_hash"]):
        demand(value in markdown, "an example of the document is not that of the vectors")


def vectors(path, protocol):
    with open(path, encoding="utf-8") as file:
        known = json.load(file)
    tally = Tally()
    partnership = known["partnership"]
    vectors_keys(tally, known["keys"])
    manifest = vectors_manifest(tally, known["manifest"])
    vectors_statuses(tally, partnership, manifest, known["statuses"])
    vectors_log(tally, partnership, known["keys"], known["log"])
    tally.equal([batch["size"] for batch in known["batches"]], [1, 2, 3, 63, 64], "sizes of the batches")
    for batch in known["batches"]:
        vectors_batches(tally, partnership, batch)
    vectors_bundles(tally, known["bundles"])
    if protocol:
        vectors_document(tally, known, protocol)
    print(f"second reading: {tally.passed} verified, {tally.refused} spoilt ones refused")


# ---- the command ----------------------------------------------------------------------------------------

def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def shown(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(inner) for inner in value]
    return value


def main():
    parser = argparse.ArgumentParser(description="verify what mashd writes, sharing no code with it")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("vectors")
    command.add_argument("file")
    command.add_argument("--protocol")
    command = commands.add_parser("receipt")
    command.add_argument("file")
    command.add_argument("--origin", required=True)
    command.add_argument("--log-key", required=True, type=bytes.fromhex)
    command = commands.add_parser("batch")
    command.add_argument("kind", choices=["notice", "status"])
    command.add_argument("file")
    command.add_argument("--partnership", required=True)
    command.add_argument("--key", required=True, type=bytes.fromhex)
    command.add_argument("--signature", required=True, type=bytes.fromhex)
    command.add_argument("--index", required=True, type=int)
    command.add_argument("--size", required=True, type=int)
    command.add_argument("--path", default=b"", type=bytes.fromhex)
    command = commands.add_parser("bundle")
    command.add_argument("note")
    command.add_argument("files", nargs="+")
    command.add_argument("--pin", type=bytes.fromhex)
    command.add_argument("--after")
    args = parser.parse_args()
    try:
        if args.command == "vectors":
            vectors(args.file, args.protocol)
        elif args.command == "bundle":
            files = {os.path.basename(path): read_file(path) for path in args.files}
            after = read_file(args.after) if args.after else None
            print(json.dumps(shown(verify_bundle(read_file(args.note), files, args.pin, after)), indent=1))
        elif args.command == "receipt":
            print(json.dumps(shown(verify_receipt(read_file(args.file), args.origin, args.log_key)), indent=1))
        else:
            verify_batch(args.kind, args.partnership, args.key, read_file(args.file), args.signature, args.index,
                         args.size, hashes(args.path))
            print("verified")
    except (Refused, ValueError) as refusal:
        print(f"second_reading: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
