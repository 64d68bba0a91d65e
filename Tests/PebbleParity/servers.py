"""Starts Pebble and its challenge server, or what stands in for them, with the same flags, configuration and environment.

A process is ready when it has said so and its ports can be connected to; it is ended by its own id.
"""

import hashlib
import itertools
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import wire
from observe import Normaliser

START = 60  # seconds until a server must have said that it listens
SETTLED = 15  # seconds until an order or authorization must be in its final state
STOP = 10  # seconds that it has to end after SIGTERM

# What harnesses wait for.
READY = "ACME directory available at: "
CHALLENGE_READY = "Starting management server on "


class Unusable(Exception):
    """A server did not come up, or ended."""


# The system gives the ports above to whoever asks for any, such as clients: those below stay free until they are asked for.
_ports = itertools.cycle(range(20_000, 32_000))
_ports_lock = threading.Lock()
next(itertools.islice(_ports, random.SystemRandom().randrange(12_000), None))


def free_ports(count):
    """Ports that nobody listens on, at 127.0.0.1 and 127.0.0.2, over TCP and UDP."""
    ports = []
    with _ports_lock:
        while len(ports) < count:
            port = next(_ports)
            try:
                for address in ("127.0.0.1", "127.0.0.2"):
                    socket.create_server((address, port)).close()
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                    datagrams.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    return ports


