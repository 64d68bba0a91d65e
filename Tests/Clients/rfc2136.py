"""Scenarios for clients that write their records into the fake DNS by dynamic update (RFC 2136), signed by TSIG."""

import json
import re

from certbot import Certbot, domains
from harness import HERE, expect, judged, scenario
from lego import Lego

SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"]
KEYS = [{"name": f"key-{each}", "algorithm": each, "secret": SECRET} for each in ALGORITHMS]
UPDATES = {"dns": {"updates": {"keys": KEYS, "zones": ["example.test"], "transfers": "signed"}}}
HOST = "_acme-challenge.example.test"


def with_updates(**more):
    return {"dns": {"updates": {**UPDATES["dns"]["updates"], **more}}}


class Zone:
    """What BIND's tools see of the fake DNS, and change in it."""

    def __init__(self, bench, algorithm="hmac-sha256", secret=SECRET, name=None):
        self.bench = bench
        self.address, self.port = bench.server.dns.rsplit(":", 1)
        self.key = f"{algorithm}:{name or 'key-' + algorithm}:{secret}"

    def update(self, *lines, options=(), signed=True, refused=None):
        text = "\n".join([f"server {self.address} {self.port}", *lines, "send", ""])
        (self.bench.folder / "update").write_text(text)
        key = ["-y", self.key] if signed else []
        return self.bench.run("nsupdate", *options, *key, "update", refused=refused)

    def dig(self, *arguments, signed=False):
        key = ["-y", self.key] if signed else []
        place = [f"@{self.address}", "-p", self.port, "+time=5", "+tries=1"]
        return self.bench.run("dig", *place, *key, *arguments)

    def values(self, name=HOST):
        return sorted(self.dig("+short", name, "TXT").split())


def add(value, name=HOST):
    return f'update add {name}. 60 TXT "{value}"'


@scenario("nsupdate: TSIG by each algorithm, whole and cut in half, over UDP and TCP", UPDATES)
def algorithms(bench):
    expected = []
    for algorithm in ALGORITHMS:
        for form in (algorithm, f"{algorithm}-{int(algorithm[-3:]) // 2}"):
            zone = Zone(bench, form, name=f"key-{algorithm}")
            for options in ([], ["-v"]):
                value = form + "".join(options)
                zone.update(add(value), options=options)
                expected.append(f'"{value}"')
    zone = Zone(bench)
    expect(zone.values() == sorted(expected), f"the zone has {zone.values()}, not {sorted(expected)}")
    shown = zone.dig(HOST, "TXT", signed=True)
    expect("TSIG PSEUDOSECTION" in shown, "an answer to a signed question is not signed")


@scenario("nsupdate: records are removed, what is required is looked at, and the serial grows", UPDATES)
def changes(bench):
    zone = Zone(bench)
    zone.update(add("one"), add("two"), add("three"))
    zone.update(f'update delete {HOST}. TXT "one"')
    expect(zone.values() == ['"three"', '"two"'], f"the zone has {zone.values()}")
    zone.update(f"prereq nxdomain {HOST}.", add("four"), refused="YXDOMAIN")
    zone.update(f"prereq yxrrset {HOST}. A", add("four"), refused="NXRRSET")
    zone.update(f'prereq yxrrset {HOST}. TXT "two"', add("four"), refused="NXRRSET")
    zone.update(f"prereq yxrrset {HOST}. TXT", f"update delete {HOST}. TXT")
    expect(zone.values() == [], f"the zone has {zone.values()}")
    serial = zone.dig("+short", "example.test", "SOA").split()[2]
    expect(serial == "4", f"after three changes the serial is {serial}, not 4")


@scenario("nsupdate: wrong keys, missing signatures and foreign zones are refused", UPDATES)
def refusals(bench):
    Zone(bench, secret="d3Jvbmcgc2VjcmV0IHdpdGggMzIgb2N0ZXRzICAgICA=").update(add("x"), refused=r"NOTAUTH\(BADSIG\)")
    Zone(bench, name="stranger").update(add("x"), refused=r"NOTAUTH\(BADKEY\)")
    for weak in ("hmac-md5", "hmac-sha1", "hmac-sha224"):
        Zone(bench, weak, name="key-hmac-sha256").update(add("x"), refused=r"NOTAUTH\(BADKEY\)")
    zone = Zone(bench)
    zone.update(add("x"), signed=False, refused="REFUSED")
    zone.update("zone other.test", add("x", "a.other.test"), refused="NOTAUTH")
    zone.update("zone example.test", add("x", "a.other.test"), refused="NOTZONE")
    expect(zone.values() == [], f"the zone has {zone.values()}")
    history = json.loads(bench.server.manage("/cairn/v1/dns/updates"))
    expect(all(each["reason"] for each in history), "an update was refused without a reason")


@scenario("nsupdate: a clock that is off is BADTIME", {**UPDATES, "clock": "2030-01-01T00:00:00Z"})
def clocks(bench):
    Zone(bench).update(add("x"), refused=r"BADTIME|clocks are unsynchronized")


@scenario("nsupdate: without a key where that is allowed", {"dns": {"updates": {"acceptsUnsigned": True}}})
def unsigned(bench):
    zone = Zone(bench)
    zone.update(add("x"), signed=False)
    expect(zone.values() == ['"x"'], f"the zone has {zone.values()}")


@scenario("nsupdate: updates are refused unless somebody allows them")
def off(bench):
    Zone(bench).update(add("x"), signed=False, refused="REFUSED")


