"""Orders and authorizations (RFC 8555 §7.4, §7.5), identifiers, and finalize up to the CSR."""

import wire
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from interactions import ABSENT, each, interaction
from servers import challenge_of


def named(said, *names):
    """An observation with the names of this run replaced."""
    if isinstance(said, dict):
        return {key: named(value, *names) for key, value in said.items()}
    if isinstance(said, list):
        return [named(value, *names) for value in said]
    if isinstance(said, str):
        for place, name in enumerate(names):
            said = said.replace(name, f"<name {place}>").replace(name.upper(), f"<NAME {place}>")
    return said


@interaction("order: one name")
def one(w):
    name = w.name()
    return named(w.say.answer(w.account().order(name)), name)


@interaction("order: read")
def read(w):
    name, account = w.name(), w.account()
    return named(w.say.answer(account.post(account.order(name).field("Location"))), name)


@interaction("order: two names")
def two(w):
    names = w.name(), w.name()
    said = w.say.answer(w.account().order(*names))
    return named(said, *names) | {"authorizations": len(said["body"]["authorizations"])}


@interaction("order: in capitals")
def capitals(w):
    name = w.name()
    return named(w.say.answer(w.account().order(name.upper()))["body"], name)


@interaction("order: a name twice")
def twice(w):
    name = w.name()
    said = w.say.answer(w.account().order(name, name.upper()))["body"]
    return {"identifiers": len(said["identifiers"]), "authorizations": len(said["authorizations"])}


@interaction("order: a wildcard and its name")
def wildcard(w):
    name = w.name()
    said = w.say.answer(w.account().order("*." + name, name))["body"]
    return named({"identifiers": said["identifiers"]}, name) | {"authorizations": len(said["authorizations"])}


@each("order: address {}", {address: address for address in ("127.0.0.1", "::1", "2001:db8::0:1", "010.0.0.1", "1.2.3")})
def address(w, value):
    return w.say.answer(w.account().order({"type": "ip", "value": value}))


NAMES = {
    "empty": "", "of one label": "host", "with an underscore": "_a.example.test", "with a final dot": "a.example.test.",
    "a bare star": "*", "with two stars": "*.*.example.test", "with a star inside": "a.*.example.test",
    "with part of a star": "a*.example.test", "an address": "127.0.0.1", "with a blank": "a b.example.test",
    "with a long label": "a" * 64 + ".example.test", "too long": ".".join(["abcdefgh"] * 30) + ".test",
    "with an empty label": "a..example.test", "beginning with a dot": ".example.test", "not in ASCII": "ü.example.test",
    "in punycode": "xn--tda.example.test", "beginning with a hyphen": "-a.example.test", "with a port": "a.test:80",
    "of onion": "a.onion", "an address with brackets": "[::1]", "with a slash": "a/b.test", "a public suffix": "com",
}  # fmt: skip


@each("order: name {}", NAMES)
def name(w, value):
    return w.say.answer(w.account().order({"type": "dns", "value": value}))


@each("order: payload {}", {
    "without identifiers": {}, "with no identifier": {"identifiers": []}, "with identifiers null": {"identifiers": None},
    "with an identifier without type": {"identifiers": [{"value": "a.example.test"}]},
    "with an identifier without value": {"identifiers": [{"type": "dns"}]},
    "with an unknown type": {"identifiers": [{"type": "email", "value": "a@example.test"}]},
    "with identifiers as texts": {"identifiers": ["a.example.test"]},
    "with a good and a bad name": {"identifiers": [{"type": "dns", "value": "a.example.test"},
                                                   {"type": "dns", "value": "a b"}]},
    "with two bad names": {"identifiers": [{"type": "dns", "value": "b c"}, {"type": "dns", "value": "a b"}]},
})  # fmt: skip
def payload(w, value):
    return w.say.answer(w.account().post("/order-plz", value))


