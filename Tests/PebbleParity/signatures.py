"""What is wrong with a signed request (RFC 8555 §6), and with account keys."""

import json

import wire
from interactions import each, interaction

JOSE = {"Content-Type": "application/jose+json"}


@each("JWS: Content-Type {}", {
    "missing": None, "application/json": "application/json", "with charset": "application/jose+json; charset=utf-8",
    "in capitals": "Application/JOSE+JSON", "text": "text/plain",
})  # fmt: skip
def content_type(w, kind):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True}, fields={"Content-Type": kind}))


@interaction("JWS: with the header field Replay-Nonce")
def nonce_field(w):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {}, fields={"Replay-Nonce": w.nonce()}))


@each("JWS: body {}", {
    "empty": b"", "not JSON": b"hello", "an array": b"[]", "a number": b"1", "an empty object": b"{}", "null": b"null",
    "compact": b"eyJhIjoxfQ.e30.AAAA", "cut off": b'{"protected": "',
})  # fmt: skip
def body(w, content):
    return w.say.answer(w.acme("POST", "/order-plz", JOSE, content))


@each("JWS: envelope {}", {
    "with header": {"header": {"kid": "1"}}, "with an empty header": {"header": {}},
    "with signatures": {"signatures": []},
    "with signatures and one in them": {"signatures": [{"signature": "AAAA"}]},
    "without signature": {"signature": None}, "with an empty signature": {"signature": ""},
    "without payload": {"payload": None}, "without protected": {"protected": None},
    "with an unknown member": {"more": 1}, "with protected not in base64url": {"protected": "{}"},
    "with protected no JSON": {"protected": wire.b64(b"hello")}, "with protected an array": {"protected": wire.b64(b"[]")},
    "with a signature with padding": {"signature": "AAA="},
})  # fmt: skip
def envelope(w, changes):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True}, envelope=changes))


UNSUPPORTED = {
    "/status": 400, "/body/type": "urn:ietf:params:acme:error:badSignatureAlgorithm", "/body/status": 400,
    "/body/detail": "JWS header contained unsupported algorithm, supported algorithms are: [RS256 ES256 ES384 ES512]",
}  # fmt: skip
OTHERS = {name or "that is empty": name for name in ("none", "HS256", "RS512", "PS256", "ES256K", "EdDSA", "", "unknown")}


@each("JWS: algorithm {}", OTHERS, newer={name: UNSUPPORTED for name in OTHERS})
def unsupported_algorithm(w, name):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True}, header={"alg": name}))


@each("JWS: algorithm {}, which is not the key's", {name: name for name in ("RS256", "ES384", "ES512")})
def foreign_algorithm(w, name):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True}, header={"alg": name}))


@interaction("JWS: algorithm missing", newer=UNSUPPORTED)
def no_algorithm(w):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {}, header={"alg": None}))


@each("JWS: newAccount {}", {
    "without jwk": {"jwk": None}, "with jwk no object": {"jwk": "x"}, "with jwk empty": {"jwk": {}},
    "with jwk of an unknown type": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "with jwk off the curve": {"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}},
    "with jwk and kid": {"kid": "1"}, "without url": {"url": None}, "without nonce": {"nonce": None},
    "with an empty nonce": {"nonce": ""}, "with an unknown nonce": {"nonce": "A" * 22},
    "with a nonce not in base64url": {"nonce": "a b"}, "with crit": {"crit": ["exp"], "exp": 1}, "with typ": {"typ": "JWT"},
})  # fmt: skip
def header(w, changes):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True}, header=changes))


@each("JWS: newOrder with kid {}", {
    "that is a number": "1", "of another server": "https://other.example/my-account/1", "that is empty": "",
    "of no account": "{}/my-account/123", "by a path": "/my-account/1", "of another resource": "{}/my-order/1",
})  # fmt: skip
def key_identifier(w, kid):
    url = kid.format(f"https://127.0.0.1:{w.ports['acme']}")
    payload = {"identifiers": [{"type": "dns", "value": w.name()}]}
    return w.say.answer(w.post("/order-plz", wire.Key(), payload, header={"jwk": None, "kid": url}))


@interaction("JWS: newOrder with jwk")
def order_with_key(w):
    account = w.account()
    return w.say.answer(w.post("/order-plz", account.key, {"identifiers": [{"type": "dns", "value": w.name()}]}))


@interaction("JWS: newOrder with jwk and kid")
def order_with_both(w):
    account = w.account()
    return w.say.answer(account.post("/order-plz", {}, header={"jwk": account.key.jwk}))


@interaction("JWS: newOrder with neither jwk nor kid")
def order_with_neither(w):
    return w.say.answer(w.account().post("/order-plz", {}, header={"kid": None}))


@interaction("JWS: newAccount with kid")
def account_with_kid(w):
    account = w.account()
    return w.say.answer(account.post("/sign-me-up", {"termsOfServiceAgreed": True}))


