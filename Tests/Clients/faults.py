"""What real clients do under faults: for each fault all of them, one after the other, and a row of FAULTS.md for each.

A fault comes from outside: by `curl` and the management API, by the URL of the directory alone, or by an option of the
server. What a client does is compared with its row; `run --only faults: --write-faults` writes the rows anew.
"""

import copy
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from acme_tiny import AcmeTiny
from acmetool import Acmetool
from certbot import Certbot
from dehydrated import Dehydrated
from harness import HERE, Bench, Ended, Failure, NoEnd, expect, scenario
from lego import Lego
from responders import Webroot
from uacme import Uacme

PAGE = HERE / "FAULTS.md"
NAMES = ["www.example.test"]
PATIENCE = 40  # seconds that a client may take
API = "/cairn/v1"

is_writing = False
written = {}  # the rows by the fault and the client


# --- The clients ------------------------------------------------------------------------------------------------------


def acme_tiny(bench):
    key, csr = bench.signing_request(NAMES)
    bench.keep("chain.pem", AcmeTiny(bench)(csr))
    return lambda: bench.judge(bench.folder / "chain.pem", key, NAMES, "P-256")


def acmetool(bench):
    client = Acmetool(bench, **{"http-ports": [f"127.0.0.1:{bench.server.http_port}"]})
    client("want", *NAMES)
    return lambda: client.judge(NAMES, "P-256")


def certbot(bench):
    client = Certbot(bench)
    client.register()
    client.http_01(*NAMES)
    return lambda: client.judge(NAMES, "P-256")


def dehydrated(bench):
    with Webroot(bench) as challenges:
        client = Dehydrated(bench, "http-01", WELLKNOWN=challenges)
        client("--register", "--accept-terms")
        client.order(*NAMES)
    return lambda: client.judge(NAMES)


def lego(bench):
    client = Lego(bench, *NAMES)
    client(client.http_01(), "run")
    return lambda: client.judge("P-256")


def uacme(bench):
    client = Uacme(bench)
    client("new", "someone@example.test")
    with Webroot(bench) as challenges:
        client("--type", "EC", "issue", *NAMES, CHALLENGE_FOLDER=challenges)
    return lambda: client.judge(NAMES, "P-256")


CLIENTS = {
    "acme-tiny": acme_tiny, "acmetool": acmetool, "certbot": certbot, "dehydrated": dehydrated, "lego": lego,
    "uacme": uacme,
}  # fmt: skip


# --- The faults -------------------------------------------------------------------------------------------------------


@dataclass
class Fault:
    """One fault, the row of the table of client bugs that it is about, and how it comes about."""

    row: int
    title: str
    rule: dict | list | None = None  # added by curl
    setting: tuple | None = None  # set by curl: path and value
    world: str | None = None  # what the URL of the directory names
    options: tuple = field(default=())  # what the server is started with
    tells: str | None = None  # what a client that fails should say
    patience: int = PATIENCE

    @property
    def door(self):
        if self.world:
            return f"`/with/{self.world}/dir`"
        if self.options:
            return f"`{self.options[0]} {Path(self.options[1]).name}`"
        return "`curl`"


