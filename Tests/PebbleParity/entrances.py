"""What is there at all: the directory, nonces, methods, header fields, and what HTTP itself asks for."""

import select
import socket

from interactions import ABSENT, each, interaction

PATHS = [
    "/dir", "/nonce-plz", "/sign-me-up", "/my-account/0", "/list-orderz/0", "/order-plz", "/my-order/0",
    "/finalize-order/0", "/authZ/0", "/chalZ/0", "/certZ/0", "/revoke-cert", "/rollover-account-key",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


@each("method {}", {f"{method} {path}": (method, path) for path in PATHS for method in METHODS}, newer={"GET /dir": {
    "/body/renewalInfo": "https://127.0.0.1:<acme>/draft-ietf-acme-ari-03/renewalInfo",
    "/body/meta/caaIdentities": ["pebble.letsencrypt.org"], "/body/meta/profiles/default": "The default profile",
}})  # fmt: skip
def method(w, case):
    return w.say.answer(w.acme(*case))


@interaction("directory: members", newer={
    "/body/renewalInfo": "https://127.0.0.1:<acme>/draft-ietf-acme-ari-03/renewalInfo",
    "/body/meta/caaIdentities": ["pebble.letsencrypt.org"], "/body/meta/profiles/default": "The default profile",
})  # fmt: skip
def directory(w):
    return w.say.answer(w.acme("GET", "/dir"))


@interaction("directory: as configured", "modern", golden={
    "status": 200, "renewalInfo": "https://127.0.0.1:<acme>/draft-ietf-acme-ari-03/renewalInfo",
    "caaIdentities": ["ca.example"],
    "profiles": {"default": "The default profile", "shortlived": "A short-lived cert profile"},
})  # fmt: skip
def modern_directory(w):
    answer = w.acme("GET", "/dir")
    directory = w.say.value(answer.json)
    meta = directory["meta"]
    return {"status": answer.status, "renewalInfo": directory.get("renewalInfo"),
            "caaIdentities": meta.get("caaIdentities"), "profiles": meta.get("profiles")}  # fmt: skip


@interaction("directory: by POST-as-GET")
def signed_directory(w):
    account = w.account()
    answer = account.post("/dir")
    return {"status": answer.status, "nonce": bool(answer.field("Replay-Nonce")), "index": bool(answer.field("Link"))}


@each("directory: {}", {
    "with X-Forwarded-Proto": {"X-Forwarded-Proto": "http"}, "by another name": {"Host": "localhost"},
    "by a name with a port": {"Host": "pebble:14000"}, "by an IPv6 address": {"Host": "[::1]:14000"},
    "from another origin": {"Origin": "https://page.example"},
    "accepting text": {"Accept": "text/plain"}, "if modified": {"If-None-Match": "*"},
})  # fmt: skip
def named_directory(w, fields):
    answer = w.acme("GET", "/dir", fields)
    said = w.say.answer(answer)
    body = said.pop("body", None)
    return said | {"newOrder": body.get("newOrder") if isinstance(body, dict) else body}


@interaction("request without User-Agent", newer={
    "/status": 400, "/Content-Type": "application/problem+json; charset=utf-8", "/body/type":
    "urn:ietf:params:acme:error:malformed", "/body/detail": "All requests MUST include a User-Agent header",
    "/body/status": 400,
    **{f"/body/{name}": ABSENT for name in ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")},
    "/body/meta/externalAccountRequired": ABSENT, "/body/meta/termsOfService": ABSENT,
})  # fmt: skip
def no_user_agent(w):
    return w.say.answer(w.acme("GET", "/dir", {"User-Agent": None}))


@interaction("nonces: two are not the same")
def nonces(w):
    first, second = w.nonce(), w.nonce()
    return {"differ": first != second, "length": len(first)}


@interaction("nonces: each answer of a POST has one")
def nonces_of_posts(w):
    account = w.account()
    return {"account": bool(account.answer.field("Replay-Nonce")),
            "order": bool(account.order(w.name()).field("Replay-Nonce")),
            "refusal": bool(account.order("a b").field("Replay-Nonce"))}  # fmt: skip


@each("unknown path {}", {path: path for path in (
    "/", "/nothing", "/dir/", "/dir/more", "//dir", "/directory", "/my-order/", "/my-order/1/2", "/certZ/", "/authZ/",
    "/chalZ/", "/my-account/", "/dir?query=1", "/nonce-plz/", "/acme/new-nonce", "/roots/0",
)})  # fmt: skip
def unknown_path(w, path):
    said = w.say.answer(w.acme("GET", path))
    return said if "newOrder" not in str(said) else {"status": said["status"], "body": "<the directory>"}


@each("CORS: preflight {}", {
    "of POST newOrder": ("/order-plz", "POST"), "of GET newOrder": ("/order-plz", "GET"),
    "of GET directory": ("/dir", "GET"), "of HEAD newNonce": ("/nonce-plz", "HEAD"),
    "of PUT newOrder": ("/order-plz", "PUT"), "without a method": ("/order-plz", None),
})  # fmt: skip
def preflight(w, case):
    path, wanted = case
    fields = {"Origin": "https://page.example", "Access-Control-Request-Method": wanted}
    return w.say.answer(w.acme("OPTIONS", path, fields))


@interaction("CORS: newNonce from a page")
def cors_nonce(w):
    return w.say.answer(w.acme("GET", "/nonce-plz", {"Origin": "https://page.example"}))


@interaction("CORS: a refused POST from a page")
def cors_post(w):
    return w.say.answer(w.acme("POST", "/order-plz", {"Origin": "https://page.example"}))


@each("HTTP/1.0: {}", {"with Host": {}, "without Host": {"Host": None}})
def old_http(w, fields):
    answer = w.acme("GET", "/nonce-plz", {"Connection": None, **fields}, version="HTTP/1.0")
    return w.say.answer(answer) | {"version": answer.version}


@interaction("HTTP/1.1 without Host")
def no_host(w):
    answer = w.acme("GET", "/dir", {"Host": None})
    return {"status": answer.status}


@interaction("HTTP without TLS at the port of ACME")
def plain(w):
    answer = w.acme("GET", "/dir", tls=False)
    return {"status": answer.status, "says": answer.body.decode().strip()}


@interaction("a connection serves several requests")
def kept(w):
    import wire

    raw = socket.create_connection(("127.0.0.1", w.ports["acme"]), wire.DEADLINE)
    with wire.tls_context().wrap_socket(raw, server_hostname="localhost") as connection:
        statuses = []
        for _ in range(3):
            connection.sendall(
                f"HEAD /nonce-plz HTTP/1.1\r\nHost: 127.0.0.1:{w.ports['acme']}\r\nUser-Agent: parity\r\n\r\n"
                .encode()
            )  # fmt: skip
            head = b""
            while b"\r\n\r\n" not in head:
                select.select([connection], [], [], wire.DEADLINE) if not connection.pending() else None
                head += connection.recv(65536)
            statuses.append(head.split()[1].decode())
        return {"statuses": statuses}


@each("TLS: the listener speaks {}", {"h2": "h2", "http/1.1": "http/1.1"})
def protocols(w, name):
    import wire

    raw = socket.create_connection(("127.0.0.1", w.ports["acme"]), wire.DEADLINE)
    with wire.tls_context(name).wrap_socket(raw, server_hostname="localhost") as connection:
        return {"chosen": connection.selected_alpn_protocol(),
                "certificate": connection.getpeercert(True) == w.certificate_der}  # fmt: skip
