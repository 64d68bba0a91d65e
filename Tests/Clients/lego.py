"""Scenarios for lego (https://go-acme.github.io/lego)."""

import re

from harness import certificates, expect, judged


class Lego:
    """lego with a folder of its own, pointed at the server of a bench."""

    def __init__(self, bench, *names, key_type="ec256"):
        self.bench = bench
        self.names = names
        self.key_type = key_type
        self.path = bench.folder / "lego"

    def __call__(self, challenge, *command, refused=None, **variables):
        """Runs a lego command. With `refused`, the server must refuse it with a problem of that type."""
        problem = None if refused is None else f"urn:ietf:params:acme:error:{refused}"
        names = [part for name in self.names for part in ("--domains", name)]
        return self.bench.run(
            "lego", "--path", self.path, "--server", self.bench.server.directory, "--accept-tos",
            "--email", "someone@example.test", "--key-type", self.key_type, *names, *challenge, *command,
            refused=problem, LEGO_CA_CERTIFICATES=self.bench.server.root_file,
            EXEC_PATH="dns-hook", EXEC_POLLING_INTERVAL=1, EXEC_SEQUENCE_INTERVAL=0, **self.bench.hook_variables(), **variables,
        )  # fmt: skip

    def http_01(self):
        return ["--http", "--http.port", f"127.0.0.1:{self.bench.server.http_port}"]

    def tls_alpn_01(self):
        return ["--tls", "--tls.port", f"127.0.0.1:{self.bench.server.tls_port}"]

    def dns_01(self):
        # Its full propagation check asks the hosts in the zone's NS records, always on port 53, where the fake DNS is not.
        # Without it, lego still asks the fake DNS for CNAME and TXT and needs an answer.
        return ["--dns", "exec", "--dns.resolvers", self.bench.server.dns, "--dns.disable-cp"]

    def file(self, suffix):
        return self.path / "certificates" / (self.names[0].replace("*", "_") + suffix)

    def judge(self, key_type):
        return self.bench.judge(self.file(".crt"), self.file(".key"), self.names, key_type)


@judged("lego: http-01 for several names")
def http_01(bench):
    lego = Lego(bench, "one.example.test", "two.example.test")
    lego(lego.http_01(), "run")
    lego.judge("P-256")


@judged("lego: http-01, P-384 key")
def http_01_p384(bench):
    lego = Lego(bench, "wide.example.test", key_type="ec384")
    lego(lego.http_01(), "run")
    lego.judge("P-384")


@judged("lego: tls-alpn-01, RSA key")
def tls_alpn_01(bench):
    lego = Lego(bench, "tls.example.test", "alpn.example.test", key_type="rsa2048")
    lego(lego.tls_alpn_01(), "run")
    lego.judge("RSA 2048")


@judged("lego: dns-01 by exec provider for a wildcard and its apex")
def dns_01(bench):
    lego = Lego(bench, "*.example.test", "example.test")
    lego(lego.dns_01(), "run")
    lego.judge("P-256")


@judged("lego: renew")
def renew(bench):
    lego = Lego(bench, "renew.example.test")
    lego(lego.http_01(), "run")
    first = lego.judge("P-256")
    lego(lego.http_01(), "renew", "--days", "9999", "--no-random-sleep")
    expect(lego.judge("P-256") != first, "the renewed certificate has the serial number of the old one")


@judged("lego: revoke")
def revoke(bench):
    lego = Lego(bench, "gone.example.test")
    lego(lego.http_01(), "run")
    lego([], "revoke", "--keep", "--reason", "4")
    lego([], "revoke", "--keep", refused="alreadyRevoked")


# Below root 0 are all leaves; root 1 signed root 0, so that the default chain is the beginning of the first alternate.
CHAINS = {"authority": {"chainLength": 2, "chains": [[0], [0, 1], [2]]}}


@judged("lego: the chain that the user prefers", CHAINS)
def preferred_chain(bench):
    for number, issuers in [(0, 2), (1, 3), (2, 2)]:
        (bench.folder / "root.pem").write_text(bench.server.manage(f"/roots/{number}"))
        subject = bench.run("openssl", "x509", "-in", "root.pem", "-noout", "-subject", "-nameopt", "multiline")
        name = re.search(r"commonName *= (.+)", subject)[1]
        lego = Lego(bench, f"chain{number}.example.test")
        lego(lego.http_01(), "run", "--preferred-chain", name)
        leaf, *chain = certificates(lego.file(".crt").read_text())
        expect(len(chain) == issuers, f"{len(chain)} certificates follow the leaf to root {number}, not {issuers}")
        (bench.folder / "leaf.pem").write_text(leaf)
        (bench.folder / "chain.pem").write_text("".join(chain))
        bench.run("openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "chain.pem", "leaf.pem")


@judged("lego: a server with the personality of Pebble", {"personality": "pebble"})
def pebble(bench):
    lego = Lego(bench, "pebble.example.test")
    lego(lego.http_01(), "run")
    lego.judge("P-256")
    lego([], "revoke", "--keep")
    lego([], "revoke", "--keep", refused="alreadyRevoked")


@judged("lego: a server with the personality of step-ca", {"personality": "stepCA"})
def step_ca(bench):
    lego = Lego(bench, "step.example.test")
    lego(lego.http_01(), "run")
    lego.judge("P-256")
    lego([], "revoke", "--keep")
    lego([], "revoke", "--keep", refused="alreadyRevoked")