@scenario("dig: AXFR of a zone, for those who have a key", UPDATES)
def transfer(bench):
    zone = Zone(bench)
    zone.update(*(add(f"value {number}", f"n{number}.example.test") for number in range(20)))
    records = zone.dig("+onesoa", "+noall", "+answer", "example.test", "AXFR", signed=True)
    expect(len(re.findall(r"\bTXT\b", records)) == 20, f"the zone is\n{records}")
    expect(len(re.findall(r"\bSOA\b", records)) == 1, f"the zone is\n{records}")
    expect("Transfer failed" in zone.dig("example.test", "AXFR"), "the zone was handed over without a key")


@scenario("dnspython: signatures of updates, answers and of every message of a long AXFR", UPDATES)
def dnspython(bench):
    address, port = bench.server.dns.rsplit(":", 1)
    output = bench.run("python3", HERE / "scripts" / "tsig.py", address, port, SECRET, *ALGORITHMS)
    expect(output.count("judged") == len(ALGORITHMS), output)


@scenario("dig: queries that are answered out of turn", {
    "dns": {
        "records": {"www.example.test": ["A 192.0.2.1"]},
        "scripts": [
            {"when": {"name": "www.example.test"}, "do": [
                {"code": "REFUSED", "times": 1}, {"answer": ["A 192.0.2.9"], "times": 1}, {"lame": {}, "times": 1},
                {"hide": {}, "times": 1}, {"truncate": {}, "times": 1}, {"pass": {}, "times": 1},
                {"timeout": {}, "times": 1}]},
        ],
    }
})  # fmt: skip
def scripts(bench):
    zone = Zone(bench)

    def ask(*options):
        return zone.dig("+tries=1", "+nofail", "www.example.test", "A", *options)

    expect("status: REFUSED" in ask(), "the first query is not REFUSED")
    expect("192.0.2.9" in ask(), "the second query does not have the wrong answer")
    lame = ask()
    expect("flags: qr rd;" in lame and "AUTHORITY: 1" in lame, f"the third query is not lame:\n{lame}")
    expect("127.0.0.1" in ask(), "the fourth query does not have the default address")
    expect("192.0.2.1\n" in ask("+short"), "after truncation dig did not ask over TCP")
    silent = zone.bench.run("dig", f"@{zone.address}", "-p", zone.port, "+time=1", "+tries=1", "www.example.test", "A",
                            refused="timed out|no servers could be reached")  # fmt: skip
    expect("192.0.2" not in silent, silent)
    expect("192.0.2.1\n" in ask("+short"), "after all scripts the records are not there")
    history = json.loads(bench.server.manage("/cairn/v1/dns/queries"))
    expect([len(each.get("scripts", [])) for each in history] == [1, 1, 1, 1, 1, 1, 1, 0], f"the history is {history}")


def certbot_credentials(bench, algorithm):
    address, port = bench.server.dns.rsplit(":", 1)
    lines = {"server": address, "port": port, "name": f"key-{algorithm}.", "secret": SECRET,
             "algorithm": algorithm.upper(), "sign_query": "true"}  # fmt: skip
    path = bench.folder / "rfc2136.ini"
    path.write_text("".join(f"dns_rfc2136_{name} = {value}\n" for name, value in lines.items()))
    path.chmod(0o600)
    return path


def certbot_order(bench, names, algorithm="hmac-sha512", refused=None):
    certbot = Certbot(bench)
    if not certbot.config.exists():
        certbot.register()
    certbot(
        "certonly", "--cert-name", "site", "--dns-rfc2136", "--dns-rfc2136-credentials",
        certbot_credentials(bench, algorithm), "--dns-rfc2136-propagation-seconds", "0", *domains(names),
        refused=refused,
    )  # fmt: skip
    return certbot


@judged("certbot: its rfc2136 plugin for a wildcard and its apex", UPDATES)
def certbot(bench):
    names = ["*.example.test", "example.test", "a.b.example.test"]
    certbot_order(bench, names).judge(names, "P-256")
    expect(Zone(bench).values() == [], "certbot's records are still there")
    changes = [change for each in json.loads(bench.server.manage("/cairn/v1/dns/updates")) for change in each["changes"]]
    expect(len([each for each in changes if "add" in each]) == 3, f"the changes are {changes}")


@judged("certbot: its rfc2136 plugin, and a DNS that keeps the newest value alone", with_updates(additions="replace"))
def certbot_replaced(bench):
    certbot_order(bench, ["*.example.test", "example.test"], refused="unauthorized")


@judged("lego: its rfc2136 provider for a wildcard and its apex", UPDATES)
def lego(bench):
    lego = Lego(bench, "*.example.test", "example.test")
    lego(
        ["--dns", "rfc2136", "--dns.resolvers", bench.server.dns, "--dns.disable-cp"], "run",
        RFC2136_NAMESERVER=bench.server.dns, RFC2136_TSIG_KEY="key-hmac-sha384",
        RFC2136_TSIG_ALGORITHM="hmac-sha384.", RFC2136_TSIG_SECRET=SECRET,
        RFC2136_SEQUENCE_INTERVAL=0, RFC2136_POLLING_INTERVAL=1,
    )  # fmt: skip
    lego.judge("P-256")
    expect(Zone(bench).values() == [], "lego's records are still there")


@judged("certbot: its rfc2136 plugin, and a DNS that shows its records late", {
    "dns": {**UPDATES["dns"], "scripts": [{"when": {"name": HOST, "type": "TXT"}, "do": {"hide": {}, "times": 1}}]},
})  # fmt: skip
def certbot_propagation(bench):
    certbot_order(bench, ["example.test"], refused="unauthorized")
    certbot_order(bench, ["example.test"]).judge(["example.test"], "P-256")
    queries = json.loads(bench.server.manage(f"/cairn/v1/dns/queries?name={HOST}"))
    seen = [each["outcome"] for each in queries if each["type"] == "TXT"]
    expect(seen == ["NODATA", "found"], f"the CA found {seen}")
