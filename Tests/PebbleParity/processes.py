"""Flags, exit statuses, signals, environment, and the lines that harnesses wait for.

These start processes of their own; they are given a `Bench` in place of a `World`.
"""

import json
import re
import signal
import subprocess

from interactions import INTERACTIONS, Interaction
from servers import CHALLENGE_READY, READY, Process, World, free_ports

DEADLINE = 30  # seconds that a command has to end


class Bench:
    """Where processes are started, of one side."""

    def __init__(self, side, folder, identity):
        self.side, self.folder, self.identity = side, folder, identity

    def run(self, command, environment=None):
        """Runs a command to its end."""
        done = subprocess.run(
            command, cwd=self.folder, env={"PATH": "/usr/bin:/bin", **(environment or {})}, timeout=DEADLINE, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return done

    def world(self, setting=None):
        return World(self.side, setting or {}, self.folder, self.identity)

    def config(self, name="c.json", **changes):
        world = self.world({"config": changes})
        configuration = world.configuration()
        configuration["pebble"] = {key: value for key, value in configuration["pebble"].items() if value is not None}
        path = self.folder / name
        path.write_text(json.dumps(configuration))
        return str(path), world.ports


def process(name, golden=None, newer=None):
    def enter(function):
        INTERACTIONS.append(Interaction(name, function, None, newer or {}, golden))
        return function

    return enter


def ended(done):
    """How a command ended, without what it said in its own words."""
    return {"status": done.returncode, "stdout": bool(done.stdout.strip()), "stderr": bool(done.stderr.strip())}


@process("pebble: an unknown flag")
def unknown_flag(b):
    return ended(b.run(b.side.pebble + ["-bogus"]))


@process("pebble: -help")
def help_flag(b):
    done = b.run(b.side.pebble + ["-help"])
    flags = [flag for flag in ("-config", "-dnsserver", "-strict") if flag in done.stderr]
    return ended(done) | {"flags": flags}


@process("pebble: -h")
def short_help(b):
    return ended(b.run(b.side.pebble + ["-h"]))


@process("pebble: -version", golden={"status": 0, "says": "a version"})
def version(b):
    done = b.run(b.side.pebble + ["-version"])
    return {"status": done.returncode, "says": "a version" if done.stdout + done.stderr else "nothing"}


@process("pebble: no file at -config")
def missing(b):
    done = b.run(b.side.pebble + ["-config", "nothing.json"])
    return ended(done) | {"file": "nothing.json" in done.stderr}


# Without a file at the usual place Pebble ends, and Cairn starts, on ports that may be taken here: Cairn's own tests do that.


@process("pebble: an empty -config")
def empty_config(b):
    return ended(b.run(b.side.pebble + ["-config", ""]))


@process("pebble: a flag without its value")
def valueless(b):
    return ended(b.run(b.side.pebble + ["-config"]))


@process("pebble: a file that is no JSON")
def no_json(b):
    path = b.folder / "bad.json"
    path.write_text("{")
    return ended(b.run(b.side.pebble + ["-config", str(path)]))


@process("pebble: a file with a value of another kind")
def bad_value(b):
    path, _ = b.config("kind.json", httpPort="5002")
    return ended(b.run(b.side.pebble + ["-config", path]))


@process("pebble: no file at certificate")
def no_certificate(b):
    path, _ = b.config("certificate.json", certificate="nothing.pem", managementListenAddress="")
    return {"status": b.run(b.side.pebble + ["-config", path]).returncode}


@process("pebble: an unknown keyAlgorithm", golden={"status": 1})
def bad_algorithm(b):
    path, _ = b.config("algorithm.json", keyAlgorithm="dsa")
    return {"status": b.run(b.side.pebble + ["-config", path]).returncode}


@process("pebble: an argument more", golden={"status": 1})
def argument(b):
    path, _ = b.config("argument.json")
    return {"status": b.run(b.side.pebble + ["-config", path, "extra"]).returncode}


@process("pebble: a port that is taken")
def taken(b):
    import socket

    path, ports = b.config("taken.json", managementListenAddress="")
    with socket.create_server(("127.0.0.1", ports["acme"])):
        return {"status": b.run(b.side.pebble + ["-config", path]).returncode}


def started(b, *flags, environment=None, ready=READY, **changes):
    path, ports = b.config("started.json", **changes)
    pebble = Process(b.side.pebble + (["-config", path] if "@" not in flags else []) + [
        flag.replace("@", "") or f"-config={path}" for flag in flags], b.folder, environment or {})  # fmt: skip
    try:
        pebble.await_line(ready)
        pebble.await_port(ports["acme"])
        return pebble, ports
    except BaseException:
        pebble.end(signal.SIGKILL)
        raise


def said(process, ports, prefix):
    """The lines that do not depend on what is drawn, those of requests left out."""
    lines = []
    for line in process.lines:
        line = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "<time>", line)
        for name, port in ports.items():
            line = line.replace(f":{port}", f":<{name}>")
        line = re.sub(r"CA [0-9a-f]{6}\b", "CA <hex>", line)
        line = re.sub(r"(serial|SKI) [0-9a-f]{8,}", r"\1 <hex>", line)
        if line.startswith(prefix):
            lines.append(line)
    return lines