@each("order: dates {}", {
    "good": {"notBefore": "2030-01-01T00:00:00Z", "notAfter": "2030-02-01T00:00:00Z"},
    "notAfter alone": {"notAfter": "2030-02-01T00:00:00Z"},
    "the wrong way round": {"notBefore": "2030-02-01T00:00:00Z", "notAfter": "2030-01-01T00:00:00Z"},
})  # fmt: skip
def dates(w, members):
    answer = w.account().order(w.name(), **members)
    body = answer.json
    return {"status": answer.status, "notBefore": body.get("notBefore"), "notAfter": body.get("notAfter"),
            "type": body.get("type")}  # fmt: skip


@each("unknown {}", {
    "order": "/my-order/nothing", "authorization": "/authZ/nothing", "challenge": "/chalZ/nothing",
    "certificate": "/certZ/nothing", "order to finalize": "/finalize-order/nothing", "account": "/my-account/nothing",
})  # fmt: skip
def unknown(w, path):
    payload = {"csr": ""} if "finalize" in path else None
    return w.say.answer(w.account().post(path, payload))


@each("of another account: {}", {
    "order": lambda order, authorization: order[0],
    "authorization": lambda order, authorization: order[1]["authorizations"][0],
    "challenge": lambda order, authorization: authorization["challenges"][0]["url"],
    "finalize": lambda order, authorization: order[1]["finalize"],
})  # fmt: skip
def of_another(w, choose):
    location, order, _, authorization = w.account().authorization(w.name())
    url = choose((location, order), authorization)
    return w.say.answer(w.account().post(url, {"csr": ""} if url == order["finalize"] else None))


@interaction("response to a challenge of another account")
def respond_to_another(w):
    _, _, _, authorization = w.account().authorization(w.name())
    return w.say.answer(w.account().post(authorization["challenges"][0]["url"], {}))


# Authorizations


def kinds(authorization):
    return sorted(challenge["type"] for challenge in authorization["challenges"])


ALL = ["dns-01", "dns-account-01", "dns-persist-01", "http-01", "tls-alpn-01"]


@interaction("authorization: pending", newer={"/challenges": ALL})
def pending(w):
    name, account = w.name(), w.account()
    url = account.order(name).json["authorizations"][0]
    said = named(w.say.answer(account.post(url)), name)
    return said | {"challenges": kinds(said["body"]), "body": said["body"] | {"challenges": None}}


@interaction("authorization: challenges", )
def challenges(w):
    _, _, _, authorization = w.account().authorization(w.name())
    known = [one for one in authorization["challenges"] if one["type"] in ("http-01", "dns-01", "tls-alpn-01")]
    return {"challenges": w.say.value(known), "tokens": len({one["token"] for one in known})}


@interaction("authorization: wildcard", newer={"/challenges": ["dns-01", "dns-account-01", "dns-persist-01"]})
def wildcard_authorization(w):
    name, account = w.name(), w.account()
    url = account.order("*." + name).json["authorizations"][0]
    said = named(w.say.answer(account.post(url))["body"], name)
    return said | {"challenges": kinds(said)}


@interaction("authorization: address")
def address_authorization(w):
    _, _, _, authorization = w.account().authorization("127.0.0.1")
    return {"identifier": authorization["identifier"], "challenges": kinds(authorization)}


@interaction("authorization: a dns-persist-01 challenge", "modern", golden={
    "members": ["accounturi", "issuer-domain-names", "status", "type", "url"], "issuer-domain-names": ["ca.example"],
    "accounturi is the account": True,
})  # fmt: skip
def persist(w):
    account = w.account()
    _, _, _, authorization = account.authorization(w.name())
    challenge = challenge_of(authorization, "dns-persist-01")
    return {"members": sorted(challenge), "issuer-domain-names": challenge["issuer-domain-names"],
            "accounturi is the account": challenge["accounturi"] == account.url}  # fmt: skip


@interaction("authorization: deactivated")
def deactivated(w):
    account = w.account()
    location, _, url, _ = account.authorization(w.name())
    first = account.post(url, {"status": "deactivated"})
    return {"first": {"status": first.status, "authorization": first.json["status"]},
            "again": account.post(url, {"status": "deactivated"}).status,
            "read": account.post(url).json["status"], "order": account.post(location).json["status"]}  # fmt: skip


