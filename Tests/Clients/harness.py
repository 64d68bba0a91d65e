"""Runs `cairn` for one scenario at a time, runs a client against it, and judges what the client got with OpenSSL.

Nothing here sleeps: a server is ready when it says so, a client is done when its process ends. Ports are free ones,
folders are fresh, and only processes that were started here are ended.
"""

import itertools
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

READY_DEADLINE = 30  # seconds until the server must have said that it listens
STOP_DEADLINE = 10  # seconds that the server has to end after SIGTERM
CLIENT_DEADLINE = 120  # seconds that one run of a client may take

HERE = Path(__file__).resolve().parent
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])  # Debian has clients there


class Failure(Exception):
    """A scenario did not go as it must. The text is for whoever reads the log."""


class NoEnd(Failure):
    """A client went on for longer than it may."""


class Ended(Failure):
    """A client ended with another status than 0. It has what the client said."""

    def __init__(self, text, output):
        super().__init__(text)
        self.output = output


# --- The server -------------------------------------------------------------------------------------------------------

# The one place that knows what the executable prints when it is ready.
READY_LINES = {
    "directory": re.compile(r"\bDirectory: *(https?://\S+)"),
    "management": re.compile(r"\bManagement: *(https://\S+)"),
    "dns": re.compile(r"\bDNS: *(\S+:\d+)"),
    "root_file": re.compile(r"\bRoot certificate: *(\S.*)"),
}


def read_ready_line(line, found):
    """Takes what a line of the server's output tells into `found`."""
    for key, pattern in READY_LINES.items():
        match = pattern.search(line)
        if match and key not in found:
            found[key] = match[1].strip()


# A finding as the executable prints it when it ends.
FINDING = re.compile(r"^finding (\S+) \((?:MUST|SHOULD)")
FINDINGS_STATUS = 3  # what the executable ends with if there are findings


class Server:
    """One `cairn` process: `with Server(executable, folder) as server:`.

    With `habits`, it judges the clients when it ends: they must have no finding of the grades MUST and SHOULD but of those
    kinds.
    """

    def __init__(self, executable, folder, seed, settings=None, options=(), habits=None):
        self.http_port, self.tls_port = free_ports(2)
        self.log = folder / "server.log"
        self._found = {}
        self._told = threading.Event()  # set when it is ready, and when it has ended
        self._command = [
            str(executable), "--acme-port", "0", "--management-port", "0", "--dns-port", "0",
            "--http-port", str(self.http_port), "--tls-port", str(self.tls_port), "--seed", str(seed), *map(str, options),
        ]  # fmt: skip
        if habits is not None:
            self._command += ["--fail-on-finding", "SHOULD"]
        self.executable = executable
        self._habits = habits
        if settings is not None:
            (folder / "cairn.json").write_text(json.dumps(settings))
            self._command += ["--config", "cairn.json"]
        self._folder = folder

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=environment(self._folder), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._await_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind, value, traceback):
        code = self._stop()
        if kind is not None:
            return
        if code == FINDINGS_STATUS:
            self._judge_findings()
        elif code not in (0, -signal.SIGTERM):
            raise Failure(f"the server ended with status {code}")

    def _judge_findings(self):
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if FINDING.match(line)]
        wrong = [line for line in lines if FINDING.match(line)[1] not in self._habits]
        if wrong or not lines:
            raise Failure("\n".join(["the server has findings about the client", *wrong]))

    def another(self, name, seed, *options):
        """One more server in a folder of its own."""
        folder = self._folder / name
        folder.mkdir()
        return Server(self.executable, folder, seed, None, options, self._habits)

    def _read(self):
        with self.log.open("w") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                read_ready_line(line, self._found)
                if len(self._found) == len(READY_LINES):
                    self._told.set()
        self._told.set()

    def _await_ready(self):
        self._told.wait(READY_DEADLINE)
        missing = READY_LINES.keys() - self._found.keys()
        if missing:
            raise Failure(f"the server did not say that it is ready: no line told {', '.join(sorted(missing))}")
        self.directory = self._found["directory"]
        self.management = self._found["management"].rstrip("/")
        self.dns = self._found["dns"]
        self.root_file = self._found["root_file"]
        self.trust = ssl.create_default_context(cafile=self.root_file)

    def _stop(self):
        self._process.terminate()  # does nothing if it has ended already
        try:
            code = self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            code = "none: it did not end on SIGTERM"
        self._reader.join(STOP_DEADLINE)
        with self.log.open("a") as log:
            log.write(f"[status {code}]\n")
        return code

    def manage(self, path, value=None):
        """GETs a management path, or POSTs `value` to it as JSON; returns the body as text."""
        return manage(self.management, self.trust, path, value)

    def terms(self):
        """The URL of the terms of service, which some clients want to be told."""
        return json.loads(manage(self.directory, self.trust, ""))["meta"]["termsOfService"]