@process("pebble: the lines at the start", newer={
    "/Using certificate validity period of": False,
})  # fmt: skip
def lines(b):
    pebble, ports = started(b)
    try:
        everything = said(pebble, ports, "Pebble <time> ")
        return {start: next((line for line in everything if start in line), None) for start in (
            "Starting Pebble ACME server", "Listening on: ", "ACME directory available at: ",
            "Management interface listening on: ", "Root CA certificate available at: ", "Generated issuance chain: ",
            "Using system DNS resolver", "Generated new root issuer", "Generated new intermediate issuer",
        )} | {start: any(start in line for line in everything) for start in (
            "Configured to reject", "Configured to attempt authz reuse", "Configured to show",
            "Using certificate validity period of")}  # fmt: skip
    finally:
        pebble.end()


@process("pebble: the lines of the environment")
def environment_lines(b):
    environment = {
        "PEBBLE_VA_NOSLEEP": "True", "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_WFE_NONCEREJECT": "20",
        "PEBBLE_AUTHZREUSE": "7", "PEBBLE_WFE_ORDERS_PER_PAGE": "9", "PEBBLE_ALTERNATE_ROOTS": "1",
    }  # fmt: skip
    pebble, ports = started(b, environment=environment)
    try:
        texts = ["Configured to reject 20% of good nonces",
                 "Configured to attempt authz reuse for each identifier 7% of the time",
                 "Configured to show 9 orders per page", "Disabling random VA sleeps",
                 "Disabling VA challenge requests. VA always returns valid", "Generated issuance chain"]  # fmt: skip
        return {text: sum(text in line for line in pebble.lines) for text in texts}
    finally:
        pebble.end()


@process("pebble: the lines of an environment that is no use")
def odd_environment(b):
    environment = {"PEBBLE_VA_SLEEPTIME": "3", "PEBBLE_WFE_NONCEREJECT": "200", "PEBBLE_AUTHZREUSE": "x",
                   "PEBBLE_WFE_ORDERS_PER_PAGE": "0", "PEBBLE_VA_NOSLEEP": "yes"}  # fmt: skip
    pebble, _ = started(b, environment=environment)
    try:
        starts = ("Setting maximum", "Configured to reject", "Configured to attempt", "Configured to show", "Disabling")
        lines = [re.sub(r"^Pebble \S+ \S+ ", "", line) for line in pebble.lines]
        return {start: [line for line in lines if line.startswith(start)] for start in starts}
    finally:
        pebble.end()


@process("pebble: flags as --config=FILE")
def spelled(b):
    pebble, _ = started(b, "--strict=true", "@", "--dnsserver", "127.0.0.1:1")
    return {"line": any("127.0.0.1:1" in line for line in pebble.lines), "status": bool(pebble.end())}


@process("pebble: the lines of an order")
def order_lines(b):
    with b.world({"environment": {"PEBBLE_VA_ALWAYS_VALID": "1"}}) as world:
        account = world.account()
        location, _, _ = account.certificate(world.name())
        pebble, name = world.processes[1], world.path_of(location).rpartition("/")[2]
        pebble.await_line("POST /certZ/ -> ")
        starts = ("Added order", "Order ", "Issued certificate", "POST ", "HEAD ", "GET ")
        lines = [re.sub(r"^Pebble \S+ \S+ ", "", line).replace(name, "<order>") for line in pebble.lines]
        lines = [re.sub(r"serial [0-9a-f]+ ", "serial <hex> ", line) for line in lines]
        return {"lines": sorted({line for line in lines if line.startswith(starts)})}


@process("pebble: no management")
def unmanaged(b):
    pebble, _ = started(b, managementListenAddress=None)
    try:
        return {"line": any("anagement interface is disabled" in line for line in pebble.lines)}
    finally:
        pebble.end()


@process("pebble: keys of the file in capitals, and unknown ones")
def capitals(b):
    pebble, _ = started(b, HTTPPORT=5002, httpPort=None, unknownKey=1)
    return {"ended": pebble.end() is not None}


