"""Scenarios for `cairn pebble-challtestsrv` and for DNS over HTTPS, judged by curl, dig and OpenSSL."""

import json
import re
import subprocess
import threading
from contextlib import contextmanager

from harness import READY_DEADLINE, STOP_DEADLINE, Failure, environment, expect, scenario

KINDS = {
    "http": "Creating HTTP-01 challenge server on ",
    "https": "Creating HTTPS HTTP-01 challenge server on ",
    "dns": "Creating TCP and UDP DNS-01 challenge server on ",
    "tls": "Creating TLS-ALPN-01 challenge server on ",
    "management": "Starting management server on ",
}


class ChallengeServer:
    """One process, on free ports, and what its commands are sent by."""

    def __init__(self, bench, ports):
        self.bench, self.ports = bench, ports

    def command(self, name, expected=200, **members):
        """Sends a command by curl, and returns what it answered."""
        answer = self.bench.run(
            "curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", "--data", json.dumps(members),
            f"http://127.0.0.1:{self.ports['management']}/{name}",
        )  # fmt: skip
        body, _, status = answer.rpartition("\n")
        expect(int(status) == expected, f"{name} was answered {status}: {body}")
        return body

    def dig(self, name, kind, *options):
        answer = self.bench.run(
            "dig", "@127.0.0.1", "-p", self.ports["dns"], "+short", "+time=5", "+tries=1", *options, name, kind
        )  # fmt: skip
        return sorted(answer.split("\n")[:-1])

    def handshake(self, name, *protocols, **options):
        """What OpenSSL says about the certificate that is shown."""
        offer = ["-alpn", ",".join(protocols)] if protocols else []
        return self.bench.run(
            "openssl", "s_client", "-connect", f"127.0.0.1:{self.ports['tls']}", "-servername", name, *offer, **options
        )  # fmt: skip


