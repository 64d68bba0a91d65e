"""Accounts (RFC 8555 §7.3): contacts, terms, updates, external binding, key change, deactivation, orders lists."""

import wire
from interactions import ABSENT, each, interaction

AGREED = {"termsOfServiceAgreed": True}


@interaction("account: new")
def new(w):
    return w.say.answer(w.account().answer)


@interaction("account: known already")
def known(w):
    account = w.account(contact=["mailto:a@example.test"])
    return w.say.answer(w.post("/sign-me-up", account.key, AGREED | {"contact": ["mailto:b@example.test"]}))


@interaction("account: known already, terms not mentioned")
def known_without_terms(w):
    return {"status": w.post("/sign-me-up", w.account().key, {}).status}


@interaction("account: onlyReturnExisting finds it")
def existing(w):
    return w.say.answer(w.post("/sign-me-up", w.account().key, {"onlyReturnExisting": True}))


@interaction("account: onlyReturnExisting finds none")
def not_existing(w):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), AGREED | {"onlyReturnExisting": True}))


@each("account: terms {}", {
    "not mentioned": {}, "refused": {"termsOfServiceAgreed": False}, "no boolean": {"termsOfServiceAgreed": "yes"},
}, newer={
    name: {"/status": 403, "/body/type": "urn:ietf:params:acme:error:userActionRequired", "/body/status": 403}
    for name in ("not mentioned", "refused")
})  # fmt: skip
def terms(w, payload):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), payload))


CONTACTS = {
    "none": [], "one": ["mailto:a@example.test"], "two": ["mailto:a@example.test", "mailto:b@example.test"],
    "three": [f"mailto:{letter}@example.test" for letter in "abc"], "a telephone": ["tel:+1"], "an empty text": [""],
    "not an address": ["mailto:nobody"], "not in ASCII": ["mailto:ü@example.test"], "no URL": ["a@example.test"],
    "two in one": ["mailto:a@example.test,b@example.test"], "with header fields": ["mailto:a@example.test?subject=x"],
    "with a name": ["mailto:A <a@example.test>"], "a number": [1], "a text": "mailto:a@example.test", "null": None,
}  # fmt: skip


@each("account: contact {}", CONTACTS)
def contact(w, value):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), AGREED | {"contact": value}))


@each("account: contact is changed to {}", {name: CONTACTS[name] for name in ("none", "two", "three", "a telephone")})
def changed_contact(w, value):
    account = w.account(contact=["mailto:a@example.test"])
    first = account.post(account.url, {"contact": value})
    return {"change": w.say.answer(first), "after": w.say.answer(account.post(account.url))["body"]}


@each("account: update {}", {
    "of nothing": {}, "to an unknown status": {"status": "happy"}, "to revoked": {"status": "revoked"},
    "to valid": {"status": "valid"}, "of terms": AGREED, "of orders": {"orders": "https://example.test"},
    "as an array": [],
})  # fmt: skip
def update(w, payload):
    account = w.account()
    return w.say.answer(account.post(account.url, payload))


@interaction("account: read")
def read(w):
    account = w.account(contact=["mailto:a@example.test"])
    return w.say.answer(account.post(account.url))


@interaction("account: read by another")
def read_by_another(w):
    return w.say.answer(w.account().post(w.account().url))


@interaction("account: deactivated")
def deactivated(w):
    account = w.account()
    answer = account.post(account.url, {"status": "deactivated"})
    return {"deactivation": w.say.answer(answer), "read": w.say.answer(account.post(account.url)),
            "newOrder": w.say.answer(account.order(w.name()))}  # fmt: skip


@interaction("account: new with the key of a deactivated one")
def deactivated_key(w):
    account = w.account()
    account.post(account.url, {"status": "deactivated"})
    return w.say.answer(w.post("/sign-me-up", account.key, AGREED))


# Orders lists


@interaction("orders: none")
def no_orders(w):
    account = w.account()
    return w.say.answer(account.post(account.answer.json["orders"]))


@interaction("orders: two")
def two_orders(w):
    account = w.account()
    account.order(w.name())
    account.order(w.name())
    return w.say.answer(account.post(account.answer.json["orders"]))


def next_page(answer):
    for link in (answer.field("Link") or "").split(","):
        if 'rel="next"' in link:
            return link[link.index("<") + 1 : link.index(">")]
    return None


@interaction("orders: seven, on pages")
def seven_orders(w):
    account, sizes = w.account(), []
    for _ in range(7):
        account.order(w.name())
    url = account.answer.json["orders"]
    while url:
        answer = account.post(url)
        sizes.append(len(answer.json["orders"]))
        url = next_page(answer)
    return {"sizes": sizes}


@interaction("orders: three, two on a page", "chains")
def short_pages(w):
    account = w.account()
    for _ in range(3):
        account.order(w.name())
    answer = account.post(account.answer.json["orders"])
    return {"size": len(answer.json["orders"]), "next": bool(next_page(answer))}


@interaction("orders: of another account")
def orders_of_another(w):
    return w.say.answer(w.account().post(w.account().answer.json["orders"]))


@each("orders: page {}", {page: page for page in ("0", "1", "2", "9", "x", "-1")})
def page(w, number):
    account = w.account()
    account.order(w.name())
    return w.say.answer(account.post(f"{account.answer.json['orders']}/page/{number}"))


