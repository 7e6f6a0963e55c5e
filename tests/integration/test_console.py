# SPDX-License-Identifier: Apache-2.0
"""The console of a running mashd over HTTP: the same figures as mashctl, health that tells the truth, and what it
refuses.  Metrics are checked by promtool where it is installed, and always by the grammar of the text format."""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

from partnership import Partnership, wait_until

SAMPLE = re.compile(r'^(mash_[a-z0-9_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9]+(?:\.[0-9]+)?)$')


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.p = Partnership(agencies=["leics-police", "city-health"]).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.p.__exit__(None, None, None)

    def ask(self, path, method="GET", headers=None, body=None):
        link = http.client.HTTPConnection("127.0.0.1", self.p.console_port, timeout=10)
        try:
            link.request(method, path, headers=headers or {}, body=body)
            answer = link.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            link.close()

    def wait_ready(self):
        wait_until("readiness", lambda: self.ask("/readyz")[0] == 200)

    def metrics(self):
        """{(name, labels): value}, after checking every line."""
        status, headers, text = self.ask("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        found, kinds, current = {}, {}, None
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertNotIn(name, kinds, "a family once only")
                kinds[name] = kind
                current = name
            elif not line.startswith("# HELP "):
                match = SAMPLE.match(line)
                self.assertIsNotNone(match, line)
                self.assertEqual(match[1], current, "samples stand together beneath their TYPE")
                self.assertEqual(kinds[current] == "counter", current.endswith("_total"))
                self.assertNotIn((match[1], match[2]), found)
                found[match[1], match[2]] = float(match[3])
        return found

    def test_health(self):
        self.wait_ready()
        self.assertEqual(self.ask("/livez")[::2], (200, "ok\n"))
        self.assertEqual(self.ask("/readyz")[::2], (200, "ready\n"))
        self.assertEqual(self.ask("/readyz?verbose")[2], "[+]figures ok\n[+]ledger ok\nready\n")

    def test_the_figures_are_those_of_mashctl(self):
        self.wait_ready()
        status = self.p.status()

        def same():
            seen = self.metrics()
            return (seen["mash_log_size", None] >= status["log"]["size"] and
                    seen["mash_bundle_version", None] == status["bundle"]["version"] == 1 and seen)
        seen = wait_until("the figures", same)
        boxes = {labels for name, labels in seen if name == "mash_mailbox_waiting"}
        self.assertEqual(boxes, {f'mailbox="{box["mailbox"]}"' for box in status["mailboxes"]})
        self.assertEqual(seen["mash_info", f'partnership="llr",version="{status["version"]}"'], 1)
        self.assertIn(("mash_gate_total", 'event="handshake_succeeded"'), seen)
        page = self.ask("/")[2]
        for box in status["mailboxes"]:
            self.assertIn(box["mailbox"], page)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool(self):
        self.wait_ready()
        done = subprocess.run(["promtool", "check", "metrics"], input=self.ask("/metrics")[2], text=True,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_silent_ledger_is_not_ready(self):
        self.wait_ready()
        ledger = self.p.roles()["ledger"]
        os.kill(ledger, signal.SIGSTOP)
        try:
            start = time.monotonic()
            wait_until("staleness", lambda: self.ask("/readyz")[0] == 503, 10)
            self.assertGreater(time.monotonic() - start, 3)
            self.assertIn("[-]figures the ledger last spoke", self.ask("/readyz?verbose")[2])
            self.assertEqual(self.ask("/livez")[0], 200)
            self.assertEqual(self.metrics()["mash_ready", None], 0)
            self.assertIn("is not taking notices", self.ask("/")[2])
        finally:
            os.kill(ledger, signal.SIGCONT)
        self.wait_ready()

    def test_strict_headers(self):
        for path in ("/", "/livez", "/metrics", "/nothing"):
            headers = self.ask(path)[1]
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertNotIn("<script", self.ask("/")[2])

    def test_refusals(self):
        self.assertEqual(self.ask("/nothing")[0], 404)
        self.assertEqual(self.ask("/metrics/../state")[0], 404)
        for method in ("DELETE", "PUT", "OPTIONS", "TRACE"):
            self.assertEqual(self.ask("/", method)[0], 405, method)
        self.assertEqual(self.ask("/", "HEAD")[::2], (200, ""))
        # a page from elsewhere whose name was pointed at 127.0.0.1
        self.assertEqual(self.ask("/metrics", headers={"Host": "evil.example"})[0], 403)
        for host in ("localhost", "localhost:1", "127.0.0.1", "[::1]:80"):
            self.assertEqual(self.ask("/livez", headers={"Host": host})[0], 200, host)
        try:
            self.assertIn(self.ask("/", "POST", body="x" * 100000)[0], (405, 413))
        except (ConnectionError, http.client.HTTPException):
            pass  # closed at once is a refusal too
        self.assertEqual(self.ask("/livez")[0], 200)

    def test_garbage_and_idle_connections_do_no_harm(self):
        console = self.p.roles()["console"]
        for garbage in (b"\x16\x03\x01\x02\x00\x01", b"GET " + b"/" * 200000, b"\0" * 5000,
                        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000):
            with socket.create_connection(("127.0.0.1", self.p.console_port)) as link:
                try:
                    link.sendall(garbage)
                except ConnectionError:
                    pass
        idle = [socket.create_connection(("127.0.0.1", self.p.console_port)) for _ in range(40)]  # 32 are served at a time
        for link in idle:
            link.close()
        wait_until("an answer", lambda: self.ask("/livez")[0] == 200, 15)
        self.assertEqual(self.p.roles()["console"], console)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
