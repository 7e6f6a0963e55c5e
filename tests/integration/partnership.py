# SPDX-License-Identifier: Apache-2.0
"""A partnership of real programs for the integration tests: governance keys, agencies, a running mashd.

Everything lies in one temporary folder; addresses are on loopback; only processes started here are ended, by id.
The programs are those of the build in $MASH_BUILD.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("MASH_BUILD", os.path.join(HERE, "..", "..", "build", "check"))
SHARED = os.environ.get("MASH_SHARED", os.path.join(HERE, "..", "..", "..", "shared"))
MASHD = os.path.join(BUILD, "daemon", "mashd")
MASHCTL = os.path.join(BUILD, "clients", "mashctl")
CLIENT = os.path.join(BUILD, "clients", "mash-client")
VERIFY = os.path.join(BUILD, "clients", "mash-verify")

SKIP = 77
ROOT = os.geteuid() == 0
BROKER_UID = 59321 if ROOT else os.geteuid()  # an account that nothing else runs as; it needs no name

# name -> kind, mailbox, its plain name
AGENCIES = {
    "leics-police": ("police", "ppu", "Public protection unit"),
    "city-health": ("health", "safeguarding", "Safeguarding team"),
    "sample-school": ("school", "dsl", "Designated safeguarding lead"),
    "city-social-care": ("social-care", "front-door", "Duty and advice service"),
    "llr-marac": ("marac", "coordinator", "MARAC co-ordinator"),
    "safe-haven": ("domestic-abuse", "idva", "Domestic abuse service"),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, test, seconds=20.0):
    """Poll until test() is true; its value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


# LeakSanitizer must trace its process, which no process of mashd lets anybody do, and nobody a traced one.
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0", **os.environ}
SANITIZERS = ("AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer", "runtime error:")