FAULTS = [
    Fault(7, "three bad nonces in a row at finalize",
          rule={"at": "finalize", "do": {"problem": "badNonce", "detail": "no nonce is good enough", "times": 3}},
          tells="no nonce is good enough"),
    Fault(14, "a bad nonce at newOrder, whose refusal brings no nonce",
          rule=[{"at": "newOrder", "do": {"problem": "badNonce", "detail": "no nonce is good enough", "times": 1}},
                {"at": "newOrder", "when": {"isProblem": True}, "do": {"fields": {"Replay-Nonce": None}}}],
          tells="no nonce is good enough"),
    Fault(2, "the first order gets 503 with Retry-After", world="serviceBusy", tells="Service busy"),
    Fault(12, "the first order gets 429 with a date in Retry-After",
          rule={"at": "newOrder",
                "do": {"problem": "rateLimited", "detail": "too many today", "retryAfter": {"in": 2}, "times": 1}},
          tells="too many today"),
    Fault(4, "the directory is 502 and a page", world="directoryDown", tells="502"),
    Fault(8, "the order is processing for three polls", setting=("policy.progress.issuance", "3 polls")),
    Fault(9, "the order is pending for two polls after its authorizations are valid",
          setting=("policy.progress.readiness", "2 polls")),
    Fault(10, "the answer to finalize is lost", options=("--rules", HERE / "rules" / "lost-answer.json")),
    Fault(11, "Retry-After is 86400 while the order is processing",
          rule={"at": ["order", "finalize"], "when": {"answer": {"/status": {"equals": "processing"}}},
                "do": {"fields": {"Retry-After": "86400"}}},
          setting=("policy.progress.issuance", "2 polls"), patience=20),
    Fault(15, "the lines of the chain end with CRLF", options=("--preset", "crlfChain")),
    Fault(21, "an unknown challenge comes first", world="dnsPersist01"),
    Fault(22, "the names of header fields are in small letters", world="lowerCaseFields"),
    Fault(23, "slashes in JSON are escaped", rule={"do": {"jsonStyle": {"escapeSlashes": True}}}),
    Fault(24, "finalize is answered with an order that is still ready", world="readyOrder"),
    Fault(34, "finalize is answered without Location",
          rule={"at": "finalize", "do": {"fields": {"Location": None}}}),
    Fault(55, "timestamps have fractions, and pending challenges no status", world="nexus"),
    Fault(61, "HEAD of newNonce is answered with 204", world="newNonce204"),
]  # fmt: skip


def curl(bench, method, path, value=None):
    """Asks something of the management API as a script would."""
    body = [] if value is None else ["--data", json.dumps(value)]
    return bench.run(
        "curl", "--silent", "--show-error", "--fail-with-body", "--cacert", bench.server.root_file, "--request", method,
        *body, bench.server.management + API + path,
    )  # fmt: skip


def world(server, name):
    """The same server, for clients of a world."""
    other = copy.copy(server)
    other.directory = server.directory.removesuffix("/dir") + f"/with/{name}/dir"
    origin = server.directory.removesuffix("/dir")
    other.terms = lambda: server.terms().replace(origin, f"{origin}/with/{name}", 1)
    return other


def outcome(client, bench, fault):
    """What a client does, in words."""
    try:
        judge = client(bench)
    except NoEnd:
        return f"does not end within {fault.patience} s"
    except Ended as ended:
        why = "" if fault.tells is None or fault.tells in ended.output else ", and does not say why"
        return f"fails{why}"
    try:
        judge()
    except (Failure, OSError):
        return "says that all went well, and has no good certificate"
    return "gets its certificate"


def observe(bench, fault, name):
    """The row of one client under one fault."""
    if fault.rule:
        curl(bench, "DELETE", "/rules")
    for rule in fault.rule if isinstance(fault.rule, list) else [fault.rule] if fault.rule else []:
        curl(bench, "POST", "/rules", rule)
    if fault.setting:
        curl(bench, "PUT", f"/settings/{fault.setting[0]}", fault.setting[1])
    server = world(bench.server, fault.world) if fault.world else bench.server
    folder = bench.folder / name
    folder.mkdir()
    before = len(json.loads(curl(bench, "GET", "/orders")))
    last = json.loads(curl(bench, "GET", "/journal")).get("last", -1)
    own = Bench(server, folder, deadline=fault.patience)
    words = outcome(CLIENTS[name], own, fault)
    with bench.log.open("a") as log:
        if own.log.exists():
            log.write(own.log.read_text())
    shutil.rmtree(folder, ignore_errors=True)
    orders = json.loads(curl(bench, "GET", "/orders"))[before:]
    if words.startswith("fails") and any(each["status"] == "valid" for each in orders):
        words += ", though there is a certificate for it"
    # Those of the clients before it are shown by earlier entries.
    found = json.loads(curl(bench, "GET", f"/findings?after={max(last, 0)}"))["entries"]
    findings = {each["kind"] for each in found}
    if fault.row != 11:
        findings.discard("polledTooFast")  # where a Retry-After is a second, a slow machine decides
    findings = sorted(findings)
    return words, len(orders), findings