@contextmanager
def challenge_server(bench):
    command = [
        str(bench.server.executable), "pebble-challtestsrv", "-http01", "127.0.0.1:0", "-https01", "127.0.0.1:0",
        "-tlsalpn01", "127.0.0.1:0", "-dns01", "127.0.0.1:0", "-management", "127.0.0.1:0", "-defaultIPv6", "",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=bench.folder, env=environment(bench.folder), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    # What never says that it is ready is ended, and then has no more lines.
    deadline = threading.Timer(READY_DEADLINE, process.kill)
    deadline.start()
    try:
        ports = {}
        for line in process.stdout:
            ports |= {kind: line.strip().rpartition(":")[2] for kind, text in KINDS.items() if text in line}
            if "management" in ports:
                break
        deadline.cancel()
        expect(ports.keys() == KINDS.keys(), f"it did not say where it listens: {ports}")
        yield ChallengeServer(bench, ports)
    finally:
        deadline.cancel()
        process.terminate()
        try:
            status = process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure("it did not end on SIGTERM") from None
        process.stdout.close()
    expect(status == 0, f"it ended with status {status}")


@scenario("challtestsrv: http-01 over HTTP and HTTPS, and a redirect, fetched by curl")
def http(bench):
    with challenge_server(bench) as server:
        path = "/.well-known/acme-challenge/token"
        server.command("add-http01", token="token", content="the content")
        for scheme in ("http", "https"):
            got = bench.run("curl", "-sSk", "-H", "Host: a.test", f"{scheme}://127.0.0.1:{server.ports[scheme]}{path}")
            expect(got == "the content", f"{scheme} had {got!r}")
        server.command("add-redirect", path="/from", targetURL=f"https://127.0.0.1:{server.ports['https']}{path}")
        got = bench.run("curl", "-sSkL", f"http://127.0.0.1:{server.ports['http']}/from")
        expect(got == "the content", f"the redirect led to {got!r}")
        events = json.loads(server.command("http-request-history", host="a.test"))
        expect([event["HTTPS"] for event in events] == [False, True], f"the history has {events}")
        expect(events[0]["UserAgent"].startswith("curl/"), f"the history has {events}")
        bench.run("curl", "-sSf", f"http://127.0.0.1:{server.ports['management']}/")
        bench.run("curl", "-sSf", "--http1.0", f"http://127.0.0.1:{server.ports['management']}/")
        server.command("add-http01", 400, token="token")


@scenario("challtestsrv: tls-alpn-01 for a name and an address, as OpenSSL sees it")
def tls_alpn(bench):
    with challenge_server(bench) as server:
        for host, name, alternative in (
            ("www.example.test", "www.example.test", "DNS:www.example.test"),
            ("192.0.2.7", "7.2.0.192.in-addr.arpa", "IP Address:192.0.2.7"),
        ):
            server.command("add-tlsalpn01", host=host, content="content")
            for version in ("-tls1_2", "-tls1_3"):
                said = bench.run(
                    "openssl", "s_client", "-connect", f"127.0.0.1:{server.ports['tls']}", "-servername", name, "-alpn",
                    "acme-tls/1", version,
                )  # fmt: skip
                expect("ALPN protocol: acme-tls/1" in said, f"ALPN was not agreed on with {version}")
                pem = re.search(r"-----BEGIN.*?END CERTIFICATE-----\n", said, re.DOTALL)[0]
                text = bench.run("openssl", "x509", "-noout", "-text", "-in", bench.keep("shown.pem", pem))
                expect(alternative in text and "1.3.6.1.5.5.7.1.31: critical" in text, f"the certificate says {text}")
        server.handshake("www.example.test", "http/1.1", refused="alert")
        server.handshake("www.example.test", refused="alert")
        server.handshake("other.example.test", "acme-tls/1", refused="alert")


@scenario("challtestsrv: its DNS, asked by dig over UDP and TCP")
def dns(bench):
    with challenge_server(bench) as server:
        host = "_acme-challenge.example.test"
        expect(server.dig("any.example.test", "A") == ["127.0.0.1"], "a name has not the default address")
        expect(server.dig("any.example.test", "AAAA") == [], "a name has an IPv6 address that was turned off")
        expect(server.dig("any.example.test", "NS") == [], "a name has NS records")
        server.command("set-txt", host=f"{host}.", value="one")
        server.command("set-txt", host=host, value="x" * 300)
        for options in ([], ["+tcp"], ["+noedns"]):
            got = server.dig(host.upper(), "TXT", *options)
            expect(got == ['"one"', f'"{"x" * 255}" "{"x" * 45}"'], f"dig {options} was told {got}")
        server.command("set-cname", host="alias.example.test", target=host)
        expect(f"{host}." in server.dig("alias.example.test", "TXT"), "the CNAME is not followed")
        server.command("add-caa", host="example.test", policies=[{"tag": "issue", "value": "ca.test"}])
        expect(server.dig("example.test", "CAA") == ['0 issue "ca.test"'], "the CAA record is not there")
        server.command("set-servfail", host="broken.test")
        answer = bench.run("dig", "@127.0.0.1", "-p", server.ports["dns"], "+tries=1", "broken.test", "A")
        expect("status: SERVFAIL" in answer, "the name does not fail")


@scenario("dns over https: curl and dig ask the fake DNS", options=("--dns-https-port", "0"))
def dns_over_https(bench):
    url = re.search(r"DNS over HTTPS: *(\S+)", bench.server.log.read_text())[1]
    port = re.search(r":(\d+)/", url)[1]
    bench.server.manage("/set-txt", {"host": "a.example.test", "value": "by HTTPS"})
    for options in ("+https=/dns-query", "+https-get=/dns-query"):
        answer = bench.run(
            "dig", "@127.0.0.1", "-p", port, options, f"+tls-ca={bench.server.root_file}", "+tls-hostname=localhost",
            "+tries=1", "+short", "a.example.test", "TXT",
        )  # fmt: skip
        expect(answer.strip() == '"by HTTPS"', f"dig {options} was told {answer}")
    # curl finds the management server by a name that DNS over HTTPS alone knows.
    management = bench.server.management.rpartition(":")[2]
    answer = bench.run(
        "curl", "-sSk", "--doh-url", url, "--doh-insecure", f"https://found.example.test:{management}/cairn/v1/clock"
    )  # fmt: skip
    expect("isRunning" in answer, f"curl was answered {answer}")
