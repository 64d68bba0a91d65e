"""Certificates, chains, revocation and renewal information."""

import json

import wire
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from interactions import ABSENT, each, interaction


def pem(text):
    return x509.load_pem_x509_certificates(text)


def der(certificate):
    return wire.b64(certificate.public_bytes(serialization.Encoding.DER))


# What the shipped configuration of 2.10 issues: three months, no common name, and so a critical subjectAltName.
@interaction("certificate: the leaf", newer={
    "/seconds": 7775999.0, "/subject": "", "/extensions/subjectAltName": "critical names <name 0>",
    "/extensions/keyUsage": "critical digital_signature", "/extensions/extendedKeyUsage": "serverAuth",
    "/extensions/subjectKeyIdentifier": ABSENT,
})  # fmt: skip
def leaf(w):
    name = w.name()
    _, _, chain = w.account().certificate(name)
    return w.say.certificate(pem(chain.body)[0], [name])


@interaction("certificate: the intermediate", newer={"/extensions/extendedKeyUsage": "serverAuth"})
def intermediate(w):
    _, _, chain = w.account().certificate(w.name())
    return w.say.certificate(pem(chain.body)[1], [])


@interaction("certificate: the root", newer={"/extensions/extendedKeyUsage": "serverAuth"})
def root(w):
    return w.say.certificate(pem(w.management("GET", "/roots/0").body)[0], [])


@interaction("certificate: with the URL of OCSP", "chains")
def ocsp(w):
    name = w.name()
    _, _, chain = w.account().certificate(name)
    said = w.say.certificate(pem(chain.body)[0], [name])
    return {"access": said["extensions"].get("authorityInfoAccess")}


@interaction("certificate: the answer")
def answer(w):
    _, _, chain = w.account().certificate(w.name())
    return w.say.answer(chain)


@interaction("certificate: its URL")
def url(w):
    _, order, _ = w.account().certificate(w.name())
    last = order["certificate"].rsplit("/", 1)[-1]
    return {"path": order["certificate"].rsplit("/", 2)[-2], "14 word characters or more": len(last) >= 14
            and last.replace("_", "").isalnum()}  # fmt: skip


@interaction("certificate: its URL is its serial number")
def url_serial(w):
    _, order, chain = w.account().certificate(w.name())
    # With or without zeros before it.
    return {"serial": order["certificate"].rsplit("/", 1)[-1].lstrip("0") == f"{pem(chain.body)[0].serial_number:x}"}


@interaction("certificate: the chain is in order")
def chain_order(w):
    _, _, chain = w.account().certificate(w.name())
    certificates = pem(chain.body) + pem(w.management("GET", "/roots/0").body)
    for subject, issuer in zip(certificates, certificates[1:]):
        subject.verify_directly_issued_by(issuer)
    return {"count": len(certificates)}


@interaction("certificate: names of the hierarchy")
def names(w):
    def common(certificate):
        name = certificate.subject.rfc4514_string()
        return name[:-6] + "<hex>" if all(letter in "0123456789abcdef" for letter in name[-6:]) else name

    return {"root": common(pem(w.management("GET", "/roots/0").body)[0]),
            "intermediate": common(pem(w.management("GET", "/intermediates/0").body)[0])}  # fmt: skip


@each("certificate: asked for as {}", {kind: kind for kind in (
    "application/pem-certificate-chain", "application/pkix-cert", "application/pkcs7-mime", "*/*", "text/html")})  # fmt: skip
def accept(w, kind):
    account = w.account()
    _, order, _ = account.certificate(w.name())
    answer = account.post(order["certificate"], fields={"Accept": kind})
    return {"status": answer.status, "type": answer.field("Content-Type")}


@interaction("certificate: of another account")
def of_another(w):
    _, order, _ = w.account().certificate(w.name())
    return w.say.answer(w.account().post(order["certificate"]))


@interaction("certificate: by GET")
def unsigned(w):
    _, order, _ = w.account().certificate(w.name())
    return w.say.answer(w.acme("GET", w.path_of(order["certificate"])))


@interaction("alternates: links and chains", "chains")
def alternates(w):
    account = w.account()
    _, order, chain = account.certificate(w.name())
    links = [link.strip()[1:].split(">")[0] for link in chain.field("Link").split(",") if '"alternate"' in link]
    chains = [pem(account.post(link).body) for link in links]
    return {"links": w.say.value(links), "lengths": [len(one) for one in chains], "default": len(pem(chain.body)),
            "one leaf": all(one[0] == pem(chain.body)[0] for one in chains),
            "links of an alternate": w.say.answer(account.post(links[0])).get("Link")}  # fmt: skip


@each("alternates: number {}", {number: number for number in ("0", "1", "2", "3", "x", "-1")}, "chains")
def alternate(w, number):
    account = w.account()
    _, order, _ = account.certificate(w.name())
    answer = account.post(f"{order['certificate']}/alternate/{number}")
    return {"status": answer.status, "type": answer.field("Content-Type")}