def manage(base, trust, path, value=None):
    body = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(base + path, data=body, headers={"User-Agent": "cairn-client-tests"})
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=trust), urllib.request.ProxyHandler({})
    )
    with opener.open(request, timeout=10) as answer:
        return answer.read().decode()


# The system gives the ports above to whoever asks for any: those below stay free until someone asks for them by number.
_ports = itertools.cycle(range(20_000, 32_000))
_ports_lock = threading.Lock()
next(itertools.islice(_ports, random.SystemRandom().randrange(12_000), None))


def free_ports(count):
    """Ports that nobody listens on, for clients that cannot be given port 0."""
    found = []
    with _ports_lock:
        while len(found) < count:
            port = next(_ports)
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError:
                continue
            found.append(port)
    return found


def environment(folder, **more):
    """A small environment of its own for a child, so that nothing of the caller's changes the outcome."""
    return {
        "PATH": PATH,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "*",
        **{name: str(value) for name, value in more.items()},
    }


# --- A scenario -------------------------------------------------------------------------------------------------------

SCENARIOS = []


@dataclass
class Scenario:
    title: str
    function: object
    settings: dict | None
    awaiting: str | None
    options: tuple
    habits: tuple | None


def scenario(title, settings=None, awaiting=None, options=(), habits=None):
    """Enters a function as a scenario. It is given a `Bench` and raises `Failure` when something is wrong.

    `settings` is what the server's configuration file holds, `options` what its command line has besides. `awaiting` marks a
    scenario that is known to fail: as long as it does, and its logs contain that text, it counts as passed; once it passes,
    as failed. With `habits` the client is judged by what the server finds as well: those are the kinds of findings that it
    is known for.
    """

    def enter(function):
        SCENARIOS.append(Scenario(title, function, settings, awaiting, tuple(options), habits))
        return function

    return enter


def judged(title, settings=None, habits=()):
    """Enters a scenario in which the client has no findings but those that it is known for."""
    return scenario(title, settings, habits=habits)


