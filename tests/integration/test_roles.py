# SPDX-License-Identifier: Apache-2.0
"""What each process of a running mashd holds and may do, read from /proc and tried out; how roles die and come back.

Reading another process of mashd needs root (none is dumpable): without it those cases are skipped and said so.
"""
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import partnership
from partnership import MASHD, NO_LEAKS, Partnership, run, wait_until

ROOT = os.geteuid() == 0
needs_root = unittest.skipUnless(ROOT, "only root may look into mashd")
WITHIN_S = 1.0  # a role is back


def log_of(p):
    with open(os.path.join(p.folder, "mashd.log"), errors="replace") as log:
        return log.read()


def status(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def descriptors(pid):
    """[(number, what it is, stat)]"""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{name}"
        try:
            found.append((int(name), os.readlink(path), os.stat(path)))
        except FileNotFoundError:
            continue
    return sorted(found)


def inet_inodes(pid):
    """Inodes of every internet socket in the network namespace of pid."""
    inodes = set()
    for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp", "icmp6"):
        try:
            with open(f"/proc/{pid}/net/{kind}") as file:
                for line in file.readlines()[1:]:
                    inodes.add(line.split()[9])
        except FileNotFoundError:
            continue
    return inodes


def inet_sockets(pid):
    inodes = inet_inodes(pid)
    return [n for n, what, _ in descriptors(pid) if what.startswith("socket:[") and what[8:-1] in inodes]


def try_in(pid, call):
    """Make a process of ours do a libc call by gdb; (result, errno)."""
    done = subprocess.run(["gdb", "-q", "-nx", "-batch", "-p", str(pid), "-ex", f"print {call}",
                           "-ex", "print *((int *(*)(void))__errno_location)()"],
                          capture_output=True, text=True, timeout=60)
    values = re.findall(r"^\$\d+ = (-?\d+)", done.stdout, re.M)
    assert len(values) == 2, done.stdout + done.stderr
    return int(values[0]), int(values[1])


def try_open(pid, path, flags=0):
    return try_in(pid, f'((int (*)(const char *, int, int))open)("{path}", {flags}, 0600)')


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.p = Partnership(agencies=["leics-police", "city-health"]).__enter__()
        cls.p.calm = False  # a killed role is an error in the log

    @classmethod
    def tearDownClass(cls):
        cls.p.__exit__(None, None, None)

    def setUp(self):
        self.roles = wait_until("all roles", lambda: (lambda r: r if len(r) == 3 else None)(self.p.roles()))
        wait_until("the ledger", lambda: self.p.status(ok=None))

    def everybody(self):
        return {"parent": self.p.broker_pid(), **self.roles}

    def test_processes_are_separate_and_weak(self):
        uid = partnership.BROKER_UID if ROOT else os.geteuid()
        for name, pid in self.everybody().items():
            with self.subTest(name):
                seen = status(pid)
                self.assertEqual(seen["Uid"].split(), [str(uid)] * 4)
                self.assertEqual(seen["NoNewPrivs"], "1")
                for caps in ("CapPrm", "CapEff", "CapAmb"):
                    self.assertEqual(int(seen[caps], 16), 0, caps)
                if ROOT:
                    self.assertEqual(seen["Groups"].strip(), "")
                if name != "parent":
                    self.assertEqual(seen["PPid"], str(self.p.broker_pid()))
                with open(f"/proc/{pid}/limits") as file:
                    core = [line for line in file if line.startswith("Max core file size")][0]
                self.assertEqual(core.split()[4:6], ["0", "0"])

    @unittest.skipIf(ROOT, "root may look")
    def test_nobody_else_may_look(self):
        for name, pid in self.everybody().items():
            with self.subTest(name), self.assertRaises(PermissionError):
                os.listdir(f"/proc/{pid}/fd")

    @needs_root
    def test_the_ledger_has_no_inet_socket(self):
        self.assertEqual(inet_sockets(self.roles["ledger"]), [])
        for number, what, info in descriptors(self.roles["ledger"]):
            if stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode):
                self.assertTrue(what.startswith(self.p.state + "/") or what == self.p.state, f"{number}: {what}")

    @needs_root
    def test_the_gate_has_no_regular_file(self):
        seen = descriptors(self.roles["gate"])
        for number, what, info in seen:
            self.assertFalse(stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode), f"{number}: {what}")
            self.assertNotIn("memfd", what)
        self.assertGreaterEqual(len(inet_sockets(self.roles["gate"])), 1)

    @needs_root
    def test_the_console_has_its_listener_only(self):
        self.assertEqual(inet_sockets(self.roles["console"]), [7])
        for number, what, info in descriptors(self.roles["console"]):
            self.assertFalse(stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode), f"{number}: {what}")

    @needs_root
    def test_no_secret_in_arguments_or_environment(self):
        for name, pid in self.roles.items():
            with open(f"/proc/{pid}/environ", "rb") as file:
                for word in file.read().split(b"\0"):
                    self.assertTrue(word == b"" or b"SAN_OPTIONS=" in word, (name, word))
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            self.assertNotIn(b"key", b" ".join(words[2:]), name)

    @needs_root
    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_landlock_refuses_files(self):
        if "landlock=none" in log_of(self.p):
            self.skipTest("this kernel has no Landlock")
        eacces = 13
        readable = os.path.join(self.p.folder, "anybody-may-read")
        with open(readable, "w") as file:
            file.write("x")
        os.chmod(readable, 0o644)
        for name in ("gate", "console", "ledger"):
            with self.subTest(name):
                self.assertEqual(try_open(self.roles[name], readable), (-1, eacces))
                self.assertEqual(try_open(self.roles[name], "/etc/passwd"), (-1, eacces))
        for name in ("gate", "console"):
            with self.subTest(name):
                self.assertEqual(try_open(self.roles[name], self.p.state + "/log.key"), (-1, eacces))
        number, _ = try_open(self.roles["ledger"], self.p.state + "/probe", os.O_CREAT | os.O_RDWR)
        self.assertGreaterEqual(number, 0)
        self.assertEqual(try_in(self.roles["ledger"], f"((int (*)(int))close)({number})")[0], 0)

    @needs_root
    @unittest.skipUnless(shutil.which("gdb"), "gdb is not installed")
    def test_no_role_can_signal_another(self):
        if "signals=closed" not in log_of(self.p):
            self.skipTest("this kernel's Landlock has no scopes")
        for name, other in (("gate", "ledger"), ("console", "gate"), ("gate", "parent")):
            call = f"((int (*)(int, int))kill)({self.everybody()[other]}, 0)"
            self.assertEqual(try_in(self.roles[name], call), (-1, 1), (name, other))

    def back(self, *killed):
        """Kill roles; the seconds until all three run anew and the broker serves."""
        before = self.p.roles()
        start = time.monotonic()
        for role in killed:
            os.kill(before[role], signal.SIGKILL)
        wait_until("the roles to come back", lambda: (lambda now: len(now) == 3 and
                   all(now[role] != before[role] for role in killed))(self.p.roles()), 5)
        wait_until("the gate's port", self.port_is_open, 5)
        return time.monotonic() - start, before

    def port_is_open(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.p.port)) == 0

    def test_the_gate_comes_back(self):
        seconds, before = self.back("gate")
        self.assertLess(seconds, WITHIN_S)
        self.assertEqual(self.p.roles()["ledger"], before["ledger"])
        self.p["leics-police"].client("inbox")

    def test_the_console_comes_back(self):
        seconds, before = self.back("console")
        self.assertLess(seconds, WITHIN_S)
        self.assertEqual((self.p.roles()["ledger"], self.p.roles()["gate"]), (before["ledger"], before["gate"]))

    def test_the_ledger_takes_all_with_it_and_all_come_back(self):
        seconds, before = self.back("ledger")
        self.assertLess(seconds, 2 * WITHIN_S)
        wait_until("new peers", lambda: self.p.roles().get("gate") not in (None, before["gate"]), 5)
        wait_until("new peers", lambda: self.p.roles().get("console") not in (None, before["console"]), 5)
        wait_until("the gate's port", self.port_is_open, 5)
        self.p["leics-police"].client("inbox")

    def test_a_second_broker_is_refused(self):
        done = run(MASHD, "--config", self.p.config, ok=None)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("another mashd", done.stderr)
        self.assertIsNotNone(self.p.status())