# Key change (RFC 8555 §7.3.5)


def change_key(w, account, new, *, header=None, payload=None, signer=None):
    url = w.url("/rollover-account-key")
    inner = {"alg": new.algorithm, "jwk": new.jwk, "url": url} | (header or {})
    inner = {key: value for key, value in inner.items() if value is not None}
    content = {"account": account.url, "oldKey": account.key.jwk} | (payload or {})
    return account.post("/rollover-account-key", wire.jws(signer or new, inner, content))


@interaction("key change: to a new key")
def key_change(w):
    account, key = w.account(), wire.Key("ES384")
    answer = change_key(w, account, key)
    old = account.order(w.name())
    new = w.post("/order-plz", key, {"identifiers": [{"type": "dns", "value": w.name()}]}, account=account.url)
    return {"change": w.say.answer(answer), "old": w.say.answer(old), "new": new.status,
            "lookup of old": w.post("/sign-me-up", account.key, {"onlyReturnExisting": True}).status,
            "lookup of new": w.post("/sign-me-up", key, {"onlyReturnExisting": True}).status}  # fmt: skip


@interaction("key change: to the same key")
def same_key(w):
    account = w.account()
    return w.say.answer(change_key(w, account, account.key))


@interaction("key change: to a key in use", newer={
    "/change/status": 200, "/change/body": "", "/change/Content-Type": ABSENT, "/change/body/type": ABSENT,
    "/change/body/detail": ABSENT, "/change/body/status": ABSENT,
})  # fmt: skip
def key_in_use(w):
    account, other = w.account(), w.account()
    answer = change_key(w, account, other.key)
    return {"change": w.say.answer(answer), "old": account.order(w.name()).status}


@each("key change: {}", {
    "for another account": {"payload": {"account": "https://127.0.0.1/my-account/1"}},
    "without an account": {"payload": {"account": ""}},
    "with another old key": {"payload": {"oldKey": wire.Key().jwk}},
    "without an old key": {"payload": {"oldKey": None}},
    "inner url another": {"header": {"url": "https://127.0.0.1/x"}}, "inner url missing": {"header": {"url": None}},
    "inner jwk missing": {"header": {"jwk": None}},
    "inner kid": {"header": {"kid": "1"}}, "inner nonce": {"header": {"nonce": "AAAA"}},
    "inner signature by another": {"signer": wire.Key()}, "inner algorithm none": {"header": {"alg": "none"}},
})  # fmt: skip
def key_change_fault(w, options):
    return w.say.answer(change_key(w, w.account(), wire.Key(), **options))


@each("key change: payload {}", {"an empty object": {}, "empty": None, "not JSON": b"hello"})
def key_change_payload(w, payload):
    return w.say.answer(w.account().post("/rollover-account-key", payload))


# External accounts (RFC 8555 §7.3.4)

MAC_KEY = wire.unb64("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")


def bound(w, key, *, mac=MAC_KEY, header=None, envelope=None, payload=None):
    protected = {"alg": "HS256", "kid": "kid-1", "url": w.url("/sign-me-up")} | (header or {})
    protected = {name: value for name, value in protected.items() if value is not None}
    binding = wire.jws(mac, protected, payload or key.jwk) | (envelope or {})
    return w.post("/sign-me-up", key, AGREED | {"externalAccountBinding": binding})


@interaction("binding: directory says that it is required", "external")
def binding_required(w):
    return {"required": w.acme("GET", "/dir").json["meta"]["externalAccountRequired"]}


@interaction("binding: missing", "external")
def binding_missing(w):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), AGREED))


@interaction("binding: good", "external")
def binding_good(w):
    said = w.say.answer(bound(w, wire.Key()))
    if isinstance(said["body"].get("externalAccountBinding"), dict):
        said["body"]["externalAccountBinding"] = sorted(said["body"]["externalAccountBinding"])
    return said


@interaction("binding: one key for two accounts", "external")
def binding_twice(w):
    return {"first": bound(w, wire.Key()).status, "second": bound(w, wire.Key()).status}


@each("binding: {}", {
    "unknown kid": {"header": {"kid": "kid-9"}}, "no kid": {"header": {"kid": None}},
    "url another": {"header": {"url": "https://127.0.0.1/x"}}, "url missing": {"header": {"url": None}},
    "with a nonce": {"header": {"nonce": "AAAA"}}, "wrong MAC": {"mac": b"wrong key of more than 32 octets"},
    "another key in it": {"payload": wire.Key().jwk}, "algorithm ES256": {"header": {"alg": "ES256"}},
    "algorithm none": {"header": {"alg": "none"}}, "no key in it": {"payload": {"a": 1}},
}, "external")  # fmt: skip
def binding_fault(w, options):
    return w.say.answer(bound(w, wire.Key(), **options))


@each("binding: that is {}", {"null": None, "a text": "x", "an empty object": {}}, "external")
def binding_form(w, value):
    return w.say.answer(w.post("/sign-me-up", wire.Key(), AGREED | {"externalAccountBinding": value}))


@interaction("binding: given where none is required")
def binding_unrequired(w):
    return w.say.answer(bound(w, wire.Key()))
