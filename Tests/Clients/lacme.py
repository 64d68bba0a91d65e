"""Scenarios for lacme (https://guilhem.org/man/lacme.8), a client in Perl that Debian has."""

from harness import expect, judged


class Lacme:
    """lacme with a folder of its own, pointed at the server of a bench, everything under the caller's user."""

    def __init__(self, bench):
        self.bench = bench
        bench.run("openssl", "genrsa", "-out", "account.pem", "2048")
        bench.keep("root-of-leaves.pem", bench.server.manage("/roots/0"))
        bench.keep("accountd.conf", f"privkey = file:{bench.folder}/account.pem\n")
        bench.keep("lacme.conf", f"""
[client]
user =
group =
server = {bench.server.directory}
[webserver]
user =
group =
listen = 127.0.0.1:{bench.server.http_port}
[accountd]
config = {bench.folder}/accountd.conf
""")

    def __call__(self, *arguments, refused=None):
        return self.bench.run(
            # It empties the environment of its parts, and no setting of its names a root to trust.
            *self.bench.trusting_as_the_system(), "lacme", "--debug", "--config=lacme.conf", *arguments,
            refused=refused,
        )  # fmt: skip

    def order(self, names, key, *options):
        """Orders a certificate as `chain.pem`."""
        self.bench.keep("certificates.conf", f"""
[site]
certificate-key = {key}
certificate = {self.bench.folder}/cert.pem
certificate-chain = {self.bench.folder}/fullchain.pem
CAfile = {self.bench.folder}/root-of-leaves.pem
subject = /CN={names[0]}
subjectAltName = {",".join("DNS:" + name for name in names)}
""")
        self("newOrder", "--config-certs=certificates.conf", *options)
        return self.bench.judge(self.bench.folder / "fullchain.pem", key, names, "P-256")


@judged("lacme: account, http-01 for several names, renew, revoke")
def http_01(bench):
    lacme = Lacme(bench)
    names = ["www.example.test", "example.test"]
    key, _ = bench.signing_request(names)
    lacme("account", "--register", "--tos-agreed", "mailto:someone@example.test")
    first = lacme.order(names, key)
    second = lacme.order(names, key, "--force")
    expect(first != second, "the renewed certificate has the serial number of the old one")
    lacme("revokeCert", bench.folder / "cert.pem")
    lacme("account", "--deactivate")
