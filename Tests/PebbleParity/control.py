"""The management interface of Pebble, the one of the challenge server, and what that server answers over DNS, HTTP, TLS."""

import hashlib
import json
import socket
import ssl

import wire
from cryptography import x509
from interactions import each, interaction

# Pebble's


@each("management: GET {}", {path: path for path in (
    "/", "/roots/0", "/roots/1", "/roots/-1", "/roots/x", "/roots/", "/intermediates/0", "/intermediates/1",
    "/root-keys/0", "/root-keys/1", "/intermediate-keys/0", "/intermediate-keys/1", "/cert-status-by-serial/1",
    "/cert-status-by-serial/xyz", "/cert-status-by-serial/", "/nothing", "/dir",
)})  # fmt: skip
def management(w, path):
    return w.say.answer(w.management("GET", path))


@each("management: {} /roots/0", {method: method for method in ("HEAD", "POST", "PUT", "OPTIONS")})
def management_method(w, method):
    return w.say.answer(w.management(method, "/roots/0"))


@each("management with more chains: GET {}", {path: path for path in (
    "/roots/0", "/roots/1", "/roots/2", "/roots/3", "/intermediates/0", "/intermediates/2", "/root-keys/2",
)}, "chains")  # fmt: skip
def management_chains(w, path):
    return w.say.answer(w.management("GET", path))


@interaction("management: the keys fit")
def keys_fit(w):
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    fit = {}
    for keys, certificates in (("root-keys", "roots"), ("intermediate-keys", "intermediates")):
        key = load_pem_private_key(w.management("GET", f"/{keys}/0").body, None)
        certificate = x509.load_pem_x509_certificate(w.management("GET", f"/{certificates}/0").body)
        fit[keys] = key.public_key() == certificate.public_key()
    return fit


@interaction("management: status of a valid certificate")
def valid_status(w):
    _, _, chain = w.account().certificate(w.name())
    leaf = x509.load_pem_x509_certificate(chain.body)
    answer = w.management("GET", f"/cert-status-by-serial/{leaf.serial_number:x}")
    body = answer.json
    return {"status": answer.status, "type": answer.field("Content-Type"), "members": sorted(body),
            "Status": body["Status"], "certificate": body["Certificate"].encode() == chain.body[:len(body["Certificate"])],
            "serial": int(body["Serial"], 16) == leaf.serial_number}  # fmt: skip


@interaction("management: from another origin")
def management_origin(w):
    return {"status": wire.exchange(w.ports["management"], "GET", "/roots/0", {"Origin": "https://a.test"}).status}


@interaction("management: over HTTP/1.0")
def management_old(w):
    answer = w.management("GET", "/roots/0", version="HTTP/1.0")
    return {"status": answer.status}


@interaction("management: without User-Agent")
def management_agent(w):
    return {"status": wire.exchange(w.ports["management"], "GET", "/roots/0", {"User-Agent": None}).status}


# The challenge server's

COMMANDS = {
    "set-default-ipv4": {"ip": "127.0.0.1"}, "set-default-ipv6": {"ip": ""},
    "set-txt": {"host": "_acme-challenge.a.test.", "value": "x"}, "clear-txt": {"host": "_acme-challenge.a.test."},
    "add-a": {"host": "a.test.", "addresses": ["10.0.0.1"]}, "clear-a": {"host": "a.test."},
    "add-aaaa": {"host": "a.test.", "addresses": ["::1"]}, "clear-aaaa": {"host": "a.test."},
    "add-caa": {"host": "a.test.", "policies": [{"tag": "issue", "value": "ca.test"}]}, "clear-caa": {"host": "a.test."},
    "set-cname": {"host": "b.test.", "target": "a.test."}, "clear-cname": {"host": "b.test."},
    "set-servfail": {"host": "c.test."}, "clear-servfail": {"host": "c.test."},
    "add-http01": {"token": "t", "content": "c"}, "del-http01": {"token": "t"},
    "add-redirect": {"path": "/p", "targetURL": "/q"}, "del-redirect": {"path": "/p"},
    "add-tlsalpn01": {"host": "a.test", "content": "c"}, "del-tlsalpn01": {"host": "a.test"},
    "http-request-history": {"host": "nobody.test"}, "dns-request-history": {"host": "nobody.test"},
    "tlsalpn01-request-history": {"host": "nobody.test"},
    "clear-request-history": {"host": "nobody.test", "type": "http"},
}  # fmt: skip