@each("authorization: update {}", {
    "to valid": {"status": "valid"}, "of nothing": {}, "to a number": {"status": 1}, "not JSON": b"hello",
})  # fmt: skip
def update(w, payload):
    account = w.account()
    _, _, url, _ = account.authorization(w.name())
    return w.say.answer(account.post(url, payload))


@interaction("authorization: valid ones are reused", "chains")
def reuse(w):
    account, name = w.account(), w.name()
    _, order = account.ready_order(name)
    again = account.order(name).json
    return {"status": again["status"], "same": again["authorizations"] == order["authorizations"]}


@interaction("authorization: valid ones are not reused")
def no_reuse(w):
    account, name = w.account(), w.name()
    account.ready_order(name)
    return {"status": account.order(name).json["status"]}


@interaction("order: a blocked name", "modern", golden={
    "status": 400, "type": "urn:ietf:params:acme:error:rejectedIdentifier", "subproblems": 1,
})  # fmt: skip
def blocked(w):
    answer = w.account().order("www.blocked-domain.example")
    return {"status": answer.status, "type": answer.json["type"], "subproblems": len(answer.json["subproblems"])}


@interaction("order: an end of a blocked name", "modern", golden={"status": 201})
def end_of_blocked(w):
    return {"status": w.account().order("example").status}


@interaction("order: an unknown profile", "modern", golden={
    "status": 400, "type": "urn:ietf:params:acme:error:invalidProfile"})  # fmt: skip
def unknown_profile(w):
    answer = w.account().order(w.name(), profile="nothing")
    return {"status": answer.status, "type": answer.json["type"]}


@interaction("order: a profile", "modern", golden={"status": 201, "profile": "shortlived"})
def profile(w):
    answer = w.account().order(w.name(), profile="shortlived")
    return {"status": answer.status, "profile": answer.json.get("profile")}


@interaction("order: no profile", "modern", golden={"status": 201, "one of them": True})
def no_profile(w):
    answer = w.account().order(w.name())
    return {"status": answer.status, "one of them": answer.json.get("profile") in ("default", "shortlived")}


# Finalize, and what CSRs ask for


@interaction("finalize: pending")
def not_ready(w):
    account, name = w.account(), w.name()
    order = account.order(name).json
    return w.say.answer(account.finalize(order, wire.signing_request([name])))


@interaction("finalize: ready", newer={"/Location": ABSENT})
def finalize(w):
    account, name = w.account(), w.name()
    _, order = account.ready_order(name)
    said = named(w.say.answer(account.finalize(order, wire.signing_request([name]))), name)
    # It may be done by the time that it is written down.
    said["body"].pop("certificate", None)
    said.pop("Retry-After", None)
    said["body"]["status"] = {"valid": "processing"}.get(said["body"]["status"], said["body"]["status"])
    return said


@interaction("finalize: twice")
def finalize_twice(w):
    account, name = w.account(), w.name()
    location, order = account.ready_order(name)
    account.finalize(order, wire.signing_request([name]))
    account.until(location, ("valid", "invalid"))
    return w.say.answer(account.finalize(order, wire.signing_request([name])))


@interaction("order: valid")
def valid(w):
    account, name = w.account(), w.name()
    location, _, _ = account.certificate(name)
    return named(w.say.answer(account.post(location)), name)


@each("finalize: CSR {}", {
    "missing": {}, "empty": {"csr": ""}, "not base64url": {"csr": "a b"}, "a number": {"csr": 1},
    "not a CSR": {"csr": "AAAA"}, "in PEM": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
})  # fmt: skip
def csr_form(w, payload):
    account, name = w.account(), w.name()
    _, order = account.ready_order(name)
    return w.say.answer(account.post(order["finalize"], payload))


def refused_or_issued(w, account, location, answer, *names):
    """The refusal, or whom the certificate is for; whether its subject names them is a matter of the profile."""
    said = named(w.say.answer(answer), *names)
    if answer.status != 200:
        return said
    order = account.until(location, ("valid", "invalid")).json
    if order["status"] != "valid":
        return {"status": 200, "order": order["status"]}
    leaf = x509.load_pem_x509_certificate(account.post(order["certificate"]).body)
    values = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {"status": 200, "names": named(sorted(str(value.value) for value in values), *names)}


