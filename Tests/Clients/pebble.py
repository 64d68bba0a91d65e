"""Scenarios for `cairn pebble`: clients as harnesses for Pebble run them, with its file, its environment and its lines.

A resolver is always another process: `pebble-challtestsrv` of Debian, or the DNS of the server that the bench has anyway.
"""

import json
import re
import signal
import ssl
import subprocess
import threading
import urllib.request
from pathlib import Path

from certbot import Certbot
from harness import HERE, READY_DEADLINE, STOP_DEADLINE, Bench, Failure, certificates, environment, expect, free_ports
from harness import manage, scenario
from lego import Lego

CERTS = Path(__file__).resolve().parents[2] / "Certs"

# What certbot's own integration tests set.
CALM = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "100"}


class Process:
    """A process that is ready when a line of its output matches; its lines are kept in a file."""

    def __init__(self, command, folder, log, ready, **variables):
        self._log, self._ready = folder / log, re.compile(ready)
        self._told = threading.Event()
        self.lines = []
        self._process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, env=environment(folder, **variables), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with self._log.open("w") as log:
            for line in self._process.stdout:
                self.lines.append(line.rstrip("\n"))
                log.write(line)
                log.flush()
                if self._ready.search(line):
                    self._told.set()
        self._told.set()

    def await_ready(self):
        self._told.wait(READY_DEADLINE)
        if not any(self._ready.search(line) for line in self.lines):
            self.end()
            raise Failure("\n".join([f"no line matched {self._ready.pattern}", *self.lines[-5:]]))

    def said(self, pattern):
        """What a pattern found in the first line that it matches."""
        for line in self.lines:
            match = re.search(pattern, line)
            if match:
                return match[1]
        raise Failure(f"no line matched {pattern}")

    def end(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._reader.join(STOP_DEADLINE)
        return status


class Pebble:
    """`cairn pebble` in a folder of its own, as a bench wants its server: `with Pebble(bench, dns=…) as bench:`."""

    def __init__(self, bench, *flags, dns=None, config=None, environment=None):
        self._cairn = bench.server
        self.folder = bench.folder / "pebble"
        self.folder.mkdir()
        self.dns = dns
        self.root_file = str(CERTS / "root.pem")
        self.http_port, self.tls_port = free_ports(2)
        pebble = {
            "listenAddress": "127.0.0.1:0", "managementListenAddress": "127.0.0.1:0",
            "certificate": str(CERTS / "leaf.pem"), "privateKey": str(CERTS / "leaf-key.pem"),
            "httpPort": self.http_port, "tlsPort": self.tls_port, "ocspResponderURL": "",
            "externalAccountBindingRequired": False, "keyAlgorithm": "ecdsa", "retryAfter": {"authz": 1, "order": 1},
        } | (config or {})  # fmt: skip
        file = self.folder / "pebble-config.json"
        file.write_text(json.dumps({"pebble": pebble}))
        self._process = Process(
            [self._cairn.executable, "pebble", "-config", file, *(["-dnsserver", dns] if dns else []), "-seed", "1",
             *flags], self.folder, "pebble.log", "ACME directory available at: ", **(CALM if environment is None else environment),
        )  # fmt: skip

    def __enter__(self):
        self._process.await_ready()
        # The certificate is for localhost and for the address alike.
        self.directory = self._process.said(r"ACME directory available at: (\S+)")
        self.management = self._process.said(r"Root CA certificate available at: (https://[^/]+)/")
        self._trust = ssl.create_default_context(cafile=self.root_file)
        return Bench(self, self.folder)

    def __exit__(self, kind, value, traceback):
        status = self._process.end()
        if kind is None and status != 0:
            raise Failure(f"cairn pebble ended with status {status}")

    def manage(self, path, value=None):
        return manage(self.management, self._trust, path, value)

    def said(self, pattern):
        return self._process.said(pattern)


class ChallengeServer:
    """`pebble-challtestsrv` of Debian, or Cairn's in its place: `with ChallengeServer(bench) as server:`."""

    def __init__(self, bench, command=("pebble-challtestsrv",)):
        dns, management = free_ports(2)
        self.dns, self.management = f"127.0.0.1:{dns}", f"http://127.0.0.1:{management}"
        at = "127.0.0.1:{}".format
        self._process = Process(
            [*command, "-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", at(dns), "-management",
             at(management), "-defaultIPv6", ""], bench.folder, "challtestsrv.log", "Starting management server",
        )  # fmt: skip

    def __enter__(self):
        self._process.await_ready()
        return self

    def __exit__(self, *_):
        self._process.end()

    def hook(self, bench):
        """A script that puts a TXT record into it: `hook NAME VALUE`."""
        script = bench.keep("challenge-server-hook", "\n".join([
            "#!/usr/bin/env python3", "import json, sys, urllib.request",
            'body = json.dumps({"host": sys.argv[1].rstrip(".") + ".", "value": sys.argv[2]}).encode()',
            f'urllib.request.urlopen("{self.management}/set-txt", body, timeout=10)', "",
        ]))  # fmt: skip
        script.chmod(0o755)
        return script


class Resolver:
    """dnsmasq, which has nothing to do with ACME: `with Resolver(bench, "--address=/example.test/127.0.0.1") as server:`."""

    def __init__(self, bench, *records):
        (port,) = free_ports(1)
        self.dns = f"127.0.0.1:{port}"
        self._process = Process(
            ["dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
             "--user=", "--pid-file=", "--bind-interfaces", "--listen-address=127.0.0.1", f"--port={port}", *records],
            bench.folder, "dnsmasq.log", "started, version",
        )  # fmt: skip

    def __enter__(self):
        self._process.await_ready()
        return self

    def __exit__(self, *_):
        self._process.end()


@scenario("pebble: certbot as its own tests run it, and an alternate root")
def certbot_integration(bench):
    with Pebble(bench, "-strict", dns=bench.server.dns, environment=CALM | {"PEBBLE_ALTERNATE_ROOTS": "2"}) as own:
        certbot = Certbot(own)
        names = ["www.example.test", "example.test"]
        certbot.register()
        certbot.http_01(*names)
        certbot.judge(names, "P-256")
        # Its authorizations are used again: nobody answers this time.
        certbot.http_01(*names, port=own.server.tls_port, options=["--force-renewal"])
        root = own.keep("alternate.pem", own.server.manage("/roots/1"))
        subject = own.run("openssl", "x509", "-in", root, "-noout", "-subject", "-nameopt", "multiline")
        name = re.search(r"commonName *= (Pebble Root CA [0-9a-f]{6})", subject)
        expect(name, f"the root is called {subject}")
        certbot.http_01(*names, options=["--force-renewal", "--preferred-chain", name[1]])
        leaf, *chain = certificates(certbot.live("fullchain.pem").read_text())
        own.run("openssl", "verify", "-x509_strict", "-CAfile", root, "-untrusted",
                own.keep("chain.pem", "".join(chain)), own.keep("leaf.pem", leaf))  # fmt: skip


@scenario("pebble: lego under Pebble's own chances, at the pace of its retries")
def lego_chances(bench):
    chances = {"PEBBLE_WFE_NONCEREJECT": "20", "PEBBLE_VA_SLEEPTIME": "2", "PEBBLE_AUTHZREUSE": "50"}
    with Pebble(bench, dns=bench.server.dns, environment=chances) as own:
        for number in range(3):
            lego = Lego(own, f"chance{number}.example.test")
            lego(lego.http_01(), "run")
            lego.judge("P-256")
        lego = Lego(own, "alpn.example.test", key_type="rsa2048")
        lego(lego.tls_alpn_01(), "run")
        lego.judge("RSA 2048")


@scenario("pebble: certbot with a resolver in another process, pebble-challtestsrv")
def challenge_server(bench):
    with ChallengeServer(bench) as resolver, Pebble(bench, "-strict", dns=resolver.dns) as own:
        certbot = Certbot(own)
        certbot.register()
        # Addresses come from there, too.
        certbot.http_01("www.example.test")
        certbot.judge(["www.example.test"], "P-256")
        names = ["*.example.test", "example.test"]
        hook = f'{resolver.hook(own)} "_acme-challenge.$CERTBOT_DOMAIN" "$CERTBOT_VALIDATION"'
        certbot("certonly", "--cert-name", "site", "--expand", "--manual", "--preferred-challenges", "dns-01",
                "--manual-auth-hook", hook, *[part for name in names for part in ("--domain", name)])  # fmt: skip
        certbot.judge(names, "P-256")


@scenario("pebble: a name that the resolver refuses to resolve is not certified")
def unresolved(bench):
    with ChallengeServer(bench) as resolver, Pebble(bench, dns=resolver.dns) as own:
        body = json.dumps({"host": "broken.example.test."}).encode()
        urllib.request.urlopen(f"{resolver.management}/set-servfail", body, timeout=10)
        certbot = Certbot(own)
        certbot.register()
        certbot.http_01("broken.example.test", refused="connection")
        certbot.http_01("sound.example.test")
        certbot.judge(["sound.example.test"], "P-256")


@scenario("pebble: an ordinary resolver, with aliases and with answers that are too long for a datagram")
def ordinary_resolver(bench):
    long = [f"--txt-record=_acme-challenge.long.example.test,{'x' * 100}{number}" for number in range(12)]
    records = ["--address=/target.test/127.0.0.1", "--cname=alias.example.test,www.target.test",
               "--host-record=www.target.test,127.0.0.1", *long]  # fmt: skip
    with Resolver(bench, *records) as resolver, Pebble(bench, dns=resolver.dns) as own:
        lego = Lego(own, "alias.example.test")
        lego(lego.http_01(), "run")
        lego.judge("P-256")
        certbot = Certbot(own)
        certbot.register()
        # What it finds there came over TCP.
        said = certbot("certonly", "--manual", "--preferred-challenges", "dns-01", "--manual-auth-hook", "true",
                       "--domain", "long.example.test", refused="unauthorized")  # fmt: skip
        expect("xxxxxxxx" in said, "the records did not come")


KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"


@scenario("pebble: lego with an external account, and challenges that need no answer")
def lego_external(bench):
    config = {"externalAccountBindingRequired": True, "externalAccountMACKeys": {"kid-1": KEY}}
    with Pebble(bench, dns=bench.server.dns, config=config, environment=CALM | {"PEBBLE_VA_ALWAYS_VALID": "1"}) as own:
        lego = Lego(own, "bound.example.test")
        lego([*lego.http_01(), "--eab", "--kid", "kid-1", "--hmac", KEY], "run")
        lego.judge("P-256")


def python_acme(own, challenges):
    """The steps of Pebble's own tests, by the library that they use; its certificate is judged by OpenSSL."""
    names = ["one.example.test", "two.example.test"]
    own.run(
        "python3", HERE / "scripts" / "pebble_steps.py", *names, CAIRN_DIRECTORY=own.server.directory,
        REQUESTS_CA_BUNDLE=own.server.root_file, HTTP_PORT=own.server.http_port, CHALLENGE_SERVER=challenges,
    )  # fmt: skip
    leaf, *chain = certificates((own.folder / "chain.pem").read_text())
    own.run("openssl", "verify", "-x509_strict", "-CAfile", own.keep("root.pem", own.server.manage("/roots/0")),
            "-untrusted", own.keep("issuers.pem", "".join(chain)), own.keep("leaf.pem", leaf))  # fmt: skip
    serial = own.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-serial").strip().rpartition("=")[2]
    status = json.loads(own.server.manage(f"/cert-status-by-serial/{serial}"))
    expect(status["Status"] == "Revoked" and status["Reason"] == 1, f"its status is {status}")


@scenario("pebble: acme for Python takes the steps of Pebble's own tests, with both servers")
def python_acme_two(bench):
    with ChallengeServer(bench, [bench.server.executable, "pebble-challtestsrv"]) as resolver:
        config = {"domainBlocklist": ["blocked-domain.example"]}
        environment = {"PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_VA_SLEEPTIME": "1"}
        with Pebble(bench, "-strict", dns=resolver.dns, config=config, environment=environment) as own:
            python_acme(own, resolver.management)


@scenario("pebble: acme for Python takes the same steps with both servers in one process")
def python_acme_one(bench):
    config = {"domainBlocklist": ["blocked-domain.example"]}
    off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""]
    own = ["-dnsserver", "127.0.0.1:0", "-management", "127.0.0.1:0", "-defaultIPv6", ""]
    with Pebble(bench, "-challtestsrv", "-strict", "--", *off, *own, config=config) as own:
        python_acme(own, f"http://{own.server.said(r'Starting management server on (.+)')}")
