"""Scenarios for relying parties: OpenSSL and certbot, which read CRLs and ask an OCSP responder."""

import base64
import json
import re
import urllib.parse
import urllib.request

from certbot import Certbot
from harness import certificates, expect, scenario
from lego import Lego

BOTH = {"authority": {"profiles": [{"name": "default", "revocationInformation": "both"}]}}
# The root of the management API stays what the harness trusts.
PLAIN = {**BOTH, "listener": {"plainHTTP": True}, "management": {"plainHTTP": False}}
# ACME over HTTPS, and what relying parties read by its side.
BESIDE = {**BOTH, "listener": {"plainPort": 0}}
NAME = "www.example.test"


class RelyingParty:
    """OpenSSL with a certificate that it has to judge: leaf.pem, chain.pem and root.pem in the folder of a bench."""

    def __init__(self, bench, chain):
        self.bench = bench
        leaf, *issuers = certificates(chain.read_text())
        for file, text in {
            "leaf.pem": leaf, "chain.pem": "".join(issuers), "root.pem": bench.server.manage("/roots/0"),
        }.items():  # fmt: skip
            bench.keep(file, text)
        text = bench.run("openssl", "x509", "-in", "leaf.pem", "-noout", "-text")
        self.list_url = re.search(r"CRL Distribution Points:.*?URI:(\S+)", text, re.DOTALL)[1]
        responder = re.search(r"OCSP - URI:(\S+)", text)
        self.responder = responder and responder[1]

    def verify(self, *options, refused=None):
        self.bench.run(
            "openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "chain.pem", *options, "leaf.pem",
            refused=refused,
        )  # fmt: skip

    def read_list(self):
        """Downloads the CRL, has OpenSSL check its signature, and returns what it prints."""
        with urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.bench.server.trust), urllib.request.ProxyHandler({})
        ).open(self.list_url, timeout=10) as answer:
            expect(answer.headers["Content-Type"] == "application/pkix-crl", "the CRL has another media type")
            (self.bench.folder / "list.der").write_bytes(answer.read())
        self.bench.run("openssl", "crl", "-inform", "DER", "-in", "list.der", "-out", "list.pem")
        text = self.bench.run("openssl", "crl", "-in", "list.pem", "-CAfile", "chain.pem", "-noout", "-text")
        expect("verify OK" in text, "OpenSSL does not take the signature of the CRL")
        return text

    def ask(self, *options, digest="sha1"):
        """Asks the responder about the leaf, and returns what OpenSSL prints of the answer that it trusts."""
        text = self.bench.run(
            "openssl", "ocsp", f"-{digest}", "-issuer", "chain.pem", "-cert", "leaf.pem", "-url", self.responder, "-CAfile", "root.pem",
            "-verify_other", "chain.pem", *options,
        )  # fmt: skip
        expect("Response verify OK" in text, "OpenSSL does not trust the OCSP response")
        return text


def issued(bench):
    """A certificate that lego got, and what revokes it."""
    lego = Lego(bench, NAME)
    lego(lego.http_01(), "run")
    return RelyingParty(bench, lego.file(".crt")), lambda: lego([], "revoke", "--reason", "1")


@scenario("openssl: a CRL and an OCSP responder over plain HTTP, before and after lego revokes", PLAIN)
def plain(bench):
    party, revoke = issued(bench)
    expect(party.list_url.startswith("http://"), f"the CRL is at {party.list_url}")
    download = ["-crl_check", "-crl_download"]
    party.verify(*download)
    expect("leaf.pem: good" in party.ask(), "OCSP does not say good")
    revoke()
    party.verify(*download, refused="certificate revoked")
    answer = party.ask()
    expect("leaf.pem: revoked" in answer and "keyCompromise" in answer, "OCSP does not say revoked, and why")