@interaction("JWS: signed by another key")
def other_key(w):
    account = w.account()
    return w.say.answer(w.post("/order-plz", wire.Key(), {"identifiers": []}, account=account.url))


@interaction("JWS: signed by a key of another type")
def other_type(w):
    account = w.account()
    return w.say.answer(w.post("/order-plz", wire.Key("RS256"), {"identifiers": []}, account=account.url))


@each("JWS: url {}", {
    "of another resource": "https://127.0.0.1:{}/sign-me-up", "of another host": "https://localhost:{}/order-plz",
    "with http": "http://127.0.0.1:{}/order-plz", "with a query": "https://127.0.0.1:{}/order-plz?a",
    "with a slash more": "https://127.0.0.1:{}/order-plz/", "empty": "", "a path": "/order-plz",
})  # fmt: skip
def url(w, pattern):
    account = w.account()
    wrong = pattern.format(w.ports["acme"])
    return w.say.answer(account.post("/order-plz", {"identifiers": []}, header={"url": wrong}))


@interaction("JWS: a nonce twice")
def nonce_twice(w):
    account, nonce = w.account(), w.nonce()
    payload = {"identifiers": [{"type": "dns", "value": w.name()}]}
    first = account.post("/order-plz", payload, header={"nonce": nonce})
    second = account.post("/order-plz", payload, header={"nonce": nonce})
    return {"first": first.status, "second": w.say.answer(second)}


@interaction("JWS: a nonce of a request with a wrong url")
def nonce_after_url(w):
    account, nonce = w.account(), w.nonce()
    account.post("/order-plz", {}, header={"nonce": nonce, "url": "https://127.0.0.1/x"})
    answer = account.post("/order-plz", {"identifiers": [{"type": "dns", "value": w.name()}]}, header={"nonce": nonce})
    return {"status": answer.status}


@interaction("JWS: a nonce of a request with a bad signature")
def nonce_after_signature(w):
    account, nonce = w.account(), w.nonce()
    w.post("/order-plz", wire.Key(), {}, account=account.url, header={"nonce": nonce})
    answer = account.post("/order-plz", {"identifiers": [{"type": "dns", "value": w.name()}]}, header={"nonce": nonce})
    return {"status": answer.status}


@each("JWS: payload of newOrder {}", {
    "empty": None, "not JSON": b"hello", "an array": b"[]", "null": b"null", "a text": b'"x"',
    "with a trailing comma": b'{"identifiers": [],}', "with the same member twice": b'{"identifiers": 1, "identifiers": []}',
})  # fmt: skip
def payload(w, content):
    return w.say.answer(w.account().post("/order-plz", content))


@each("JWS: payload that is not empty where it has to be, {}", {"an object": {}, "an array": [], "null": b"null"})
def not_post_as_get(w, content):
    account = w.account()
    order = account.order(w.name())
    return w.say.answer(account.post(order.field("Location"), content))


@each("JWS: account key {}", {name: name for name in ("ES256", "ES384", "ES512", "RS256")})
def account_key(w, name):
    return w.say.answer(w.account(name).answer)


@each("strict: resource {}", {
    "in newOrder": ("/order-plz", "new-order"), "in newAccount": ("/sign-me-up", "new-reg"),
}, "strict")  # fmt: skip
def resource(w, case):
    path, value = case
    if path == "/sign-me-up":
        return w.say.answer(w.post(path, wire.Key(), {"termsOfServiceAgreed": True, "resource": value}))
    identifiers = [{"type": "dns", "value": w.name()}]
    answer = w.account().post(path, {"identifiers": identifiers, "resource": value})
    return w.say.answer(answer) if answer.status != 201 else {"status": 201}


@interaction("not strict: resource in newOrder")
def lenient_resource(w):
    identifiers = [{"type": "dns", "value": w.name()}]
    return {"status": w.account().post("/order-plz", {"identifiers": identifiers, "resource": "new-order"}).status}


@each("strict: response {}", {
    "of an empty object": b"{}", "with a blank": b"{ }", "with a member": b'{"type": "http-01"}',
    "with keyAuthorization": b'{"keyAuthorization": "x"}', "empty": b"",
}, "strict")  # fmt: skip
def strict_response(w, content):
    account = w.account()
    _, _, _, authorization = account.authorization(w.name())
    answer = account.post(authorization["challenges"][0]["url"], content)
    said = w.say.answer(answer)
    return said if answer.status != 200 else {"status": 200}


@interaction("rejecting: every nonce is bad", "reject")
def rejected(w):
    answer = w.post("/sign-me-up", wire.Key(), {"termsOfServiceAgreed": True})
    return w.say.answer(answer)


@interaction("rejecting: the nonce of a refusal is bad too", "reject")
def rejected_again(w):
    key = wire.Key()
    first = w.post("/sign-me-up", key, {"termsOfServiceAgreed": True})
    second = w.post("/sign-me-up", key, {"termsOfServiceAgreed": True}, header={"nonce": first.field("Replay-Nonce")})
    return {"first": first.json["type"], "second": json.loads(second.body)["type"]}
