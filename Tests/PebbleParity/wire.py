"""What goes over the wire: HTTP/1.x over plain sockets or TLS, JWS (RFC 7515), CSRs, and DNS messages.

Written out here so that an interaction can send what no HTTP or ACME library would.
"""

import base64
import functools
import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import struct
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

DEADLINE = 20  # seconds that an answer may take


# --- HTTP -------------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """A response: the status, the header fields in order, and the body as it came."""

    status: int
    fields: list
    body: bytes
    version: str

    def field(self, name):
        """The values of a header field in one text, or `None`."""
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def json(self):
        return json.loads(self.body)


def exchange(
    port, method, path, fields=None, body=b"", *, tls=True, version="HTTP/1.1", host=None, address="127.0.0.1"
):
    """Sends one request on a connection of its own. `fields` replaces the usual ones; a value of `None` leaves one out."""
    lines = {
        "Host": host or f"127.0.0.1:{port}",
        "User-Agent": "pebble-parity",
        "Connection": "close",
        "Content-Length": str(len(body)) if body or method in ("POST", "PUT", "PATCH") else None,
        **(fields or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    connection = socket.create_connection((address, port), DEADLINE)
    try:
        if tls:
            connection = tls_context().wrap_socket(connection, server_hostname="localhost")
        connection.sendall(f"{method} {path} {version}\r\n{head}\r\n".encode() + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        content = response.read()
        return Answer(
            response.status, response.getheaders(), content, "HTTP/1.0" if response.version == 10 else "HTTP/1.1"
        )
    finally:
        connection.close()


@functools.cache
def tls_context(*protocols):
    """Trusts everybody: whom the listener's certificate is from is not compared here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


# --- JOSE -------------------------------------------------------------------------------------------------------------


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


CURVES = {"ES256": (ec.SECP256R1, "P-256", 32, hashes.SHA256), "ES384": (ec.SECP384R1, "P-384", 48, hashes.SHA384),
          "ES512": (ec.SECP521R1, "P-521", 66, hashes.SHA512)}  # fmt: skip


class Key:
    """An account's key."""

    def __init__(self, algorithm="ES256"):
        self.algorithm = algorithm
        if algorithm in CURVES:
            self.private = ec.generate_private_key(CURVES[algorithm][0]())
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    @property
    def jwk(self):
        public = self.private.public_key().public_numbers()
        if self.algorithm in CURVES:
            _, name, size, _ = CURVES[self.algorithm]
            return {"crv": name, "kty": "EC", "x": b64(public.x.to_bytes(size)), "y": b64(public.y.to_bytes(size))}
        return {"e": b64(public.e.to_bytes(3)), "kty": "RSA", "n": b64(public.n.to_bytes(256))}

    @property
    def thumbprint(self):
        """RFC 7638."""
        return b64(hashlib.sha256(json.dumps(self.jwk, sort_keys=True, separators=(",", ":")).encode()).digest())

    def sign(self, data):
        if self.algorithm in CURVES:
            _, _, size, digest = CURVES[self.algorithm]
            r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest())))
            return r.to_bytes(size) + s.to_bytes(size)
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


def jws(key, header, payload):
    """A flattened JWS as a value; a payload of `None` is empty, of bytes is taken as it stands."""
    protected = b64(json.dumps(header).encode())
    content = b"" if payload is None else payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{protected}.{b64(content)}".encode()
    if isinstance(key, bytes):
        signature = hmac.digest(key, signed, "sha256")
    else:
        signature = key.sign(signed)
    return {"protected": protected, "payload": b64(content), "signature": b64(signature)}


# --- X.509 ------------------------------------------------------------------------------------------------------------


def certificate_key():
    return ec.generate_private_key(ec.SECP256R1())


def signing_request(names, key=None, common_name=None, extra=(), extensions=(), digest=hashes.SHA256):
    """A CSR in DER for DNS names, and for addresses where they look like such."""
    key = key or certificate_key()
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    alternatives = [general_name(name) for name in names] + list(extra)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, digest()).public_bytes(serialization.Encoding.DER)


def general_name(name):
    import ipaddress

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


# --- DNS --------------------------------------------------------------------------------------------------------------

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65,
         "ANY": 255, "CAA": 257}  # fmt: skip
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


@dataclass
class Message:
    """What a DNS answer says."""

    rcode: str
    flags: list
    answers: list = field(default_factory=list)
    authorities: list = field(default_factory=list)
    question: str = ""


def dns_query(name, kind, identifier=None):
    number = TYPES[kind] if isinstance(kind, str) else kind
    identifier = secrets.randbelow(65536) if identifier is None else identifier
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split(".") if label)
    return struct.pack("!6H", identifier, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", number, 1)


def dns_message(data):
    _, bits, questions, answers, authorities, _ = struct.unpack("!6H", data[:12])
    flags = [name for name, bit in (("QR", 15), ("AA", 10), ("TC", 9), ("RD", 8), ("RA", 7)) if bits >> bit & 1]
    message = Message(RCODES.get(bits & 15, str(bits & 15)), flags)
    at = 12
    for _ in range(questions):
        message.question, at = dns_name(data, at)
        at += 4
    for count, section in ((answers, message.answers), (authorities, message.authorities)):
        for _ in range(count):
            name, at = dns_name(data, at)
            kind, _, ttl, length = struct.unpack("!2HIH", data[at : at + 10])
            at += 10
            section.append(f"{name} {ttl} {TYPE_NAMES.get(kind, kind)} {dns_value(data, at, length, kind)}")
            at += length
    return message


def dns_name(data, at):
    labels, end = [], None
    while data[at]:
        if data[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack("!H", data[at : at + 2])[0] & 0x3FFF
        else:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
    return ".".join(labels) + ".", end or at + 1


def dns_value(data, at, length, kind):
    value = data[at : at + length]
    if kind == 1:
        return socket.inet_ntop(socket.AF_INET, value)
    if kind == 28:
        return socket.inet_ntop(socket.AF_INET6, value)
    if kind in (2, 5, 12):
        return dns_name(data, at)[0]
    if kind == 6:
        primary, at = dns_name(data, at)
        mailbox, at = dns_name(data, at)
        return f"{primary} {mailbox} " + " ".join(map(str, struct.unpack("!5I", data[at : at + 20])))
    if kind == 16:
        strings = []
        while value:
            strings.append(value[1 : 1 + value[0]].decode())
            value = value[1 + value[0] :]
        return json.dumps(strings)
    if kind == 257:
        tag = value[2 : 2 + value[1]].decode()
        return f"{value[0]} {tag} {value[2 + value[1] :].decode()}"
    return value.hex()


def ask_udp(port, query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(DEADLINE)
        connection.sendto(query, ("127.0.0.1", port))
        return dns_message(connection.recv(65535))


def ask_tcp(port, query):
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
        connection.sendall(struct.pack("!H", len(query)) + query)
        stream = connection.makefile("rb")
        (length,) = struct.unpack("!H", stream.read(2))
        return dns_message(stream.read(length))