class Life(unittest.TestCase):
    """Starting, refusing to start, stopping."""

    def setUp(self):
        self.p = Partnership(agencies=["leics-police", "city-health"], start=False).__enter__()

    def tearDown(self):
        self.p.__exit__(None, None, None)

    def refused(self, code, sentence):
        done = run(MASHD, "--config", self.p.config, ok=None, timeout=30)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(sentence, done.stderr)

    def test_open_key_files_are_refused(self):
        for name in ("link.key", "log.key"):
            path = os.path.join(self.p.state, name)
            os.chmod(path, 0o640)
            self.refused(78, "others may read this secret key")
            os.chmod(path, 0o600)

    def test_swapped_keys_are_refused(self):
        link, log = (os.path.join(self.p.state, name) for name in ("link.key", "log.key"))
        os.rename(link, link + ".x")
        os.rename(log, link)
        os.rename(link + ".x", log)
        self.refused(78, "configuration")

    def test_a_missing_key_is_refused(self):
        os.unlink(os.path.join(self.p.state, "link.key"))
        self.refused(78, "No such file")

    def test_an_open_state_directory_is_refused(self):
        os.chmod(self.p.state, 0o755)
        self.refused(78, "mode 0700")

    def test_a_missing_state_directory_is_refused(self):
        os.rename(self.p.state, self.p.state + "-gone")
        self.refused(78, "No such file")

    def test_an_unknown_option_is_refused(self):
        with open(self.p.config, "a") as file:
            file.write("acept-rate = 5\n")
        self.refused(78, 'did you mean "accept-rate"?')

    def test_too_many_connections_for_the_memory_are_refused(self):
        with open(self.p.config, "a") as file:
            file.write("max-connections = 4096\n")
        self.refused(78, "4096 connections x")
        done = run(MASHD, "--config", self.p.config, "--check-config", ok=None)
        self.assertEqual(done.returncode, 78)
        self.assertIn("memory-limit is 8192 MiB", done.stderr)

    def test_check_and_print(self):
        done = run(MASHD, "--config", self.p.config, "--check-config")
        self.assertIn("64 connections x ((64 out + 16 in) messages x 1280 KiB + 4096 KiB stalled) = 6656 MiB",
                      done.stdout)
        printed = os.path.join(self.p.folder, "printed.conf")
        with open(printed, "w") as file:
            file.write(run(MASHD, "--config", self.p.config, "--print-config").stdout)
        run(MASHD, "--config", printed, "--check-config")
        self.assertRegex(run(MASHD, "--version").stdout, r"^mashd \d")
        self.assertEqual(run(MASHD, "--nonsense", ok=None).returncode, 64)
        self.assertEqual(run(MASHD, "--role=nobody", ok=None).returncode, 64)

    @needs_root
    def test_root_is_refused(self):
        with open(self.p.config) as file:
            lines = [line for line in file if not line.startswith("user")]
        with open(self.p.config, "w") as file:
            file.writelines(lines)
        self.refused(78, "started as root")

    def test_a_taken_port_is_no_crash_loop_for_the_ledger(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.p.port))
            taken.listen()
            self.p.calm = False
            self.p.broker = subprocess.Popen([MASHD, "--config", self.p.config], stdout=self.p.log, stderr=self.p.log,
                                             env=NO_LEAKS)
            ledger = wait_until("the ledger", lambda: self.p.roles().get("ledger"))
            wait_until("refusals", lambda: log_of(self.p).count("Address already in use") >= 2)
            self.assertEqual(self.p.roles()["ledger"], ledger)
        wait_until("the gate", lambda: "gate-open" in log_of(self.p), 10)
        self.assertEqual(self.p.roles()["ledger"], ledger)

    def test_a_taken_console_port_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.p.console_port))
            taken.listen()
            self.refused(73, "Address already in use")

    def test_sigterm_is_orderly(self):
        self.p.start()
        pids = self.p.roles()
        self.assertEqual(self.p.stop(), 0)
        self.assertFalse(os.path.exists(self.p.control))
        for pid in pids.values():
            self.assertFalse(os.path.exists(f"/proc/{pid}"))
        ended = re.findall(r"event=role-ended name=(\w+) pid=\d+ exit=(\d+)", log_of(self.p))
        self.assertEqual(sorted(ended[:2]), [("console", "0"), ("gate", "0")])
        self.assertEqual(ended[2], ("ledger", "0"))
        self.p.start()  # and again on what it left

    def test_a_killed_parent_takes_the_roles_with_it(self):
        self.p.start()
        pids = wait_until("all roles", lambda: (lambda r: r if len(r) == 3 else None)(self.p.roles()))
        self.p.broker.kill()
        self.p.broker.wait()
        wait_until("the roles to end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids.values()), 5)
        self.p.start()  # a stale control socket is replaced

    def test_systemd_is_told(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            os.chmod(folder, 0o755)
            path = os.path.join(folder, "notify")
            listener.bind(path)
            os.chmod(path, 0o666)
            listener.settimeout(10)
            broker = subprocess.Popen([MASHD, "--config", self.p.config], stderr=subprocess.DEVNULL,
                                      env={**NO_LEAKS, "NOTIFY_SOCKET": path})
            try:
                self.assertEqual(listener.recv(100), b"READY=1")
                with socket.socket() as probe:
                    probe.connect(("127.0.0.1", self.p.port))
                broker.send_signal(signal.SIGTERM)
                self.assertEqual(listener.recv(100), b"STOPPING=1")
                self.assertEqual(broker.wait(20), 0)
            finally:
                if broker.poll() is None:
                    broker.kill()
                    broker.wait()


class Culprit(unittest.TestCase):
    """Three crashes of the gate in ten minutes suspend the key that preceded each of them."""

    def test_the_key_is_suspended(self):
        with Partnership(agencies=["leics-police", "city-health"]) as p:
            wait_until("all roles", lambda: len(p.roles()) == 3)
            p.calm = False
            for crash in range(3):
                p["leics-police"].client("inbox")
                before = p.roles()["gate"]
                os.kill(before, signal.SIGABRT)
                wait_until("a new gate", lambda: log_of(p).count("gate-open") == crash + 2)
            wait_until("the suspicion", lambda: "key-suspected" in log_of(p), 5)
            self.assertIn("told=yes", log_of(p))
            wait_until("the refusal", lambda: p["leics-police"].client("inbox", ok=None).returncode != 0, 5)
            p["city-health"].client("inbox")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
