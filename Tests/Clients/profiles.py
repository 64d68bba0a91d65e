"""Scenarios for certificate profiles and renewal information, with certbot."""

import json
import re

from certbot import Certbot
from harness import expect, judged

PROFILES = {
    "authority": {
        "profiles": [
            {"name": "default", "description": "Ninety days"},
            {
                "name": "slender", "description": "Six days and no more than TLS needs", "validity": "6d",
                "includesCommonName": False, "includesSubjectKeyIdentifier": False, "keyUsage": ["digitalSignature"],
            },
        ]
    }
}  # fmt: skip


def described(certbot):
    """What OpenSSL says of the certificate."""
    return certbot.bench.run("openssl", "x509", "-in", certbot.live("cert.pem"), "-noout", "-text")


@judged("certbot: a preferred profile is chosen, and is what OpenSSL sees", PROFILES)
def preferred_profile(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("slender.example.test", options=["--preferred-profile", "slender", "--key-type", "rsa"])
    certbot.judge(["slender.example.test"], "RSA 2048")
    text = described(certbot)
    expect("Subject Key Identifier" not in text, "there is a subject key identifier")
    expect(re.search(r"Subject: *\n", text), "there is a common name")
    expect("Digital Signature\n" in text and "Key Encipherment" not in text, "the key usage is another")
    bench.run("openssl", "x509", "-in", certbot.live("cert.pem"), "-noout", "-checkend", 5 * 86_400)
    bench.run("openssl", "x509", "-in", certbot.live("cert.pem"), "-noout", "-checkend", 7 * 86_400, refused="expire")


@judged("certbot: without a preferred profile that is offered it takes the default; a required one is refused", PROFILES)
def other_profiles(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("plain.example.test", options=["--preferred-profile", "unheard-of"])
    certbot.judge(["plain.example.test"], "P-256")
    expect("CN = plain.example.test" in described(certbot).replace("CN=", "CN = "), "there is no common name")
    certbot("delete", "--cert-name", "site")
    certbot.http_01("plain.example.test", options=["--required-profile", "unheard-of"], refused="invalidProfile")


@judged("certbot: renews when the window for renewal is moved into the past, and not before")
def renewal_information(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("renew.example.test")
    first = certbot.judge(["renew.example.test"], "P-256")
    renew = ["renew", "--no-random-sleep-on-renew"]
    expect("No renewals were attempted" in certbot(*renew), "it renewed before its time")
    expect(certbot.judge(["renew.example.test"], "P-256") == first, "there is another certificate")
    number = first.split("=")[1].lower()
    bench.server.manage("/cairn/v1/incident", {"certificates": [number], "explanationURL": "https://ca.invalid/why"})
    # What it was told to wait is over.
    configuration = certbot.config / "renewal" / "site.conf"
    lines = configuration.read_text().splitlines(keepends=True)
    configuration.write_text("".join(line for line in lines if "ari_retry_after" not in line))
    certbot(*renew)
    expect(certbot.judge(["renew.example.test"], "P-256") != first, "it did not renew")
    records = json.loads(bench.server.manage("/cairn/v1/certificates"))
    expect(len(records) == 2, f"there are {len(records)} certificates")
