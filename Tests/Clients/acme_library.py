"""Scenarios for `acme`, the Python library that certbot is made of, driven by a script."""

from harness import HERE, expect, judged


def run(bench, challenge, names, script="acme_library.py"):
    key, csr = bench.signing_request(names)
    output = bench.run(
        "python3", HERE / "scripts" / script, challenge, csr, *names,
        CAIRN_DIRECTORY=bench.server.directory, REQUESTS_CA_BUNDLE=bench.server.root_file,
        SSL_CERT_FILE=bench.server.root_file, HTTP_PORT=bench.server.http_port, **bench.hook_variables(),
    )  # fmt: skip
    bench.judge(bench.folder / "chain.pem", key, names, "P-256")
    return output


@judged("acme for Python: account, http-01 for several names, renewal information, revoke")
def http_01(bench):
    run(bench, "http-01", ["www.example.test", "example.test"])


@judged("acme for Python: dns-01 for a wildcard and its apex, alternate chain", {"authority": {"chains": [[0], [1]]}})
def dns_01(bench):
    output = run(bench, "dns-01", ["*.example.test", "example.test"])
    expect("alternates: 1" in output, "the alternate chain was not found")