@scenario(
    "openssl: sharded CRLs and a delegated OCSP responder over HTTPS, before and after lego revokes",
    {"authority": {**BOTH["authority"], "crlShards": 16, "ocspSigner": "delegated", "intermediateKey": "RSA-2048"}},
)
def secure(bench):
    party, revoke = issued(bench)
    expect(party.list_url.startswith("https://"), f"the CRL is at {party.list_url}")
    expect("No Revoked Certificates" in party.read_list(), "the CRL is not empty")
    check = ["-crl_check", "-CRLfile", "list.pem"]
    party.verify(*check)
    # OpenSSL downloads no CRL over HTTPS, as RFC 5280 §8 lets it expect that none has to be.
    party.verify("-crl_check", "-crl_download", refused="unable to get certificate CRL")
    expect("leaf.pem: good" in party.ask("-no_nonce", digest="sha256"), "OCSP does not say good")
    revoke()
    expect("Key Compromise" in party.read_list(), "the CRL does not tell of the revocation")
    party.verify(*check, refused="certificate revoked")
    text = party.ask("-resp_text")
    expect("leaf.pem: revoked" in text, "OCSP does not say revoked")
    expect("OCSP Signing" in text, "the response has no certificate of a delegate")


@scenario("openssl: CRLs that it downloads and OCSP over plain HTTP, while ACME is served over HTTPS", BESIDE)
def beside(bench):
    party, revoke = issued(bench)
    expect(bench.server.directory.startswith("https://"), "ACME is not served over HTTPS")
    expect(party.list_url.startswith("http://"), f"the CRL is at {party.list_url}")
    expect(party.responder.startswith("http://"), f"the responder is at {party.responder}")
    download = ["-crl_check", "-crl_download"]
    party.verify(*download)
    expect("leaf.pem: good" in party.ask(), "OCSP does not say good")
    revoke()
    party.verify(*download, refused="certificate revoked")
    expect("leaf.pem: revoked" in party.ask(), "OCSP does not say revoked")


@scenario("openssl: OCSP by GET, and what a test makes it say", PLAIN)
def forced(bench):
    party, _ = issued(bench)
    bench.run("openssl", "ocsp", "-issuer", "chain.pem", "-cert", "leaf.pem", "-no_nonce", "-reqout", "request.der")
    request = urllib.parse.quote(base64.b64encode((bench.folder / "request.der").read_bytes()), safe="")

    def get(refused=None):
        with urllib.request.urlopen(f"{party.responder}/{request}", timeout=10) as answer:
            (bench.folder / "response.der").write_bytes(answer.read())
        return bench.run(
            "openssl", "ocsp", "-issuer", "chain.pem", "-cert", "leaf.pem", "-respin", "response.der", "-CAfile",
            "root.pem", "-verify_other", "chain.pem", refused=refused,
        )  # fmt: skip

    expect("leaf.pem: good" in get(), "OCSP does not say good")
    serial = json.loads(bench.server.manage("/cairn/v1/certificates"))[0]["serialNumber"]
    bench.ctl("certificates", "answer-ocsp", serial, "unknown")
    expect("leaf.pem: unknown" in get(), "OCSP does not say unknown")
    bench.ctl("certificates", "answer-ocsp", serial, "tryLater")
    get(refused=r"trylater \(3\)")
    bench.ctl("settings", "set", "policy.revocationStatus.updates", "manually")
    bench.ctl("certificates", "forget-ocsp", serial)
    bench.ctl("certificates", "revoke", serial)
    expect("leaf.pem: good" in get(), "OCSP tells of a revocation before that is published")
    bench.ctl("crls", "publish")
    expect("leaf.pem: revoked" in get(), "OCSP does not tell of a revocation that is published")
    expect(serial in bench.ctl("crls", "show", "0"), "the CRL does not tell of a revocation that is published")


@scenario("certbot: revoke, and see by OCSP that it is revoked", PLAIN)
def certbot(bench):
    client = Certbot(bench)
    client.register()
    client.http_01(NAME)
    party = RelyingParty(bench, client.live("fullchain.pem"))
    expect("VALID" in client("certificates") and "REVOKED" not in client("certificates"), "certbot sees it as revoked")
    client("revoke", "--cert-path", client.live("cert.pem"), "--no-delete-after-revoke", "--reason", "keycompromise")
    expect("REVOKED" in client("certificates"), "certbot does not see it as revoked")
    party.verify("-crl_check", "-crl_download", refused="certificate revoked")
