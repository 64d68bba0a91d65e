"""Scenarios for the fake DNS, asked by BIND's `dig`."""

from harness import expect, scenario


class Dig:
    def __init__(self, bench):
        self.bench = bench
        self.address, self.port = bench.server.dns.rsplit(":", 1)

    def __call__(self, name, kind, *options):
        answer = self.bench.run(
            "dig", f"@{self.address.strip('[]')}", "-p", self.port, "+short", "+time=5", "+tries=1", *options, name, kind
        )  # fmt: skip
        return sorted(answer.split())


@scenario("dig: every name leads to loopback, over UDP and TCP")
def every_name(bench):
    dig = Dig(bench)
    for options in ([], ["+tcp"], ["+noedns"]):
        got = dig("any.example.test", "A", *options)
        expect(got == ["127.0.0.1"], f"dig {options} was told {got}")


@scenario("dig: TXT records come and go through management")
def txt(bench):
    dig = Dig(bench)
    host = "_acme-challenge.example.test."
    expect(dig(host, "TXT") == [], "there is a TXT record before one was set")
    for value in ("one", "two"):
        bench.server.manage("/set-txt", {"host": host, "value": value})
    for options in ([], ["+tcp"]):
        got = dig(host, "TXT", *options)
        expect(got == ['"one"', '"two"'], f"dig {options} was told {got}")
    bench.server.manage("/clear-txt", {"host": host})
    expect(dig(host, "TXT") == [], "a TXT record outlived its removal")
