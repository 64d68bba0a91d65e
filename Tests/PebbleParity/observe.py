"""Turns what came into what can be compared: values that differ from run to run become placeholders."""

import email.utils
import json
import re
from datetime import datetime, timezone

from cryptography import x509

FIELDS = [
    "Content-Type", "Cache-Control", "Location", "Link", "Replay-Nonce", "Retry-After", "Allow",
    "Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
    "Access-Control-Expose-Headers", "Access-Control-Allow-Methods",
]  # fmt: skip

OBJECTS = r"/(my-account|list-orderz|my-order|finalize-order|authZ|chalZ|certZ)/[\w-]{1,}(?=[/\"<>;,. )]|$)"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Normaliser:
    """Knows the ports of one side."""

    def __init__(self, ports):
        self.ports = sorted(ports.items(), key=lambda item: -len(str(item[1])))

    def text(self, text):
        for name, port in self.ports:
            text = re.sub(rf"(127\.0\.0\.[123]|localhost|\[::1\]):{port}\b", rf"\1:<{name}>", text)
            text = re.sub(rf"(?<![\d.]):{port}\b", f":<{name}>", text)
        text = re.sub(OBJECTS, r"/\1/<id>", text)
        text = TIME.sub("<time>", text)
        text = re.sub(r'(account (?:ID )?")[\w-]{14,24}"', r'\1<id>"', text)
        text = re.sub(r"\b[0-9a-f]{14,16}\b", "<hex>", text)
        text = re.sub(r"at input byte \d+", "at input byte <number>", text)
        return re.sub(r"anti-replay nonce: [\w-]+", "anti-replay nonce: <nonce>", text)

    def value(self, value, member=""):
        if isinstance(value, dict):
            return {key: self.value(content, key) for key, content in value.items()}
        if isinstance(value, list):
            return sorted((self.value(element) for element in value), key=lambda element: json.dumps(element))
        if not isinstance(value, str):
            return value
        if member == "expires":
            left = datetime.fromisoformat(value) - datetime.now(timezone.utc)
            return f"in {round(left.total_seconds() / 60)} min"
        if member in ("token", "x", "y", "n", "nonce"):
            return f"<{member}: {len(value)} characters>"
        return self.text(value)

    def answer(self, answer, *, fields=True):
        """Status, the header fields that count, and the body."""
        seen = {"status": answer.status}
        for name in FIELDS if fields else ("Content-Type",):
            value = answer.field(name)
            if value is not None:
                seen[name] = self._field(name, value)
        seen["body"] = self._body(answer)
        return seen

    def _field(self, name, value):
        if name == "Replay-Nonce":
            return "<nonce>" if re.fullmatch(r"[\w-]{8,}", value) else value
        if name == "Retry-After":
            return "<seconds or date>" if value.isdigit() or email.utils.parsedate(value) else value
        if name in ("Allow", "Link"):
            return sorted(self.text(part.strip()).replace("; ", ";") for part in re.split(r",(?!What)", value))
        return self.text(value)

    def _body(self, answer):
        if not answer.body:
            return ""
        text = answer.body.decode(errors="replace")
        if "-----BEGIN" in text:
            return re.sub(r"(?s)(-----BEGIN [^-]+-----).*?-----END [^-]+-----\n?", r"\1", text).replace("\n", "")
        if "json" in (answer.field("Content-Type") or "") or text.lstrip()[:1] in ("{", "["):
            try:
                return self.value(json.loads(text))
            except ValueError:
                pass
        if "<html" in text.lower():
            return "<a page>"
        return self.text(text)

    def certificate(self, certificate, names):
        """What a certificate says, without what is drawn anew every time."""
        said = {}
        for extension in certificate.extensions:
            name = extension.oid._name if extension.oid._name != "Unknown OID" else extension.oid.dotted_string
            said[name] = ("critical " if extension.critical else "") + self._extension(extension.value)
        seconds = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()
        since = (datetime.now(timezone.utc) - certificate.not_valid_before_utc).total_seconds()
        text = {
            "version": certificate.version.name,
            "subject": re.sub(r"CA [0-9a-f]{6}$", "CA <hex>", certificate.subject.rfc4514_string()),
            "issuer": re.sub(r"CA [0-9a-f]{6}$", "CA <hex>", certificate.issuer.rfc4514_string()),
            "seconds": seconds,
            "begins": "now" if abs(since) < 30 else f"{round(since / 60)} min ago",
            "signature": certificate.signature_hash_algorithm.name,
            "extensions": said,
        }
        replaced = json.dumps(text)
        for place, name in enumerate(names):
            replaced = replaced.replace(name, f"<name {place}>")
        return self.value(json.loads(self.text(replaced)))

    def _extension(self, value):
        if isinstance(value, x509.SubjectAlternativeName):
            return "names " + " ".join(sorted(str(name.value) for name in value))
        if isinstance(value, x509.KeyUsage):
            names = ("digital_signature", "content_commitment", "key_encipherment", "key_agreement", "key_cert_sign",
                     "crl_sign")  # fmt: skip
            return " ".join(name for name in names if getattr(value, name))
        if isinstance(value, x509.ExtendedKeyUsage):
            return " ".join(sorted(usage._name for usage in value))
        if isinstance(value, x509.BasicConstraints):
            return f"ca {value.ca} {value.path_length}"
        if isinstance(value, x509.AuthorityInformationAccess):
            return " ".join(
                f"{part.access_method._name} {self.text(part.access_location.value)}" for part in value
            )
        if isinstance(value, (x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier)):
            return "<key identifier>"
        return type(value).__name__


def flat(value, path=""):
    """An observation as paths and values, so that each difference has a place of its own."""
    if isinstance(value, dict) and value:
        found = {}
        for key, content in value.items():
            found |= flat(content, f"{path}/{key}")
        return found
    return {path or "/": value}