class Process:
    """A server and the lines that it has printed."""

    def __init__(self, command, folder, variables):
        self.lines = []
        self._news = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            command, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def await_line(self, text):
        """Waits for a line that contains `text`, and returns it."""
        with self._news:
            self._news.wait_for(lambda: self._ended or any(text in line for line in self.lines), START)
            for line in self.lines:
                if text in line:
                    return line
        raise Unusable(f"no line said {text!r}; the last one: {(self.lines or ['none'])[-1]}")

    def await_port(self, port):
        """Pebble says that it listens before it does."""
        for _ in range(START * 100):
            if self.process.poll() is not None:
                raise Unusable(f"ended with {self.process.returncode}: {(self.lines or ['no line'])[-1]}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                select.select([], [], [], 0.01)
        raise Unusable(f"nobody listens on port {port}")

    def end(self, how=signal.SIGTERM):
        """Ends it and returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._reader.join(STOP)
        return status


class Side:
    """One of the two that are compared: how its executables are started."""

    def __init__(self, name, pebble, challenges, *, old_flags=False, is_serve=False):
        self.name = name
        self.pebble = pebble
        self.challenges = challenges
        # Debian's 2.4.0 knows the DNS flag of the challenge server by its former name alone.
        self.old_flags = old_flags
        # `cairn serve` with the settings that `cairn pebble` has; the challenge server is Debian's but for its DNS.
        self.is_serve = is_serve


# What `cairn serve` has in the place of the challenge server's commands for DNS: method, path and body from those of a command.
SERVE_DNS = {
    "/add-a": lambda value: [("POST", "records", [f"A {address}" for address in value["addresses"]])],
    "/add-aaaa": lambda value: [("POST", "records", [f"AAAA {address}" for address in value["addresses"]])],
    "/add-caa": lambda value: [
        ("POST", "records", [f'CAA 0 {policy["tag"]} "{policy["value"]}"' for policy in value["policies"]])],
    "/set-txt": lambda value: [("POST", "records", [f'TXT "{value["value"]}"'])],
    "/set-cname": lambda value: [("POST", "records", [f"CNAME {value['target']}"])],
    "/set-servfail": lambda value: [("PUT", "failures", {"code": "SERVFAIL"})],
    "/clear-servfail": lambda value: [("DELETE", "failures", None)],
    **{f"/clear-{kind}": lambda value, kind=kind: [("DELETE", f"records?type={kind.upper()}", None)]
       for kind in ("a", "aaaa", "caa", "txt", "cname")},
}  # fmt: skip


class World:
    """Both servers of one side under one configuration, and what interactions do with them."""

    def __init__(self, side, setting, folder, identity):
        self.side, self.setting = side, setting
        names = ["acme", "management", "http", "https", "tls", "dns", "challenges", "doh"]
        self.ports = dict(zip(names, free_ports(len(names))))
        self.folder = Path(folder)
        self.certificate, self.private_key = identity
        self.processes = []
        self._counter = 0
        self._nonce = None
        self.prefix = "n" + os.urandom(4).hex()

    def __enter__(self):
        try:
            if self.side.is_serve:
                self._start_serve()
            else:
                self._start()
        except BaseException:
            self.__exit__()
            raise
        self.say = Normaliser(self.ports)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.end()

    def configuration(self):
        pebble = {
            "listenAddress": f"127.0.0.1:{self.ports['acme']}",
            "managementListenAddress": f"127.0.0.1:{self.ports['management']}",
            "certificate": str(self.certificate), "privateKey": str(self.private_key),
            "httpPort": self.ports["http"], "tlsPort": self.ports["tls"],
            "ocspResponderURL": "", "externalAccountBindingRequired": False,
        }  # fmt: skip
        return {"pebble": pebble | self.setting.get("config", {})}

    def challenge_flags(self):
        dns = "-dns01" if self.side.old_flags else "-dnsserver"
        at = "127.0.0.1:{}".format
        flags = [
            "-http01", at(self.ports["http"]), "-https01", at(self.ports["https"]), "-tlsalpn01", at(self.ports["tls"]),
            dns, at(self.ports["dns"]), "-management", at(self.ports["challenges"]), "-defaultIPv6", "",
        ]  # fmt: skip
        if not self.side.old_flags:
            flags += ["-doh", at(self.ports["doh"]), "-doh-cert", str(self.certificate), "-doh-cert-key",
                      str(self.private_key)]  # fmt: skip
        return flags

    def variables(self):
        standard = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
        return standard | self.setting.get("environment", {})

    def _start(self):
        challenges = Process(self.side.challenges + self.challenge_flags(), self.folder, {})
        self.processes.append(challenges)
        file = self.folder / "pebble-config.json"
        file.write_text(json.dumps(self.configuration()))
        flags = ["-config", str(file), "-dnsserver", f"127.0.0.1:{self.ports['dns']}", *self.setting.get("flags", [])]
        pebble = Process(self.side.pebble + flags, self.folder, self.variables())
        self.processes.append(pebble)
        challenges.await_line(CHALLENGE_READY)
        pebble.await_line(READY)
        for process, ports in ((challenges, ("challenges", "http", "dns", "tls")), (pebble, ("acme", "management"))):
            for name in ports:
                process.await_port(self.ports[name])

    def _start_serve(self):
        challenges = Process(self.side.challenges + self.challenge_flags(), self.folder, {})
        self.processes.append(challenges)
        config, variables = self.configuration()["pebble"], self.variables()
        reuse = int(variables["PEBBLE_AUTHZREUSE"]) / 100
        policy = {
            "externalAccountBinding": "required" if config["externalAccountBindingRequired"] else "verified",
            "ordersPerPage": int(variables.get("PEBBLE_WFE_ORDERS_PER_PAGE", 3)),
            "refusesEarlierForms": "-strict" in self.setting.get("flags", []),
            "authorizationReuse": {"standard": reuse}, "caa": {"identities": ["pebble.letsencrypt.org"]},
        }  # fmt: skip
        if "domainBlocklist" in config:
            policy["blockedNames"] = [
                pattern for name in config["domainBlocklist"] for pattern in (name, "*." + name)
            ]  # fmt: skip
        settings = {
            "personality": "pebble", "paths": "pebble", "shufflesLists": True, "retryAfterForm": "either",
            "retryAfter": None, "validationRetryAfter": 0,
            "probes": {"httpPort": self.ports["http"], "tlsPort": self.ports["tls"], "hostIncludesPort": True,
                       "userAgent": "LetsEncrypt-Pebble-VA (linux; amd64)"},
            "validation": {"standard": "approve" if variables.get("PEBBLE_VA_ALWAYS_VALID") == "1" else "probe"},
            "authority": {"name": "Pebble", "profiles": [{"name": "default", "description": "The default profile"}],
                          "chains": 1 + int(variables.get("PEBBLE_ALTERNATE_ROOTS", 0)),
                          "chainLength": int(variables.get("PEBBLE_CHAIN_LENGTH", 1))},
            "policy": policy,
            "listener": {"port": self.ports["acme"]}, "dnsListener": None, "dns": {"defaultIPv6": None},
            "externalAccountKeys": [
                {"identifier": name, "macKey": key, "uses": "unlimited"}
                for name, key in config.get("externalAccountMACKeys", {}).items()
            ],
        }  # fmt: skip
        file = self.folder / "cairn.json"
        file.write_text(json.dumps(settings))
        server = Process(
            [*self.side.pebble, "--config", str(file), "--management-port", str(self.ports["management"])], self.folder, {}
        )  # fmt: skip
        self.processes.append(server)
        challenges.await_line(CHALLENGE_READY)
        server.await_line("Root certificate:")
        for process, ports in ((challenges, ("challenges", "http", "tls")), (server, ("acme", "management"))):
            for name in ports:
                process.await_port(self.ports[name])

    # What interactions send.

    def name(self):
        """A name that no other interaction has."""
        self._counter += 1
        return f"{self.prefix}-{self._counter}.example.test"

    def acme(self, method, path, fields=None, body=b"", **options):
        answer = wire.exchange(self.ports["acme"], method, path, fields, body, **options)
        if method == "POST":
            self._nonce = answer.field("Replay-Nonce")
        return answer

    def management(self, method, path, body=b"", **options):
        return wire.exchange(self.ports["management"], method, path, None, body, **options)

    def challenges(self, path, value=None, method="POST", **options):
        """A command of the challenge server; a value of bytes is sent as it stands."""
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        if self.side.is_serve and path in SERVE_DNS and isinstance(value, dict):
            return self._dns_of_serve(path, value)
        return wire.exchange(self.ports["challenges"], method, path, options.pop("fields", None), body, tls=False, **options)

    def _dns_of_serve(self, path, value):
        answer = None
        for method, place, content in SERVE_DNS[path](value):
            place, _, query = place.partition("?")
            name = value["host"].rstrip(".")
            body = b"" if content is None else json.dumps(content).encode()
            answer = wire.exchange(
                self.ports["management"], method, f"/cairn/v1/dns/{place}/{name}" + (f"?{query}" if query else ""),
                {"Content-Type": "application/json"}, body,
            )  # fmt: skip
            if answer.status >= 300:
                raise Unusable(f"{path}: {answer.status} {answer.body[:200]}")
        return answer

    def url(self, path):
        return f"https://127.0.0.1:{self.ports['acme']}{path}"

    def path_of(self, url):
        return re.sub(r"^https?://[^/]+", "", url)

    def nonce(self):
        """A fresh one."""
        return self.acme("HEAD", "/nonce-plz").field("Replay-Nonce")

    def _left_nonce(self):
        """The one of the answer before, which nobody else has, or a fresh one."""
        nonce, self._nonce = self._nonce, None
        return nonce or self.nonce()

    def post(self, path, key, payload, *, account=None, header=None, envelope=None, fields=None):
        """A signed request. `header` and `envelope` change members of the protected header and of the JWS, `None` removes.

        `path` may be a whole URL.
        """
        url = path if path.startswith("https") else self.url(path)
        protected = {"alg": getattr(key, "algorithm", "HS256"), "nonce": self._left_nonce(), "url": url}
        protected |= {"kid": account} if account else {"jwk": key.jwk}
        protected = edited(protected, header)
        content = edited(wire.jws(key, protected, payload), envelope)
        fields = {"Content-Type": "application/jose+json"} | (fields or {})
        return self.acme("POST", self.path_of(url), fields, json.dumps(content).encode())

    def account(self, algorithm="ES256", **members):
        """A new account."""
        key = wire.Key(algorithm)
        answer = self.post("/sign-me-up", key, {"termsOfServiceAgreed": True} | members)
        if answer.status != 201:
            raise Unusable(f"newAccount answered {answer.status}: {answer.body[:200]}")
        return Account(self, key, answer.field("Location"), answer)


def edited(members, changes):
    return {key: value for key, value in (members | (changes or {})).items() if value is not None}


class Account:
    """An account, and the steps on the way to a certificate."""

    def __init__(self, world, key, url, answer):
        self.world, self.key, self.url, self.answer = world, key, url, answer

    def post(self, path, payload=None, **options):
        return self.world.post(path, self.key, payload, account=self.url, **options)

    def order(self, *names, **members):
        """newOrder for names; returns the answer."""
        return self.post("/order-plz", {"identifiers": [identifier(name) for name in names], **members})

    def authorization(self, name):
        """A new order for one name: its URL, the order, the URL of its authorization, and that."""
        answer = self.order(name)
        if answer.status != 201:
            raise Unusable(f"newOrder answered {answer.status}: {answer.body[:200]}")
        order = answer.json
        url = order["authorizations"][0]
        return answer.field("Location"), order, url, self.post(url).json

    def until(self, url, settled, member="status"):
        """Asks again until `member` is one of `settled`; returns the last answer."""
        end = time.monotonic() + SETTLED
        while time.monotonic() < end:
            answer = self.post(url)
            if answer.status != 200 or answer.json.get(member) in settled:
                return answer
            select.select([], [], [], 0.005)
        raise Unusable(f"{url} stays {answer.json.get(member)}")

    def meet(self, kind, name, serve):
        """Has a challenge validated after `serve(token, key authorization)`; returns the authorization at the end."""
        location, order, url, authorization = self.authorization(name)
        challenge = challenge_of(authorization, kind)
        serve(challenge["token"], f"{challenge['token']}.{self.key.thumbprint}")
        self.post(challenge["url"], {})
        return location, order, self.until(url, ("valid", "invalid"))

    def ready_order(self, *names):
        """An order whose authorizations are valid, by http-01 through the challenge server."""
        answer = self.order(*names)
        for url in answer.json["authorizations"]:
            authorization = self.post(url).json
            if authorization["status"] == "valid":
                continue
            if authorization.get("wildcard"):
                challenge = challenge_of(authorization, "dns-01")
                value = dns_value(f"{challenge['token']}.{self.key.thumbprint}")
                host = f"_acme-challenge.{authorization['identifier']['value']}."
                self.world.challenges("/set-txt", {"host": host, "value": value})
            else:
                challenge = challenge_of(authorization, "http-01")
                content = f"{challenge['token']}.{self.key.thumbprint}"
                self.world.challenges("/add-http01", {"token": challenge["token"], "content": content})
            self.post(challenge["url"], {})
            self.until(url, ("valid", "invalid"))
        location = answer.field("Location")
        return location, self.until(location, ("ready", "invalid")).json

    def finalize(self, order, der):
        return self.post(order["finalize"], {"csr": wire.b64(der)})

    def certificate(self, *names, key=None, **csr):
        """A certificate: the order's URL, its last state, the answer with the chain."""
        location, order = self.ready_order(*names)
        answer = self.finalize(order, wire.signing_request(names, key, **csr))
        if answer.status != 200:
            raise Unusable(f"finalize answered {answer.status}: {answer.body[:200]}")
        order = self.until(location, ("valid", "invalid")).json
        return location, order, self.post(order["certificate"])


def dns_value(key_authorization):
    """What a TXT record of dns-01 holds (RFC 8555 §8.4)."""
    return wire.b64(hashlib.sha256(key_authorization.encode()).digest())


def identifier(name):
    if isinstance(name, dict):
        return name
    return {"type": "ip" if re.fullmatch(r"[\d.]+|.*:.*", name) else "dns", "value": name}


def challenge_of(authorization, kind):
    for challenge in authorization["challenges"]:
        if challenge["type"] == kind:
            return challenge
    raise Unusable(f"no {kind} among {[challenge['type'] for challenge in authorization['challenges']]}")
