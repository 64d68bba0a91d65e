"""Scenarios for the gem acme-client (https://github.com/unixcharles/acme-client), driven by a script."""

from harness import HERE, judged

# The gem leaves Retry-After to whoever uses it, and the script does not wait that long.
HABITS = ("polledTooFast",)


# Before 2.0.19 the gem writes 2 for the version of its CSRs, where RFC 2986 §4.1 has 0.
def run(bench, challenge, *names):
    bench.run(
        "ruby", HERE / "scripts" / "acme-client.rb", *names,
        CAIRN_DIRECTORY=bench.server.directory, SSL_CERT_FILE=bench.server.root_file, CHALLENGE=challenge,
        HTTP_PORT=bench.server.http_port, **bench.hook_variables(),
    )  # fmt: skip
    bench.judge(bench.folder / "chain.pem", bench.folder / "key.pem", names, "P-256")


@judged("acme-client for Ruby: account, http-01 for several names, new account key, revoke", habits=HABITS)
def http_01(bench):
    run(bench, "http-01", "www.example.test", "example.test")


@judged("acme-client for Ruby: dns-01 for a wildcard and its apex", habits=HABITS)
def dns_01(bench):
    run(bench, "dns-01", "*.example.test", "example.test")