@each("challtestsrv: {}", {name: (name, value) for name, value in COMMANDS.items()})
def good_command(w, case):
    name, value = case
    return w.say.answer(w.challenges(f"/{name}", value))


@each("challtestsrv: {} without its members", {name: name for name in COMMANDS})
def empty_command(w, name):
    if name in ("set-default-ipv4", "set-default-ipv6"):
        return w.say.answer(w.challenges(f"/{name}", {"ip": "127.0.0.1" if name.endswith("4") else ""}))
    return w.say.answer(w.challenges(f"/{name}", {}))


@each("challtestsrv: {} without a body", {name: name for name in ("set-txt", "add-a", "add-http01", "http-request-history")})
def bodiless(w, name):
    return w.say.answer(w.challenges(f"/{name}"))


@each("challtestsrv: set-txt with {}", {
    "no JSON": b"hello", "an array": b"[]", "keys in capitals": b'{"HOST": "a.test.", "Value": "x"}',
    "something behind it": b'{"host": "a.test.", "value": "x"} more', "a number as value": b'{"host": "a.test.", "value": 1}',
    "an unknown member": b'{"host": "a.test.", "value": "x", "more": 1}', "a name without final dot": b'{"host": "a.test", "value": "x"}',
    "an empty value": b'{"host": "a.test.", "value": ""}', "null": b"null",
})  # fmt: skip
def odd_command(w, content):
    return w.say.answer(w.challenges("/set-txt", content))


@each("challtestsrv: {} /set-txt", {method: method for method in ("GET", "PUT", "HEAD", "OPTIONS")})
def command_method(w, method):
    body = json.dumps({"host": "a.test.", "value": "x"}).encode()
    answer = wire.exchange(w.ports["challenges"], method, "/set-txt", None, body, tls=False)
    return w.say.answer(answer)


@each("challtestsrv: at {}", {path: path for path in ("/", "/nothing", "/set-txt/", "//set-txt")})
def command_path(w, path):
    return w.say.answer(wire.exchange(w.ports["challenges"], "GET", path, tls=False))


@each("challtestsrv: {}", {
    "as curl posts it": {"Content-Type": "application/x-www-form-urlencoded"}, "without User-Agent": {"User-Agent": None},
    "by another name": {"Host": "challtestsrv:8055"}, "by localhost": {"Host": "localhost"},
    "from another origin": {"Origin": "https://a.test"},
})  # fmt: skip
def command_fields(w, fields):
    return w.say.answer(w.challenges("/set-txt", {"host": "a.test.", "value": "x"}, fields=fields))


@interaction("challtestsrv: over HTTP/1.0")
def command_old(w):
    return {"status": w.challenges("/set-txt", {"host": "a.test.", "value": "x"}, version="HTTP/1.0").status}


# What it answers over HTTP


def fetch(w, port, path, host, **options):
    answer = wire.exchange(w.ports[port], "GET", path, {"Host": host}, **options)
    return {"status": answer.status, "body": answer.body.decode(), "Location": answer.field("Location"),
            "Content-Type": answer.field("Content-Type"), "Connection": answer.field("Connection")}  # fmt: skip


@each("challtestsrv over HTTP{}", {"": ("http", False), "S": ("https", True)})
def token(w, case):
    port, tls = case
    w.challenges("/add-http01", {"token": "token-1", "content": "content"})
    path = "/.well-known/acme-challenge/token-1"
    there = fetch(w, port, path, "a.test", tls=tls)
    w.challenges("/del-http01", {"token": "token-1"})
    return {"there": there, "gone": fetch(w, port, path, "a.test", tls=tls)}