@interaction("alternates: chains lead to the roots of the management", "chains")
def alternate_roots(w):
    account = w.account()
    _, order, chain = account.certificate(w.name())
    links = [link.strip()[1:].split(">")[0] for link in chain.field("Link").split(",") if '"alternate"' in link]
    roots = [pem(w.management("GET", f"/roots/{number}").body)[0].subject for number in range(3)]
    found = [pem(answer.body)[-1].issuer for answer in [chain] + [account.post(link) for link in links]]
    return {"all": sorted(roots.index(issuer) if issuer in roots else -1 for issuer in found)}


@interaction("order: dates of the certificate")
def dates(w):
    account, name = w.account(), w.name()
    from datetime import datetime, timedelta, timezone

    start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    end = start + timedelta(days=5)
    order = account.order(name, notBefore=start.isoformat().replace("+00:00", "Z"),
                          notAfter=end.isoformat().replace("+00:00", "Z"))  # fmt: skip
    if order.status != 201:
        return {"status": order.status}
    authorization = account.post(order.json["authorizations"][0]).json
    token = next(one for one in authorization["challenges"] if one["type"] == "http-01")
    w.challenges("/add-http01", {"token": token["token"], "content": f"{token['token']}.{account.key.thumbprint}"})
    account.post(token["url"], {})
    account.until(order.field("Location"), ("ready", "invalid"))
    account.finalize(order.json, wire.signing_request([name]))
    done = account.until(order.field("Location"), ("valid", "invalid")).json
    certificate = pem(account.post(done["certificate"]).body)[0]
    return {"begins": (certificate.not_valid_before_utc - start).total_seconds(),
            "ends": (certificate.not_valid_after_utc - end).total_seconds()}  # fmt: skip


@interaction("certificate: under the profile shortlived", "modern", golden={"seconds": 518399.0, "key": "EC"})
def shortlived(w):
    account, name = w.account(), w.name()
    order = account.order(name, profile="shortlived")
    authorization = account.post(order.json["authorizations"][0]).json
    token = next(one for one in authorization["challenges"] if one["type"] == "http-01")
    w.challenges("/add-http01", {"token": token["token"], "content": f"{token['token']}.{account.key.thumbprint}"})
    account.post(token["url"], {})
    account.until(order.field("Location"), ("ready", "invalid"))
    account.finalize(order.json, wire.signing_request([name]))
    done = account.until(order.field("Location"), ("valid", "invalid")).json
    leaf, issuer = pem(account.post(done["certificate"]).body)[:2]
    seconds = (leaf.not_valid_after_utc - leaf.not_valid_before_utc).total_seconds()
    return {"seconds": seconds, "key": "EC" if hasattr(issuer.public_key(), "curve") else "RSA"}


# Revocation (RFC 8555 §7.6)


def issued(w):
    account, key = w.account(), wire.Key()
    _, order, chain = account.certificate(w.name(), key=key.private)
    return account, key, pem(chain.body)[0]


def status(w, certificate):
    body = json.loads(w.management("GET", f"/cert-status-by-serial/{certificate.serial_number:x}").body)
    return {name: body[name] for name in ("Status", "Reason") if name in body}


@interaction("revocation: by the account")
def revoke(w):
    account, _, certificate = issued(w)
    answer = account.post("/revoke-cert", {"certificate": der(certificate)})
    return w.say.answer(answer) | {"after": status(w, certificate)}


@interaction("revocation: by the certificate's key")
def revoke_by_key(w):
    _, key, certificate = issued(w)
    answer = w.post("/revoke-cert", key, {"certificate": der(certificate), "reason": 1})
    return w.say.answer(answer) | {"after": status(w, certificate)}


@interaction("revocation: by another account")
def revoke_by_another(w):
    _, _, certificate = issued(w)
    return w.say.answer(w.account().post("/revoke-cert", {"certificate": der(certificate)}))


@interaction("revocation: by another key")
def revoke_by_another_key(w):
    _, _, certificate = issued(w)
    return w.say.answer(w.post("/revoke-cert", wire.Key(), {"certificate": der(certificate)}))


@interaction("revocation: twice")
def revoke_twice(w):
    account, _, certificate = issued(w)
    account.post("/revoke-cert", {"certificate": der(certificate)})
    return w.say.answer(account.post("/revoke-cert", {"certificate": der(certificate)}))


@each("revocation: reason {}", {str(reason): reason for reason in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, "1", None)})
def reason(w, value):
    account, _, certificate = issued(w)
    return w.say.answer(account.post("/revoke-cert", {"certificate": der(certificate), "reason": value}))