class Bench:
    """What a scenario works with: a running server, a fresh folder, and ways to run and to judge."""

    def __init__(self, server, folder, deadline=CLIENT_DEADLINE):
        self.server = server
        self.folder = folder
        self.log = folder / "client.log"
        self.deadline = deadline

    def run(self, *command, refused=None, **variables):
        """Runs a command to its end and returns its output.

        With `refused`, it must fail and its output must match that pattern; without, it must succeed.
        """
        command = [str(part) for part in command]
        if shutil.which(command[0], path=PATH) is None:
            raise Failure(f"{command[0]} is not installed")
        # A session of its own, so that what it started can be ended with it.
        child = subprocess.Popen(
            command, cwd=self.folder, env=environment(self.folder, **variables), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )  # fmt: skip
        try:
            output, _ = child.communicate(timeout=self.deadline)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            self._note(command, child.communicate()[0], "no end")
            raise NoEnd(f"{Path(command[0]).name} did not end within {self.deadline} s")
        self._note(command, output, f"status {child.returncode}")
        if refused is None and child.returncode != 0:
            raise Ended(f"{Path(command[0]).name} failed with status {child.returncode}", output)
        if refused is not None and child.returncode == 0:
            raise Failure(f"{Path(command[0]).name} succeeded, it had to be refused with {refused!r}")
        if refused is not None and not re.search(refused, output):
            raise Failure(f"{Path(command[0]).name} was refused, but not with {refused!r}")
        return output

    def _note(self, command, output, end):
        output = output if isinstance(output, str) else output.decode(errors="replace")
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(command)}\n{output.rstrip()}\n[{end}]\n")

    def ctl(self, *words):
        """Runs `cairn ctl`, and returns what it prints."""
        place = ["--url", self.server.management, "--cacert", self.server.root_file]
        return self.run(self.server.executable, "ctl", *words, *place)

    def hook_variables(self):
        """What a client needs to find `dns-hook` by its name, and the hook to find the fake DNS."""
        return {
            "PATH": f"{HERE}{os.pathsep}{PATH}",
            "CAIRN_MANAGEMENT": self.server.management,
            "CAIRN_ROOT_FILE": self.server.root_file,
        }

    def trusting_as_the_system(self):
        """What goes before a command that trusts the system's roots and nothing else: it finds the server's root there.

        The folder is covered in a mount namespace of the command's own, so the system stays as it is.
        """
        folder = self.folder / "system-roots"
        if not folder.exists():
            folder.mkdir()
            shutil.copy(self.server.root_file, folder / "ca-certificates.crt")
            shutil.copy(self.server.root_file, folder / "root.pem")
            self.run("openssl", "rehash", folder)
        cover = 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", cover, folder]

    def keep(self, file, text):
        """Writes a file of the folder and returns its path."""
        (self.folder / file).write_text(text)
        return self.folder / file

    def signing_request(self, names, key_type="ec"):
        """Makes a key and a CSR for the names with OpenSSL; returns the paths of both."""
        key, request = self.folder / "site.key.pem", self.folder / "site.csr"
        kind = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key_type == "ec" else [key_type]
        alternatives = ",".join(f"{'IP' if is_address(name) else 'DNS'}:{name}" for name in names)
        self.run(
            "openssl", "req", "-new", "-newkey", *kind, "-noenc", "-keyout", key, "-out", request,
            "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternatives}",
        )  # fmt: skip
        return key, request

    def judge(self, chain_file, key_file, names, key_type):
        """Lets OpenSSL judge an issued chain, compares what was asked for, and returns the serial number of the leaf."""
        leaf, *issuers = certificates(Path(chain_file).read_text())
        if not issuers:
            raise Failure("the chain has no intermediate")
        if issuers[0] != certificates(self.server.manage("/intermediates/0"))[0]:
            raise Failure("the chain's first issuer is not the one that management serves at /intermediates/0")
        parts = {"root": self.server.manage("/roots/0"), "chain": "".join(issuers), "leaf": leaf}
        for part, text in parts.items():
            (self.folder / f"{part}.pem").write_text(text)

        verify = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "root.pem",
                  "-untrusted", "chain.pem"]  # fmt: skip
        for name in names:
            flag = "-verify_ip" if is_address(name) else "-verify_hostname"
            self.run(*verify, flag, name.replace("*", "any"), "leaf.pem")

        described = self.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-ext", "subjectAltName")
        got = re.findall(r"(?:DNS|IP Address):([^,\s]+)", described)
        if sorted(got) != sorted(names):
            raise Failure(f"the certificate names {sorted(got)}, asked for were {sorted(names)}")

        got = public_key_type(self.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-text"))
        if got != key_type:
            raise Failure(f"the certificate's key is {got}, asked for was {key_type}")
        public_key = self.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-pubkey")
        if public_key != self.run("openssl", "pkey", "-in", key_file, "-pubout"):
            raise Failure("the certificate is not for the client's key")

        return self.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-serial").strip()


def certificates(text):
    """The certificates of a PEM text, each with its final newline."""
    found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return [each + "\n" for each in found]


def public_key_type(text):
    """The key in `openssl x509 -text` as "P-256" or "RSA 2048"."""
    curve = re.search(r"NIST CURVE: (\S+)", text)
    if curve:
        return curve[1]
    bits = re.search(r"Public Key Algorithm: rsaEncryption\s+.*?\((\d+) bit\)", text)
    return f"RSA {bits[1]}" if bits else "of a type not known here"


def is_address(name):
    return ":" in name or re.fullmatch(r"[\d.]+", name) is not None


def expect(condition, otherwise):
    if not condition:
        raise Failure(otherwise)
