#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mashctl without a broker: a partnership is set up, agencies are enrolled, bundles made and signed on several
machines, and an independent reader agrees.  Every refusal leaves the files as they were."""
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MASHCTL = os.path.join(os.environ["MASH_BUILD"], "clients", "mashctl")
READER = os.path.join(HERE, "second_reading.py")
OK, USAGE, DATAERR, NOINPUT, CANTCREAT, TEMPFAIL, NOPERM = 0, 64, 65, 66, 73, 75, 77


def mashctl(wanted, *args):
    run = subprocess.run([MASHCTL, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert run.returncode == wanted, f"mashctl {' '.join(args)}: {run.returncode}\n{run.stdout}{run.stderr}"
    if wanted != OK:
        assert run.stderr.strip() or "missing" in run.stdout or "REFUSED" in run.stdout, "a failure without a sentence"
    return run.stdout + run.stderr


def recipient():
    made = subprocess.run(["age-keygen"], capture_output=True, text=True, check=True)
    return made.stdout.split("# public key: ")[1].split()[0]


def key():
    return os.urandom(32).hex()


def request(agency, kind, partnership="llr"):
    return {
        "format": "mash/request/v1", "partnership": partnership,
        "agency": {"id": agency, "name": agency.title() + " \u00e9\u20ac", "kind": kind, "overdue_role": "Lead", "overdue_phone": "101"},
        "mailboxes": [{"id": "duty", "name": "Duty", "phone": "0116 4960001", "hours": "24h",
                       "seal": [{"key": recipient()}, {"key": recipient(), "recovery": True}],
                       "sign": [{"key": key(), "may": ["send", "collect"]}, {"key": key(), "may": ["act"]}]}],
        "installations": [{"id": "pc1", "link": key(), "witness": key()}],
    }


def save(path, content):
    with open(path, "w") as out:
        json.dump(content, out)
    return path


def words_of(llr, path):
    return mashctl(USAGE, "enrol", llr, path).split("words: ")[1].split("\n")[0]


def words_again(path):
    """The words, computed anew from PROTOCOL.md "Enrolment request" (the list is read from the source)."""
    with open(os.path.join(HERE, "..", "..", "proto", "fingerprint.c")) as file:
        words = re.findall(r'"([a-z]+)"', file.read().split("words[256] = {")[1].split("};")[0])
    assert len(set(words)) == 256
    with open(path) as file:
        canonical = json.dumps(json.load(file), sort_keys=True, separators=(",", ":"))
    canonical = re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found.group()[2:].upper(), canonical)
    digest = hashlib.sha256(b"mash/fingerprint/v1\0" + canonical.encode()).digest()
    for _ in range(1 << 18):
        digest = hashlib.sha256(digest).digest()
    return " ".join(words[byte] for byte in digest[:6])


def open_key_again(path, passphrase):
    """A sealed key file by PROTOCOL.md "Key files" and another library; the public line is the proof."""
    try:
        from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
        from nacl.pwhash.argon2id import kdf
        from nacl.signing import SigningKey
    except ImportError:
        return
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    assert lines[0:2] == [b"mash/secret/v1", b"purpose governance"] and lines[5:] == [b""]
    name, algorithm, passes, memory, salt, nonce = lines[3].split(b" ")
    assert (name, algorithm) == (b"sealed", b"argon2id")
    secret_key = kdf(32, passphrase, base64.b64decode(salt), opslimit=int(passes), memlimit=int(memory) * 1024)
    seed = decrypt(base64.b64decode(lines[4].split(b" ")[1]), b"\n".join(lines[:4]) + b"\n", base64.b64decode(nonce),
                   secret_key)
    assert lines[2] == b"public " + SigningKey(seed).verify_key.encode().hex().encode()


def snapshot(folder):
    digest = hashlib.sha256()
    for where, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                digest.update(path.encode() + b"\0" + file.read())
    return digest.hexdigest()


def second_reading(bundle, *more, wanted=0):
    files = [os.path.join(bundle, name) for name in
             ("agreement.json", "calendar.json", "clocks.json", "registry.json")]
    run = subprocess.run([sys.executable, READER, "bundle", os.path.join(bundle, "note"), *files, *more],
                         capture_output=True, text=True)
    if run.returncode == 77:
        return
    assert run.returncode == wanted, run.stderr


def set_up(llr):
    out = mashctl(OK, "init", llr, "--partnership", "llr", "--governance", "3", "--threshold", "2")
    for where, _, names in os.walk(llr):
        for name in names:
            mode = os.stat(os.path.join(where, name)).st_mode & 0o777
            assert mode == (0o600 if name.endswith(".key") else 0o644), (name, oct(mode))
    mashctl(CANTCREAT, "init", llr, "--partnership", "llr")
    mashctl(USAGE, "init", llr + "-2", "--partnership", "L L R")
    mashctl(USAGE, "init", llr + "-2", "--partnership", "llr", "--governance", "2", "--threshold", "3")
    mashctl(USAGE, "init", llr + "-2")
    assert not os.path.exists(llr + "-2")
    return out.split("governance pin: ")[1].split()[0]


def enrol(llr, folder):
    police = save(os.path.join(folder, "police.json"), request("police", "police"))
    words = words_of(llr, police)
    assert words == words_again(police)
    before = snapshot(llr)
    mashctl(DATAERR, "enrol", llr, police, "--words", "acorn " * 6)
    mashctl(DATAERR, "enrol", llr, police, "--words", words.rsplit(" ", 1)[0])
    assert snapshot(llr) == before
    mashctl(OK, "enrol", llr, police, "--words", "  " + words.upper().replace(" ", "  ") + " ")
    before = snapshot(llr)
    mashctl(DATAERR, "enrol", llr, police, "--words", words)  # is listed

    other = request("school", "school")
    bad = {
        "other partnership": {**other, "partnership": "elsewhere"},
        "unknown member": {**other, "notes": "please hurry"},
        "a key of the police": {**other, "installations": request("x", "x")["installations"][:0] + json.load(
            open(police))["installations"]},
        "cover nobody": {**other, "mailboxes": [{**other["mailboxes"][0], "cover": "school/none@llr"}]},
        "newer format": {**other, "format": "mash/request/v2"},
    }
    for what, content in bad.items():
        path = save(os.path.join(folder, "bad.json"), content)
        shown = subprocess.run([MASHCTL, "enrol", llr, path], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        given = shown.stdout.split("words: ")[1].split("\n")[0] if "words: " in shown.stdout else "none"
        mashctl(DATAERR, "enrol", llr, path, "--words", given)
        assert snapshot(llr) == before, what
    mashctl(NOINPUT, "enrol", llr, os.path.join(folder, "absent.json"))

    city = save(os.path.join(folder, "city.json"), request("city", "social-care"))
    mashctl(OK, "enrol", llr, city, "--words", words_of(llr, city))
    again = save(os.path.join(folder, "city.json"), request("city", "social-care"))
    mashctl(OK, "enrol", llr, again, "--words", words_of(llr, again), "--replace")
    with open(os.path.join(llr, "draft", "registry.json")) as file:
        assert [agency["id"] for agency in json.load(file)["agencies"]] == ["police", "city"]


def sign(llr, pin, folder):
    """Holder 1 signs here, holder 3 on another machine."""
    mashctl(NOINPUT, "bundle", "show", llr)
    mashctl(OK, "bundle", "make", llr)
    bundle = os.path.join(llr, "bundle", "1")
    mashctl(TEMPFAIL, "bundle", "show", llr)
    mashctl(TEMPFAIL, "bundle", "make", llr)
    out = mashctl(OK, "bundle", "sign", llr, "--key", os.path.join(llr, "governance", "g1.key"))
    assert "more governance holders must sign" in out
    second_reading(bundle, wanted=1)
    mashctl(DATAERR, "bundle", "sign", llr, "--key", os.path.join(llr, "governance", "g1.key"))
    mashctl(DATAERR, "bundle", "sign", llr, "--key", os.path.join(llr, "operators", "op1.key"))
    mashctl(NOINPUT, "bundle", "sign", llr, "--key", os.path.join(folder, "absent.key"))

    elsewhere = os.path.join(folder, "stick")
    shutil.copytree(bundle, elsewhere)
    with open(os.path.join(elsewhere, "registry.json"), "a") as file:
        file.write(" ")
    mashctl(DATAERR, "bundle", "sign", elsewhere, "--key", os.path.join(llr, "governance", "g3.key"))
    shutil.copy(os.path.join(bundle, "registry.json"), elsewhere)
    mashctl(OK, "bundle", "sign", elsewhere, "--key", os.path.join(llr, "governance", "g3.key"))
    shutil.copy(os.path.join(elsewhere, "note"), bundle)
    assert "Complete." in mashctl(OK, "bundle", "show", llr)
    second_reading(bundle, "--pin", pin)
    mashctl(DATAERR, "bundle", "make", llr, "--again")

    mashctl(OK, "bundle", "make", llr, "--renew-days", "10", "--expire-days", "20")
    for holder in ("g2", "g3"):
        out = mashctl(OK, "bundle", "sign", llr, "--key", os.path.join(llr, "governance", holder + ".key"))
    assert "complete" in out
    second_reading(os.path.join(llr, "bundle", "2"), "--pin", pin, "--after", os.path.join(bundle, "note"))


def change_governance(llr, folder):
    """g1 goes and a stranger comes: one of the old holders is not enough."""
    other = os.path.join(folder, "other")
    mashctl(OK, "init", other, "--partnership", "llr", "--governance", "1", "--threshold", "1")
    draft = os.path.join(llr, "draft", "governance.json")
    with open(draft) as file:
        governance = json.load(file)
    with open(os.path.join(other, "draft", "governance.json")) as file:
        stranger = json.load(file)["keys"][0]
    governance["keys"] = governance["keys"][1:] + [stranger]
    save(draft, governance)
    out = mashctl(OK, "bundle", "make", llr)
    stranger_key = os.path.join(other, "governance", "g1.key")
    out = mashctl(OK, "bundle", "sign", llr, "--key", stranger_key)
    assert "THE GOVERNANCE KEYS" in out
    out = mashctl(OK, "bundle", "sign", llr, "--key", os.path.join(llr, "governance", "g2.key"))
    assert "more governance holders must sign" in out, out
    before = os.path.join(llr, "bundle", "2", "note")
    second_reading(os.path.join(llr, "bundle", "3"), "--after", before, wanted=1)
    out = mashctl(OK, "bundle", "sign", llr, "--key", os.path.join(llr, "governance", "g3.key"))
    assert "complete" in out
    second_reading(os.path.join(llr, "bundle", "3"), "--after", before)


def passphrase(folder):
    secret = os.path.join(folder, "passphrase")
    with open(secret, "w") as out:
        out.write("a long passphrase\n")
    sealed = os.path.join(folder, "sealed")
    mashctl(OK, "init", sealed, "--partnership", "llr", "--governance", "1", "--threshold", "1",
            "--passphrase-file", secret)
    with open(os.path.join(sealed, "governance", "g1.key")) as file:
        assert "\nsealed argon2id " in file.read()
    open_key_again(os.path.join(sealed, "governance", "g1.key"), b"a long passphrase")
    mashctl(OK, "bundle", "make", sealed)
    holder = os.path.join(sealed, "governance", "g1.key")
    mashctl(NOPERM, "bundle", "sign", sealed, "--key", holder)
    mashctl(OK, "bundle", "sign", sealed, "--key", holder, "--passphrase-file", secret)
    os.chmod(holder, 0o640)
    mashctl(OK, "bundle", "make", sealed)
    mashctl(NOPERM, "bundle", "sign", sealed, "--key", holder, "--passphrase-file", secret)
    with open(os.path.join(sealed, "draft", "clocks.json"), "w") as out:
        out.write("{}")
    mashctl(DATAERR, "bundle", "make", sealed, "--again")


def main():
    if shutil.which("age-keygen") is None:
        print("SKIP: age is not installed", file=sys.stderr)
        return 77
    mashctl(USAGE)
    mashctl(USAGE, "no-such-command")
    mashctl(USAGE, "bundle")
    mashctl(OK, "--help")
    with tempfile.TemporaryDirectory() as folder:
        llr = os.path.join(folder, "llr")
        pin = set_up(llr)
        enrol(llr, folder)
        sign(llr, pin, folder)
        change_governance(llr, folder)
        passphrase(folder)
    print("mashctl: set-up, enrolment, signing and changes of governance: as they should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