@each("challtestsrv over HTTP at {}", {path: path for path in (
    "/", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/unknown", "/other",
)})  # fmt: skip
def elsewhere(w, path):
    return fetch(w, "http", path, "a.test", tls=False)


@interaction("challtestsrv: a redirect")
def redirect(w):
    w.challenges("/add-redirect", {"path": "/from", "targetURL": "https://b.test/to"})
    there = fetch(w, "http", "/from", "a.test", tls=False)
    w.challenges("/del-redirect", {"path": "/from"})
    return {"there": there, "gone": fetch(w, "http", "/from", "a.test", tls=False)}


@interaction("challtestsrv: history of HTTP", newer={"/events": [
    {"URL": "/one?a=b", "Host": "<name>:80", "HTTPS": "False", "ServerName": "", "UserAgent": "pebble-parity"},
    {"URL": "/two", "Host": "<name>", "HTTPS": "True", "ServerName": "localhost", "UserAgent": "pebble-parity"},
]})  # fmt: skip
def http_history(w):
    name = w.name()
    fetch(w, "http", "/one?a=b", f"{name}:80", tls=False)
    fetch(w, "https", "/two", name)
    history = [
        {key: str(value).replace(name, "<name>") for key, value in event.items()}
        for event in json.loads(w.challenges("/http-request-history", {"host": name}).body)
    ]
    w.challenges("/clear-request-history", {"host": name, "type": "http"})
    return {"events": w.say.value(history), "cleared": w.challenges("/http-request-history", {"host": name}).json}


@each("challtestsrv: clear-request-history of {}", {kind: kind for kind in ("dns", "tlsalpn", "tlsalpn01", "nothing", "")})
def clear_history(w, kind):
    return w.say.answer(w.challenges("/clear-request-history", {"host": w.name(), "type": kind}))


# What it answers over TLS


def presented(w, name, *protocols):
    raw = socket.create_connection(("127.0.0.1", w.ports["tls"]), wire.DEADLINE)
    with wire.tls_context(*protocols).wrap_socket(raw, server_hostname=name) as connection:
        return connection.selected_alpn_protocol(), x509.load_der_x509_certificate(connection.getpeercert(True))


@interaction("challtestsrv: the certificate of tls-alpn-01")
def alpn(w):
    name = w.name()
    w.challenges("/add-tlsalpn01", {"host": name, "content": "content"})
    protocol, certificate = presented(w, name, "acme-tls/1")
    said = w.say.certificate(certificate, [name])
    value = next(one for one in certificate.extensions if one.oid.dotted_string == "1.3.6.1.5.5.7.1.31")
    return {"protocol": protocol, "critical": value.critical, "names": said["extensions"]["subjectAltName"],
            "digest": value.value.value[2:] == hashlib.sha256(b"content").digest()}  # fmt: skip


@each("challtestsrv: TLS for {}", {"a name that is not there": ("acme-tls/1",), "http/1.1": ("http/1.1",), "nothing": (),
                                    "two protocols": ("acme-tls/1", "h2")})  # fmt: skip
def no_alpn(w, protocols):
    name = w.name()
    if protocols != ("acme-tls/1",):
        w.challenges("/add-tlsalpn01", {"host": name, "content": "content"})
    try:
        return {"protocol": presented(w, name, *protocols)[0]}
    except (ssl.SSLError, ConnectionError):
        return {"protocol": "the handshake fails"}


# What it answers over DNS


def ask(w, name, kind, over="udp"):
    query = wire.dns_query(name, kind)
    if over == "udp":
        message = wire.ask_udp(w.ports["dns"], query)
    elif over == "tcp":
        message = wire.ask_tcp(w.ports["dns"], query)
    else:
        fields = {"Content-Type": "application/dns-message"}
        answer = wire.exchange(w.ports["doh"], "POST", "/dns-query", fields, query)
        message = wire.dns_message(answer.body)
    return {"rcode": message.rcode, "flags": message.flags, "question": message.question.replace(name, "<name>"),
            "answers": sorted(one.replace(name, "<name>") for one in message.answers),
            "authorities": message.authorities}  # fmt: skip


