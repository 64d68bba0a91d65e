"""Scenarios for acme-tiny (https://github.com/diafygi/acme-tiny)."""

from harness import expect, judged
from responders import Webroot


class AcmeTiny:
    """acme-tiny with an account key of its own, pointed at the server of a bench."""

    def __init__(self, bench):
        self.bench = bench
        bench.run("openssl", "genrsa", "-out", "account.pem", "2048")

    def __call__(self, csr, *options, refused=None):
        """Orders a certificate with http-01; the chain is on its standard output, between its messages."""
        with Webroot(self.bench) as challenges:
            # Its own check would look the names up in the real DNS.
            return self.bench.run(
                "acme-tiny", "--account-key", "account.pem", "--csr", csr, "--acme-dir", challenges, "--disable-check",
                "--directory-url", self.bench.server.directory, *options,
                refused=refused, SSL_CERT_FILE=self.bench.server.root_file,
            )  # fmt: skip


@judged("acme-tiny: http-01 for several names, and again")
def http_01(bench):
    tiny = AcmeTiny(bench)
    names = ["www.example.test", "example.test"]
    serials = set()
    for _ in range(2):
        key, csr = bench.signing_request(names)
        bench.keep("chain.pem", tiny(csr, "--contact", "mailto:someone@example.test"))
        serials.add(bench.judge(bench.folder / "chain.pem", key, names, "P-256"))
    expect(len(serials) == 2, "the second certificate has the serial number of the first")


@judged("acme-tiny: RSA key, under the personality of Boulder", {"personality": "boulder"})
def boulder(bench):
    tiny = AcmeTiny(bench)
    key, csr = bench.signing_request(["rsa.example.test"], "rsa:2048")
    bench.keep("chain.pem", tiny(csr))
    bench.judge(bench.folder / "chain.pem", key, ["rsa.example.test"], "RSA 2048")


@judged("acme-tiny: a CSR with the account's key is refused")
def account_key(bench):
    tiny = AcmeTiny(bench)
    bench.run("openssl", "req", "-new", "-key", "account.pem", "-subj", "/CN=own.example.test", "-out", "own.csr")
    tiny("own.csr", refused="urn:ietf:params:acme:error:badCSR")