def row(fault, name, words, orders, findings):
    kinds = ", ".join(f"`{each}`" for each in findings)
    return f"| {fault.row} | {fault.title} | {fault.door} | {name} | {words} | {orders} | {kinds} |"


def enter(fault):
    @scenario(f"faults: {fault.title}", options=fault.options)
    def run(bench):
        rows = {name: row(fault, name, *observe(bench, fault, name)) for name in CLIENTS}
        for name, text in rows.items():
            written[(fault.title, name)] = text
        if not is_writing:
            known = PAGE.read_text().splitlines()
            new = [text for text in rows.values() if text not in known]
            expect(not new, "FAULTS.md does not say so:\n" + "\n".join(new))


for each in FAULTS:
    enter(each)


HEAD = """# What real clients do under faults

Each row is one client of Debian or PyPI that wants one certificate by `http-01`, under one fault that comes from outside: by `curl`
and the management API, by the URL of its directory alone, or by an option of `cairn serve`. The number is the row of the
[table of client bugs](../CairnClientBugsTests/README.md). The last two columns are how many orders it placed, and what the findings
say of it; `polledTooFast` stands only where Retry-After is a day, since of a second it is the machine that decides.

`Tests/Clients/run` compares the rows with what happens, and `Tests/Clients/run --only faults: --write-faults` writes them.

| bug | fault | comes by | client | what it does | orders | findings |
|---|---|---|---|---|---|---|
"""


def write():
    """Writes the rows that were observed, and keeps those that were not."""
    lines = PAGE.read_text().splitlines() if PAGE.exists() else []
    rows = []
    for fault in FAULTS:
        for name in CLIENTS:
            old = next((line for line in lines if f"| {fault.title} |" in line and f"| {name} |" in line), None)
            text = written.get((fault.title, name), old)
            rows += [text] if text else []
    PAGE.write_text(HEAD + "\n".join(rows) + "\n")


@scenario("faults: two clients at once under two prefixes do not disturb each other")
def two_worlds(bench):
    sets = {
        "nonces": [{"at": "newOrder", "do": {"problem": "badNonce", "times": 2}}],
        "lines": [{"at": "certificate", "do": {"pemStyle": {"lineEnd": "crlf"}}},
                  {"at": "newAccount", "do": {"problem": "badNonce", "times": 1}}],
    }  # fmt: skip
    benches = {}
    for name, rules in sets.items():
        curl(bench, "PUT", f"/rulesets/{name}", rules)
        (bench.folder / name).mkdir()
        benches[name] = Bench(world(bench.server, name), bench.folder / name)

    def by_lego():
        client = Lego(benches["nonces"], "*.example.test")
        client(client.dns_01(), "run")
        client.judge("P-256")

    def by_certbot():
        client = Certbot(benches["lines"])
        client.register()
        client.http_01("www.example.org")
        client.judge(["www.example.org"], "P-256")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(by_lego), pool.submit(by_certbot)]:
            done.result()

    requests = json.loads(curl(bench, "GET", "/journal?kind=request"))["entries"]
    met = {name: 0 for name in sets}
    for each in requests:
        name = each["url"].split("/with/")[1].split("/")[0]
        rules = [rule["rule"] for rule in each.get("rules", [])]
        expect(all(rule.startswith(f"{name}-") for rule in rules), f"{each['url']} met {rules}")
        met[name] += len(rules)
    # Each met its own faults as often as they say, and nothing of the other's.
    expect(met == {"nonces": 2, "lines": 2}, f"the faults were met so often: {met}")


@scenario("faults: FAULTS.md has a row for each client under each fault, and no other")
def complete(bench):
    if is_writing:
        return
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| bug")]
    expect(len(rows) == len(FAULTS) * len(CLIENTS), f"{len(rows)} rows, not {len(FAULTS)} times {len(CLIENTS)}")
