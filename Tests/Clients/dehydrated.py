"""Scenarios for dehydrated (https://dehydrated.io), a client in bash with curl and OpenSSL."""

from harness import HERE, expect, judged
from responders import ALPNResponder, Webroot


class Dehydrated:
    """dehydrated with a folder of its own, pointed at the server of a bench."""

    def __init__(self, bench, challenge, **settings):
        self.bench = bench
        self.base = bench.folder / "dehydrated"
        self.base.mkdir()
        settings = {
            "CA": bench.server.directory, "BASEDIR": self.base, "CHALLENGETYPE": challenge, "IP_VERSION": "",
            "CONTACT_EMAIL": "someone@example.test", "KEY_ALGO": "prime256v1", **settings,
        }  # fmt: skip
        (bench.folder / "config").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()))

    def __call__(self, *arguments, refused=None):
        return self.bench.run(
            "dehydrated", "--config", "config", *arguments,
            refused=refused, CURL_CA_BUNDLE=self.bench.server.root_file, **self.bench.hook_variables(),
        )  # fmt: skip

    def order(self, *names, force=False, refused=None):
        """Orders a certificate called `site`."""
        options = ["--force"] if force else []
        return self("--cron", "--alias", "site", "--domain", " ".join(names), *options, refused=refused)

    def judge(self, names, key_type="P-256"):
        site = self.base / "certs" / "site"
        return self.bench.judge(site / "fullchain.pem", site / "privkey.pem", names, key_type)


@judged("dehydrated: account, http-01 for several names, renew, revoke")
def http_01(bench):
    names = ["www.example.test", "example.test"]
    with Webroot(bench) as challenges:
        dehydrated = Dehydrated(bench, "http-01", WELLKNOWN=challenges)
        dehydrated("--register", "--accept-terms")
        dehydrated.order(*names)
        first = dehydrated.judge(names)
        dehydrated.order(*names, force=True)
        expect(dehydrated.judge(names) != first, "the renewed certificate has the serial number of the old one")
    dehydrated("--revoke", dehydrated.base / "certs" / "site" / "cert.pem")
    dehydrated("--account")


@judged("dehydrated: dns-01 by hook for a wildcard and its apex, RSA key")
def dns_01(bench):
    names = ["*.example.test", "example.test"]
    dehydrated = Dehydrated(bench, "dns-01", HOOK=HERE / "challenge-hook", KEY_ALGO="rsa", KEYSIZE="2048")
    dehydrated("--register", "--accept-terms")
    dehydrated.order(*names)
    dehydrated.judge(names, "RSA 2048")


@judged("dehydrated: tls-alpn-01")
def tls_alpn_01(bench):
    names = ["tls.example.test", "alpn.example.test"]
    with ALPNResponder(bench) as folder:
        dehydrated = Dehydrated(bench, "tls-alpn-01", ALPNCERTDIR=folder)
        dehydrated("--register", "--accept-terms")
        dehydrated.order(*names)
        dehydrated.judge(names)


@judged("dehydrated: http-01 that nobody answers is refused, under the personality of Pebble", {"personality": "pebble"})
def unanswered(bench):
    with Webroot(bench) as challenges:
        dehydrated = Dehydrated(bench, "http-01", WELLKNOWN=challenges)
        dehydrated("--register", "--accept-terms")
        dehydrated.order("seen.example.test")
        dehydrated.judge(["seen.example.test"])
    dehydrated.order("unseen.example.test", force=True, refused="urn:ietf:params:acme:error:connection")