@process("pebble: the file at certificate has no root")
def no_root(b):
    pebble, ports = started(b)
    try:
        from wire import exchange

        return {"status": exchange(ports["acme"], "GET", "/dir").status}
    finally:
        pebble.end()


for name in ("SIGTERM", "SIGINT"):

    def ends(b, name=name):
        pebble, _ = started(b)
        return {"status": pebble.end(getattr(signal, name))}

    process(f"pebble: {name}")(ends)


def challenges(b, *flags):
    ports = dict(zip(("http", "https", "tls", "dns", "challenges", "doh"), free_ports(6)))
    server = Process(b.side.challenges + [flag.format(**ports) for flag in flags], b.folder, {})
    return server, ports


# Debian's knows but the old spelling, which 2.10 has given up and Cairn knows as well.
FLAGS = ["-http01", "127.0.0.1:{http}", "-https01", "127.0.0.1:{https}", "-tlsalpn01", "127.0.0.1:{tls}",
         "-dns01", "127.0.0.1:{dns}", "-management", "127.0.0.1:{challenges}"]  # fmt: skip


@process("challtestsrv: the lines at the start", newer={})
def challenge_lines(b):
    server, ports = challenges(b, *FLAGS)
    try:
        server.await_line(CHALLENGE_READY)
        # Both kinds of servers are started side by side.
        for port in ("challenges", "http", "https", "tls"):
            server.await_port(ports[port])
        lines = said(server, ports, "pebble-challtestsrv - <time> ")
        return {start: next((line for line in lines if start in line), None) for start in (
            "Creating HTTP-01 challenge server on", "Creating HTTPS HTTP-01 challenge server on",
            "Creating TCP and UDP DNS-01 challenge server on", "Creating TLS-ALPN-01 challenge server on",
            "Answering A queries with", "Answering AAAA queries with", "Starting challenge servers",
            "Starting management server on")}  # fmt: skip
    finally:
        server.end()


for name in ("SIGTERM", "SIGINT"):

    def challenge_ends(b, name=name):
        server, ports = challenges(b, *FLAGS)
        server.await_line(CHALLENGE_READY)
        for port in ("challenges", "http", "https", "tls"):
            server.await_port(ports[port])
        status = server.end(getattr(signal, name))
        words = ("Caught", "Shutting down", "Goodbye!")
        return {"status": status, "lines": [word for word in words if any(word in line for line in server.lines)]}

    process(f"challtestsrv: {name}")(challenge_ends)


@process("challtestsrv: an unknown flag")
def challenge_flag(b):
    return ended(b.run(b.side.challenges + ["-bogus"]))


@process("challtestsrv: -help")
def challenge_help(b):
    done = b.run(b.side.challenges + ["-help"])
    names = ("-http01", "-https01", "-tlsalpn01", "-management", "-defaultIPv4", "-defaultIPv6")
    return ended(done) | {"flags": [name for name in names if name in done.stderr]}


@process("challtestsrv: -dnsserver", golden={"line": True})
def challenge_dnsserver(b):
    flags = [flag.replace("-dns01", "-dnsserver") for flag in FLAGS]
    server, _ = challenges(b, *flags, "-doh", "")
    try:
        server.await_line(CHALLENGE_READY)
        return {"line": any("DNS" in line for line in server.lines)}
    finally:
        server.end()


@process("challtestsrv: all challenges off")
def nothing_on(b):
    flags = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", "", "-management", "127.0.0.1:{challenges}"]
    if not b.side.old_flags:
        flags += ["-doh", ""]
    server, _ = challenges(b, *flags)
    try:
        return {"status": server.process.wait(5)}
    except subprocess.TimeoutExpired:
        return {"status": None}
    finally:
        server.end()


@process("challtestsrv: DNS alone, HTTP's commands are not there")
def dns_alone(b):
    from wire import exchange

    flags = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", "127.0.0.1:{dns}", "-management",
             "127.0.0.1:{challenges}"]  # fmt: skip
    if not b.side.old_flags:
        flags += ["-doh", ""]
    server, ports = challenges(b, *flags)
    try:
        server.await_line(CHALLENGE_READY)
        server.await_port(ports["challenges"])
        body = json.dumps({"token": "a", "content": "b"}).encode()
        return {"add-http01": exchange(ports["challenges"], "POST", "/add-http01", None, body, tls=False).status,
                "set-txt": exchange(ports["challenges"], "POST", "/set-txt", None,
                                    b'{"host": "a.", "value": "b"}', tls=False).status}  # fmt: skip
    finally:
        server.end()