def run(*args, ok=(0,), env=None, timeout=120):
    """Run a program to its end; its exit code must be one of ok (None: any but death by a signal)."""
    done = subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout, env=env)
    wrong = done.returncode < 0 if ok is None else done.returncode not in ok
    if wrong or any(word in done.stderr for word in SANITIZERS):
        raise AssertionError(f"{' '.join(map(str, args))}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


ENDINGS = {0: ("held", r"held \(receipt [0-9a-f]{16}\)\. Held by the exchange\. Nobody has read it yet\."),
           75: ("trying", r"NOT sent, still trying: ring .+"),
           77: ("refused", r"refused: .+")}


def check_ending(result, code):
    """`send` ends in exactly one of three sentences, each with its exit code."""
    end, pattern = ENDINGS[code]
    assert result["end"] == end and result["exit"] == code, result
    assert re.fullmatch(pattern, result["sentence"], re.S), result
    assert (result["code"] == 202) == (code == 0), result
    return result


class Agency:
    def __init__(self, partnership, name, kind, mailbox, title):
        self.partnership = partnership
        self.name = name
        self.mailbox = mailbox
        self.kind = kind
        self.address = f"{name}/{mailbox}@{partnership.name}"
        self.title = title
        self.home = os.path.join(partnership.folder, "agencies", name)
        self.recovery = os.path.join(partnership.folder, f"{name}.recovery")
        self.request = os.path.join(partnership.folder, f"{name}.json")

    def client(self, *args, ok=(0,), **more):
        return run(CLIENT, args[0], "--home", self.home, *args[1:], ok=ok, **more)

    def json(self, *args, ok=(0,), **more):
        return json.loads(self.client(*args, "--json", ok=ok, **more).stdout)

    def key(self, purpose):
        """Path of a secret key file: seal, sign, act, link or witness."""
        name = purpose if purpose in ("link", "witness") else f"{self.mailbox}.{purpose}"
        return os.path.join(self.home, "keys", f"{name}.key")

    def join(self):
        partnership = self.partnership
        self.client("join", partnership.bundle_folder, "--endpoint", partnership.endpoint, "--governance-pin",
                    partnership.pin)

    def send(self, kind, content, *options, ok=(0,), **more):
        """Send; the result is that of --json, after the rules that hold for every ending were checked."""
        path = os.path.join(self.home, "content.json")
        with open(path, "w") as out:
            json.dump(content, out)
        done = self.client("send", "--json", "--type", kind, "--content", path, *options, ok=None, **more)
        assert done.returncode in ok, (done.returncode, done.stdout, done.stderr)
        return check_ending(json.loads(done.stdout), done.returncode)

    def inbox(self, *options, ok=(0,)):
        """Collect; {id: notice} of all that was received."""
        return {notice["id"]: notice for notice in self.json("inbox", *options, ok=ok)["notices"]}

    def outbox(self):
        return {notice["id"]: notice for notice in self.json("outbox")["notices"]}

    def init(self):
        done = self.json("init", "--mailbox", self.address, "--mailbox-name", self.title, "--phone", "0116 496 0000",
                         "--agency-name", self.name, "--kind", self.kind, "--overdue-role", "Duty manager",
                         "--overdue-phone", "0116 496 0001", "--recovery-out", self.recovery,
                         "--request-out", self.request, "--act-unlocked")
        return done["words"]


class Partnership:
    """with Partnership() as p: everything enrolled, bundle 1 in force, broker running, all joined."""

    def __init__(self, agencies=None, start=True, config=""):
        self.name = "llr"
        self.folder = tempfile.mkdtemp(prefix="mash-test-")
        os.chmod(self.folder, 0o755)
        self.governance = os.path.join(self.folder, "partnership")
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "mashd.conf")
        self.more_config = config
        self.port = free_port()
        self.console_port = free_port()
        self.control = os.path.join(self.state, "control.sock")
        self.operator = os.path.join(self.governance, "operators", "op1.key")
        self.broker = None
        self.log = open(os.path.join(self.folder, "mashd.log"), "ab")
        self.agencies = {}
        for name in agencies or AGENCIES:
            self.agencies[name] = Agency(self, name, *AGENCIES[name])
        self.start_now = start
        self.calm = True  # False in tests that make the broker log errors

    def __getitem__(self, name):
        return self.agencies[name]

    def __enter__(self):
        try:
            self.set_up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        self.log.close()
        with open(os.path.join(self.folder, "mashd.log"), errors="replace") as log:
            lines = log.readlines()
        try:
            if kind is None:
                assert code in (None, 0), f"mashd ended with {code}"
                bad = [line for line in lines if any(word in line for word in (*SANITIZERS, "assertion", "Assertion"))
                       or (self.calm and "level=error" in line)]
                assert not bad, "".join(bad)
        except AssertionError:
            kind = AssertionError
            raise
        finally:
            self.tidy(kind, lines)

    def tidy(self, kind, lines):
        if kind is not None:
            sys.stderr.write("--- mashd\n" + "".join(lines[-60:]))
        if kind is not None and os.environ.get("MASH_KEEP"):
            sys.stderr.write(f"kept: {self.folder}\n")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- setting up

    def set_up(self):
        shown = run(MASHCTL, "init", self.governance, "--partnership", self.name, "--governance", 3, "--threshold", 2)
        self.pin = self.find_pin(shown.stdout)
        os.mkdir(os.path.join(self.folder, "agencies"))
        for agency in self.agencies.values():
            words = agency.init()
            run(MASHCTL, "enrol", self.governance, agency.request, "--words", words)
        self.make_bundle()
        self.write_config()
        if self.start_now:
            self.start()
            self.publish()
            for agency in self.agencies.values():
                agency.join()

    @staticmethod
    def find_pin(text):
        for word in text.split():
            if len(word) == 64 and all(c in "0123456789abcdef" for c in word):
                return word
        raise AssertionError("mashctl init did not show the governance digest:\n" + text)

    def origin(self):
        """The log's origin: the partnership and the year of its first entry, as the store's head says."""
        return f"{self.name}/{time.gmtime(self.status()['started_ms'] / 1000).tm_year}"

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.port}"

    def make_bundle(self, signers=(1, 2), *options):
        run(MASHCTL, "bundle", "make", self.governance, *options)
        for n in signers:
            run(MASHCTL, "bundle", "sign", self.governance, "--key",
                os.path.join(self.governance, "governance", f"g{n}.key"))

    @property
    def bundle_folder(self):
        versions = sorted(int(v) for v in os.listdir(os.path.join(self.governance, "bundle")))
        return os.path.join(self.governance, "bundle", str(versions[-1]))

    def write_config(self):
        backup = os.path.join(self.state, "backup")
        os.makedirs(backup, mode=0o700, exist_ok=True)
        os.chmod(self.state, 0o700)
        for key in ("link.key", "log.key"):
            target = os.path.join(self.state, key)
            if not os.path.exists(target):
                shutil.copy2(os.path.join(self.governance, "broker", key), target)
        if ROOT:
            for name in (self.state, backup, *(os.path.join(self.state, key) for key in ("link.key", "log.key"))):
                os.chown(name, BROKER_UID, BROKER_UID)
        with open(self.config, "w") as out:
            out.write(f"partnership = {self.name}\nstate = {self.state}\ngovernance = {self.pin}\n"
                      f"endpoint = {self.endpoint}\nconsole = 127.0.0.1:{self.console_port}\n{self.more_config}")
            if ROOT:
                out.write(f"user = {BROKER_UID}\n")

    # -- the broker

    def start(self, *wrapper):
        mark = self.log_size()
        self.broker = subprocess.Popen([*wrapper, MASHD, "--config", self.config], stdout=self.log, stderr=self.log,
                                       env=NO_LEAKS)
        wait_until("the broker", lambda: self.broker.poll() is not None or self.logged("event=serving endpoint", mark))
        assert self.broker.poll() is None, "mashd ended at once"

    def log_size(self):
        return os.path.getsize(os.path.join(self.folder, "mashd.log"))

    def logged(self, words, since=0):
        """Lines with words that mashd has logged after the position since."""
        with open(os.path.join(self.folder, "mashd.log"), errors="replace") as log:
            log.seek(since)
            return [line for line in log.read().split("\n") if words in line]

    def roles(self):
        """{role: pid} of the running broker."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{pid}/stat") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            for word in words:
                if word.startswith(b"--role=") and parent == self.broker_pid():
                    found[word[7:].decode()] = int(pid)
        return found

    def broker_pid(self):
        """The parent process, also when it was started under a wrapper such as strace."""
        children = [self.broker.pid]
        for pid in children:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                if os.path.basename(words[0]) == b"mashd":
                    return pid
                with open(f"/proc/{pid}/task/{pid}/children") as file:
                    children += map(int, file.read().split())
            except OSError:
                continue
        return self.broker.pid

    def kill(self, *roles):
        """SIGKILL roles, or with none the whole broker, as a power cut would."""
        pids = self.roles()
        victims = [pids[role] for role in roles] if roles else [self.broker_pid(), *pids.values()]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        if not roles:
            self.broker.wait(20)
            wait_until("the roles to be gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in victims))

    def stop(self):
        if self.broker is not None and self.broker.poll() is None:
            os.kill(self.broker_pid(), signal.SIGTERM)
            try:
                self.broker.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("mashd did not end on SIGTERM")
        code = self.broker.returncode if self.broker is not None else None
        self.broker = None
        return code

    # -- the operator

    def status(self, ok=(0,)):
        done = run(MASHCTL, "status", "--json", "--socket", self.control, ok=ok)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def operator_command(self, *args, ok=(0,)):
        return run(MASHCTL, *args, "--socket", self.control, "--key", self.operator, ok=ok)

    def publish(self):
        return self.operator_command("publish", self.bundle_folder)