REQUESTS = {
    "with the name as common name": lambda name: wire.signing_request([name], common_name=name),
    "with the common name alone": lambda name: wire.signing_request([], common_name=name),
    "with another common name": lambda name: wire.signing_request([name], common_name="other.example.test"),
    "for another name": lambda name: wire.signing_request(["other.example.test"]),
    "for a name more": lambda name: wire.signing_request([name, "other.example.test"]),
    "for an address more": lambda name: wire.signing_request([name, "127.0.0.1"]),
    "for the wildcard": lambda name: wire.signing_request(["*." + name]),
    "without names": lambda name: wire.signing_request([]),
    "in capitals": lambda name: wire.signing_request([name.upper()]),
    "with the name twice": lambda name: wire.signing_request([name, name]),
    "with an e-mail address": lambda name: wire.signing_request([name], extra=[x509.RFC822Name("a@example.test")]),
    "with a URI": lambda name: wire.signing_request([name], extra=[x509.UniformResourceIdentifier("https://a.test/")]),
    "with must-staple": lambda name: wire.signing_request(
        [name], extensions=[x509.TLSFeature([x509.TLSFeatureType.status_request])]),
    "with a key usage": lambda name: wire.signing_request(
        [name], extensions=[x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])]),
    "for a CA": lambda name: wire.signing_request([name], extensions=[x509.BasicConstraints(True, None)]),
    "with SHA-384": lambda name: wire.signing_request([name], digest=hashes.SHA384),
    "with RSA": lambda name: wire.signing_request([name], rsa.generate_private_key(65537, 2048)),
    "with RSA of 1024 bits": lambda name: wire.signing_request([name], rsa.generate_private_key(65537, 1024)),
    "with a bad signature": lambda name: spoiled(wire.signing_request([name])),
    "with something behind it": lambda name: wire.signing_request([name]) + b"\0",
}  # fmt: skip


def spoiled(der):
    """The signature alone is changed, its form is not."""
    return der[:-1] + bytes([der[-1] ^ 1])


# Debian's does not look at the signature.
@each("finalize: CSR {}", REQUESTS, newer={"with a bad signature": {
    "/status": 400, "/Content-Type": "application/problem+json; charset=utf-8", "/names": ABSENT,
    "/Cache-Control": "public, max-age=0, no-cache", "/Link": ['<https://127.0.0.1:<acme>/dir>;rel="index"'],
    "/Replay-Nonce": "<nonce>", "/body/type": "urn:ietf:params:acme:error:badCSR",
    "/body/detail": "Bad signature on CSR", "/body/status": 400,
}})  # fmt: skip
def csr(w, make):
    account, name = w.account(), w.name()
    location, order = account.ready_order(name)
    answer = account.finalize(order, make(name))
    return refused_or_issued(w, account, location, answer, name)


@interaction("finalize: CSR with the key of the account")
def csr_account_key(w):
    account, name = w.account(), w.name()
    location, order = account.ready_order(name)
    answer = account.finalize(order, wire.signing_request([name], account.key.private))
    return refused_or_issued(w, account, location, answer, name)


@interaction("finalize: CSR with padding in base64")
def csr_padding(w):
    import base64

    account, name = w.account(), w.name()
    location, order = account.ready_order(name)
    der = wire.signing_request([name])
    while len(der) % 3 == 0:
        der = wire.signing_request([name], common_name="a" * (len(der) % 7 + 1))
    answer = account.post(order["finalize"], {"csr": base64.urlsafe_b64encode(der).decode()})
    return refused_or_issued(w, account, location, answer, name)


@interaction("finalize: a wildcard, its name, and an address")
def mixed(w):
    account, name = w.account(), w.name()
    w.challenges("/add-a", {"host": name + ".", "addresses": ["127.0.0.1"]})
    names = "*." + name, name
    location, order = account.ready_order(*names)
    answer = account.finalize(order, wire.signing_request(names))
    return refused_or_issued(w, account, location, answer, name)