@each("DNS: unknown name, {}", {kind: kind for kind in (
    "A", "AAAA", "TXT", "CAA", "CNAME", "NS", "SOA", "MX", "SRV", "PTR", "HTTPS", "ANY")})  # fmt: skip
def unknown(w, kind):
    return ask(w, w.name() + ".", kind)


@each("DNS: over {}", {"TCP": "tcp", "UDP": "udp"})
def transport(w, over):
    name = w.name() + "."
    w.challenges("/add-a", {"host": name, "addresses": ["10.0.0.1", "10.0.0.2"]})
    return ask(w, name, "A", over)


@interaction("DNS: over HTTPS", "defaults", golden={"rcode": "NOERROR", "answers": ["<name> 0 A 10.0.0.1"]})
def over_https(w):
    name = w.name() + "."
    w.challenges("/add-a", {"host": name, "addresses": ["10.0.0.1"]})
    said = ask(w, name, "A", "https")
    return {"rcode": said["rcode"], "answers": said["answers"]}


@interaction("DNS: over HTTPS by GET", "defaults", golden={"status": 405})
def over_https_get(w):
    return {"status": wire.exchange(w.ports["doh"], "GET", "/dns-query").status}


@interaction("DNS: over HTTPS, no message", "defaults", golden={"status": 400})
def over_https_garbage(w):
    fields = {"Content-Type": "application/dns-message"}
    return {"status": wire.exchange(w.ports["doh"], "POST", "/dns-query", fields, b"x").status}


@interaction("DNS: AAAA")
def aaaa(w):
    name = w.name() + "."
    w.challenges("/add-aaaa", {"host": name, "addresses": ["2001:db8::1"]})
    first = ask(w, name, "AAAA")
    w.challenges("/clear-aaaa", {"host": name})
    return {"set": first, "cleared": ask(w, name, "AAAA")}


@interaction("DNS: A set and cleared")
def a(w):
    name = w.name() + "."
    w.challenges("/add-a", {"host": name, "addresses": ["10.0.0.1"]})
    w.challenges("/add-a", {"host": name, "addresses": ["10.0.0.2"]})
    first = ask(w, name, "A")
    w.challenges("/clear-a", {"host": name})
    return {"set": first, "cleared": ask(w, name, "A")}


@interaction("DNS: TXT of 300 octets", "defaults", golden={"lengths": [255, 45]})
def long_txt(w):
    name = w.name() + "."
    w.challenges("/set-txt", {"host": name, "value": "a" * 300})
    return {"lengths": [len(text) for text in json.loads(ask(w, name, "TXT", "tcp")["answers"][0].split(" TXT ")[1])]}


@interaction("DNS: TXT, two values")
def txt(w):
    name = w.name() + "."
    w.challenges("/set-txt", {"host": name, "value": "one"})
    w.challenges("/set-txt", {"host": name, "value": "two"})
    first = ask(w, name, "TXT")
    w.challenges("/clear-txt", {"host": name})
    return {"set": first, "cleared": ask(w, name, "TXT")}


@interaction("DNS: the same TXT twice")
def same_txt(w):
    name = w.name() + "."
    for _ in range(2):
        w.challenges("/set-txt", {"host": name, "value": "one"})
    return ask(w, name, "TXT")


@interaction("DNS: CAA")
def caa(w):
    name = w.name() + "."
    policies = [{"tag": "issue", "value": "ca.test"}, {"tag": "iodef", "value": "mailto:a@a.test"}]
    w.challenges("/add-caa", {"host": name, "policies": policies})
    first = ask(w, name, "CAA")
    w.challenges("/clear-caa", {"host": name})
    return {"set": first, "cleared": ask(w, name, "CAA")}


