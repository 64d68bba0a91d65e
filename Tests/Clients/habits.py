"""Scenarios for habits of clients that no package registry has."""

from harness import HERE, scenario


def run(bench, habit):
    key, csr = bench.signing_request(["www.example.test"])
    bench.run(
        "python3", HERE / "scripts" / "habits.py", habit, csr, "www.example.test",
        CAIRN_DIRECTORY=bench.server.directory, SSL_CERT_FILE=bench.server.root_file, HTTP_PORT=bench.server.http_port,
    )  # fmt: skip
    bench.judge(bench.folder / "chain.pem", key, ["www.example.test"], "P-256")


@scenario("habits: finding its URLs with `grep -i location`")
def location(bench):
    run(bench, "location")


@scenario("habits: null for each optional member without a value")
def null(bench):
    run(bench, "null")


@scenario("habits: a space in the contact")
def contact(bench):
    run(bench, "contact")
