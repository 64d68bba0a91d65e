"""Scenarios for certbot (https://certbot.eff.org)."""

import shutil

from harness import expect, is_address, judged


class Certbot:
    """certbot with folders of its own, pointed at the server of a bench."""

    def __init__(self, bench):
        self.bench = bench
        self.config = bench.folder / "certbot"

    def __call__(self, command, *arguments, refused=None):
        """Runs a certbot command. With `refused`, the server must refuse it with a problem of that type."""
        problem = None if refused is None else f"urn:ietf:params:acme:error:{refused}"
        # Only its debug output tells the type of a problem.
        verbosity = [] if refused is None else ["-vvv"]
        folders = [
            "--config-dir", self.config, "--work-dir", self.bench.folder / "work",
            "--logs-dir", self.bench.folder / "logs",
        ]  # fmt: skip
        return self.bench.run(
            "certbot", command, "--non-interactive", *folders, "--server", self.bench.server.directory, *arguments,
            *verbosity, refused=problem, REQUESTS_CA_BUNDLE=self.bench.server.root_file, **self.bench.hook_variables(),
        )  # fmt: skip

    def register(self):
        return self("register", "--agree-tos", "--no-eff-email", "--email", "someone@example.test")

    def http_01(self, *names, port=None, options=(), refused=None):
        """Orders a certificate called `site` with http-01, answered by certbot's own server."""
        standalone = [
            "--standalone", "--http-01-address", "127.0.0.1", "--http-01-port", port or self.bench.server.http_port,
        ]  # fmt: skip
        return self("certonly", "--cert-name", "site", *standalone, *options, *domains(names), refused=refused)

    def dns_01(self, *names):
        """Orders a certificate called `site` with dns-01, answered through the hook."""
        record = '"_acme-challenge.$CERTBOT_DOMAIN." "$CERTBOT_VALIDATION"'
        hooks = [
            "--manual", "--preferred-challenges", "dns-01",
            "--manual-auth-hook", f"dns-hook present {record}",
            "--manual-cleanup-hook", f"dns-hook cleanup {record}",
        ]  # fmt: skip
        return self("certonly", "--cert-name", "site", *hooks, *domains(names))

    def live(self, file):
        return self.config / "live" / "site" / file

    def judge(self, names, key_type):
        return self.bench.judge(self.live("fullchain.pem"), self.live("privkey.pem"), names, key_type)


def domains(names):
    return [part for name in names for part in ("--ip-address" if is_address(name) else "--domain", name)]


@judged("certbot: register, change the contact, show the account")
def account(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot("update_account", "--no-eff-email", "--email", "else@example.test")
    shown = certbot("show_account")
    expect("else@example.test" in shown, "the account does not show its new contact")


@judged("certbot: http-01 for several names, ECDSA key")
def http_01_ecdsa(bench):
    certbot = Certbot(bench)
    names = ["www.example.test", "example.test", "a.b.c.example.test"]
    certbot.register()
    certbot.http_01(*names, options=["--key-type", "ecdsa"])
    certbot.judge(names, "P-256")


@judged("certbot: http-01, RSA key")
def http_01_rsa(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("rsa.example.test", options=["--key-type", "rsa", "--rsa-key-size", "2048"])
    certbot.judge(["rsa.example.test"], "RSA 2048")


@judged("certbot: http-01 for an IP address next to a name")
def http_01_address(bench):
    certbot = Certbot(bench)
    names = ["127.0.0.1", "beside.example.test"]
    certbot.register()
    certbot.http_01(*names)
    certbot.judge(names, "P-256")


@judged("certbot: dns-01 by hook for a wildcard and its apex")
def dns_01_wildcard(bench):
    certbot = Certbot(bench)
    names = ["*.example.test", "example.test"]
    certbot.register()
    certbot.dns_01(*names)
    certbot.judge(names, "P-256")


@judged("certbot: http-01 that nobody answers is refused")
def http_01_unanswered(bench):
    certbot = Certbot(bench)
    certbot.register()
    # certbot answers, but not on the port where the server looks.
    certbot.http_01("deaf.example.test", port=bench.server.tls_port, refused="connection")
    # The failed order stands in nobody's way.
    certbot.http_01("deaf.example.test")
    certbot.judge(["deaf.example.test"], "P-256")


@judged("certbot: renew")
def renew(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("renew.example.test")
    first = certbot.judge(["renew.example.test"], "P-256")
    certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
    second = certbot.judge(["renew.example.test"], "P-256")
    expect(first != second, "the renewed certificate has the serial number of the old one")


@judged("certbot: revoke by the account")
def revoke_by_account(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("gone.example.test")
    revoke = ["revoke", "--cert-path", certbot.live("cert.pem"), "--no-delete-after-revoke"]
    certbot(*revoke, "--reason", "superseded")
    certbot(*revoke, refused="alreadyRevoked")


@judged("certbot: revoke by the certificate's key")
def revoke_by_key(bench):
    certbot = Certbot(bench)
    certbot.register()
    certbot.http_01("gone.example.test", options=["--key-type", "rsa"])
    # The key alone must do: the account that ordered the certificate is out of reach.
    shutil.rmtree(certbot.config / "accounts")
    revoke = ["revoke", "--cert-path", certbot.live("cert.pem"), "--key-path", certbot.live("privkey.pem"),
              "--no-delete-after-revoke"]  # fmt: skip
    certbot(*revoke, "--reason", "keycompromise")
    certbot(*revoke, refused="alreadyRevoked")


@judged("certbot: unregister deactivates the account")
def unregister(bench):
    certbot = Certbot(bench)
    certbot.register()
    kept = bench.folder / "accounts"
    shutil.copytree(certbot.config / "accounts", kept)
    certbot("unregister")
    # certbot forgets the account; only with what it forgot can it be seen that the server closed it.
    shutil.rmtree(certbot.config / "accounts")
    shutil.copytree(kept, certbot.config / "accounts")
    certbot.http_01("late.example.test", refused="unauthorized")