@each("DNS: through a CNAME, {}", {kind: kind for kind in ("A", "AAAA", "TXT", "CNAME", "CAA", "MX")})
def cname(w, kind):
    name, target = w.name() + ".", w.name() + "."
    w.challenges("/set-cname", {"host": name, "target": target})
    w.challenges("/add-a", {"host": target, "addresses": ["10.0.0.1"]})
    w.challenges("/set-txt", {"host": target, "value": "text"})
    said = ask(w, name, kind)
    return {key: [one.replace(target, "<target>") for one in value] if key == "answers" else value
            for key, value in said.items()}  # fmt: skip


@interaction("DNS: through two CNAMEs")
def two_cnames(w):
    first, second, third = (w.name() + "." for _ in range(3))
    w.challenges("/set-cname", {"host": first, "target": second})
    w.challenges("/set-cname", {"host": second, "target": third})
    w.challenges("/add-a", {"host": third, "addresses": ["10.0.0.1"]})
    said = ask(w, first, "A")
    return {"answers": [one.replace(second, "<second>").replace(third, "<third>") for one in said["answers"]]}


@each("DNS: SERVFAIL, {}", {kind: kind for kind in ("A", "TXT", "CAA", "MX")})
def servfail(w, kind):
    name = w.name() + "."
    w.challenges("/set-servfail", {"host": name})
    first = ask(w, name, kind)
    w.challenges("/clear-servfail", {"host": name})
    return {"set": first, "cleared": ask(w, name, kind)["rcode"]}


@interaction("DNS: SERVFAIL below a name")
def servfail_below(w):
    name = w.name() + "."
    w.challenges("/set-servfail", {"host": name})
    return {"rcode": ask(w, "www." + name, "A")["rcode"]}


@interaction("DNS: SERVFAIL of a target")
def servfail_target(w):
    name, target = w.name() + ".", w.name() + "."
    w.challenges("/set-cname", {"host": name, "target": target})
    w.challenges("/set-servfail", {"host": target})
    return {"rcode": ask(w, name, "A")["rcode"]}


@interaction("DNS: a name in capitals")
def capitals(w):
    name = w.name() + "."
    w.challenges("/set-txt", {"host": name, "value": "text"})
    said = ask(w, name.upper(), "TXT")
    return {"rcode": said["rcode"], "question": said["question"], "found": bool(said["answers"])}


@interaction("DNS: a record set without final dot")
def without_dot(w):
    name = w.name()
    w.challenges("/set-txt", {"host": name, "value": "text"})
    return {"found": bool(ask(w, name + ".", "TXT")["answers"])}


@interaction("DNS: another default")
def default(w):
    w.challenges("/set-default-ipv4", {"ip": "10.9.9.9"})
    w.challenges("/set-default-ipv6", {"ip": "2001:db8::9"})
    name = w.name() + "."
    said = {"A": ask(w, name, "A")["answers"], "AAAA": ask(w, name, "AAAA")["answers"]}
    w.challenges("/set-default-ipv4", {"ip": ""})
    said["none"] = ask(w, w.name() + ".", "A")["answers"]
    w.challenges("/set-default-ipv4", {"ip": "127.0.0.1"})
    w.challenges("/set-default-ipv6", {"ip": ""})
    return said


@interaction("DNS: history", newer={"/events": [
    json.dumps({"Question": {"Name": "<name>.", "Qtype": kind, "Qclass": 1}, "UserAgent": ""}) for kind in (1, 16)
]})  # fmt: skip
def history(w):
    name = w.name()
    ask(w, name + ".", "A")
    ask(w, name + ".", "TXT", "tcp")
    events = json.loads(w.challenges("/dns-request-history", {"host": name}).body)
    w.challenges("/clear-request-history", {"host": name, "type": "dns"})
    return {"events": [json.dumps(event).replace(name, "<name>") for event in events],
            "cleared": w.challenges("/dns-request-history", {"host": name}).json}  # fmt: skip
