"""Scenarios for uacme (https://github.com/ndilieto/uacme), a client in C."""

from harness import HERE, expect, judged

# It asks again when it likes, whatever Retry-After says.
HABITS = ("polledTooFast",)
from responders import Webroot


class Uacme:
    """uacme with a folder of its own, pointed at the server of a bench."""

    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.folder / "uacme"

    def __call__(self, *arguments, refused=None, **variables):
        return self.bench.run(
            *self.bench.trusting_as_the_system(), "uacme", "--verbose", "--yes", "--no-ocsp", "--confdir", self.folder,
            "--acme-url", self.bench.server.directory, "--hook", HERE / "challenge-hook", *arguments,
            refused=refused, **self.bench.hook_variables(), **variables,
        )  # fmt: skip

    def judge(self, names, key_type):
        name = names[0].removeprefix("*.")
        return self.bench.judge(
            self.folder / name / "cert.pem", self.folder / "private" / name / "key.pem", names, key_type
        )


@judged("uacme: account, http-01 for several names, new account key, renew, revoke", habits=HABITS)
def http_01(bench):
    uacme = Uacme(bench)
    names = ["www.example.test", "example.test"]
    uacme("new", "someone@example.test")
    uacme("update", "else@example.test")
    with Webroot(bench) as challenges:
        uacme("--type", "EC", "issue", *names, CHALLENGE_FOLDER=challenges)
        first = uacme.judge(names, "P-256")
        uacme("newkey")
        uacme("--type", "EC", "--force", "issue", *names, CHALLENGE_FOLDER=challenges)
    expect(uacme.judge(names, "P-256") != first, "the renewed certificate has the serial number of the old one")
    uacme("revoke", uacme.folder / names[0] / "cert.pem")


@judged("uacme: dns-01 by hook for a wildcard and its apex, RSA key", habits=HABITS)
def dns_01(bench):
    uacme = Uacme(bench)
    names = ["*.example.test", "example.test"]
    uacme("new")
    uacme("--type", "RSA", "issue", *names)
    uacme.judge(names, "RSA 2048")


@judged("uacme: deactivate the account")
def deactivate(bench):
    uacme = Uacme(bench)
    uacme("new")
    uacme("deactivate")
    uacme("issue", "late.example.test", refused="deactivated")