@each("revocation: certificate {}", {
    "missing": {}, "empty": {"certificate": ""}, "garbage": {"certificate": "AAAA"},
    "not base64url": {"certificate": "a b"},
})  # fmt: skip
def revoke_garbage(w, payload):
    return w.say.answer(w.account().post("/revoke-cert", payload))


@interaction("revocation: certificate of a root")
def revoke_root(w):
    root = pem(w.management("GET", "/roots/0").body)[0]
    return w.say.answer(w.account().post("/revoke-cert", {"certificate": der(root)}))


@interaction("revocation: in PEM")
def revoke_pem(w):
    account, _, certificate = issued(w)
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return w.say.answer(account.post("/revoke-cert", {"certificate": text}))


# Renewal information, at the path of a draft; Debian's Pebble has none.


def identifier(certificate):
    authority = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = certificate.serial_number
    return wire.b64(authority) + "." + wire.b64(serial.to_bytes(serial.bit_length() // 8 + 1))


RENEWAL = "/draft-ietf-acme-ari-03/renewalInfo"


@interaction("renewal: window", "defaults", golden={
    "status": 200, "Retry-After": "21600", "type": "application/json; charset=utf-8",
    "hours": 48, "middle": "2/3 of the validity",
})  # fmt: skip
def renewal(w):
    from datetime import datetime

    _, _, certificate = issued(w)
    answer = w.acme("GET", f"{RENEWAL}/{identifier(certificate)}")
    window = {key: datetime.fromisoformat(value) for key, value in answer.json["suggestedWindow"].items()}
    middle = window["start"] + (window["end"] - window["start"]) / 2
    share = (middle - certificate.not_valid_before_utc) / (
        certificate.not_valid_after_utc - certificate.not_valid_before_utc)  # fmt: skip
    return {"status": answer.status, "Retry-After": answer.field("Retry-After"), "type": answer.field("Content-Type"),
            "hours": round((window["end"] - window["start"]).total_seconds() / 3600),
            "middle": "2/3 of the validity" if abs(share - 2 / 3) < 0.001 else share}  # fmt: skip


@interaction("renewal: of a revoked certificate", "defaults", golden={"status": 200, "past": True})
def renewal_revoked(w):
    from datetime import datetime, timedelta, timezone

    account, _, certificate = issued(w)
    account.post("/revoke-cert", {"certificate": der(certificate)})
    answer = w.acme("GET", f"{RENEWAL}/{identifier(certificate)}")
    end = datetime.fromisoformat(answer.json["suggestedWindow"]["end"])
    return {"status": answer.status, "past": end < datetime.now(timezone.utc) + timedelta(seconds=2)}


@interaction("renewal: unknown certificate", "defaults", golden={"status": 404})
def renewal_unknown(w):
    return {"status": w.acme("GET", f"{RENEWAL}/AAAA.AQ").status}


@interaction("renewal: not an identifier", "defaults", golden={"status": 400})
def renewal_garbage(w):
    return {"status": w.acme("GET", f"{RENEWAL}/garbage").status}


@interaction("renewal: overridden by the management", "defaults", golden={
    "set": 200, "status": 200, "body": '{"any": "thing"}', "type": "application/json; charset=utf-8"})  # fmt: skip
def renewal_override(w):
    _, _, certificate = issued(w)
    text = certificate.public_bytes(serialization.Encoding.PEM).decode()
    body = json.dumps({"Certificate": text, "ARIResponse": '{"any": "thing"}'}).encode()
    answer = w.management("POST", "/set-renewal-info/", body)
    info = w.acme("GET", f"{RENEWAL}/{identifier(certificate)}")
    return {"set": answer.status, "status": info.status, "body": info.body.decode(), "type": info.field("Content-Type")}


@interaction("renewal: an order that replaces", "defaults", golden={
    "first": 201, "of another": 403, "again": 409, "type": "urn:ietf:params:acme:error:alreadyReplaced"})  # fmt: skip
def replaces(w):
    account = w.account()
    name = w.name()
    _, _, chain = account.certificate(name)
    replaced = identifier(pem(chain.body)[0])
    other = w.account().order(name, replaces=replaced)
    first = account.order(name, replaces=replaced)
    location, order = first.field("Location"), first.json
    for url in order["authorizations"]:
        authorization = account.post(url).json
        if authorization["status"] == "pending":
            token = next(one for one in authorization["challenges"] if one["type"] == "http-01")
            content = f"{token['token']}.{account.key.thumbprint}"
            w.challenges("/add-http01", {"token": token["token"], "content": content})
            account.post(token["url"], {})
    account.until(location, ("ready", "invalid"))
    account.finalize(order, wire.signing_request([name]))
    account.until(location, ("valid", "invalid"))
    again = account.order(name, replaces=replaced)
    return {"first": first.status, "of another": other.status, "again": again.status, "type": again.json.get("type")}
