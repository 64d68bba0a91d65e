"""A client of a few lines with the habits of others: `habits.py HABIT CSR NAME`, and a chain in `chain.pem` at the end.

    location    takes the URLs of its account and order out of the text of the header, as getssl does in bash
    null        sends every optional member that it has no value for as null, as Go does without `omitempty`
    contact     writes its contact as `mailto: someone@example.test`, as some shell clients do
"""

import base64
import functools
import hashlib
import http.client
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

HABIT, CSR, NAME = sys.argv[1:]
TRUST = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Client:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_numbers()
        self.jwk = {
            "crv": "P-256", "kty": "EC", "x": encode(point.x.to_bytes(32)), "y": encode(point.y.to_bytes(32)),
        }  # fmt: skip
        self.kid = self.nonce = None
        self.directory = json.loads(self.send("GET", os.environ["CAIRN_DIRECTORY"])[1])
        self.send("HEAD", self.directory["newNonce"])

    @property
    def thumbprint(self):
        text = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return encode(hashlib.sha256(text.encode()).digest())

    def send(self, method, url, body=None):
        """Returns the header as text, with the names as they were sent, and the body."""
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPSConnection(parts.netloc, context=TRUST, timeout=30)
        fields = {"User-Agent": "cairn-client-tests"}
        if body is not None:
            fields["Content-Type"] = "application/jose+json"
        connection.request(method, parts.path, body, fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        self.nonce = answer.headers.get("Replay-Nonce", self.nonce)
        if answer.status >= 400:
            sys.exit(f"{method} {url}: {answer.status}\n{text}")
        return "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders()), text

    def post(self, url, payload=None):
        protected = {"alg": "ES256", "nonce": self.nonce, "url": url}
        protected |= {"kid": self.kid} if self.kid else {"jwk": self.jwk}
        first = encode(json.dumps(protected).encode())
        second = "" if payload is None else encode(json.dumps(payload).encode())
        pair = utils.decode_dss_signature(self.key.sign(f"{first}.{second}".encode(), ec.ECDSA(hashes.SHA256())))
        signature = encode(b"".join(part.to_bytes(32) for part in pair))
        header, text = self.send("POST", url, json.dumps({"protected": first, "payload": second, "signature": signature}))
        return header, text and json.loads(text) if text.startswith("{") else text

    def settle(self, url):
        deadline = time.monotonic() + 30
        while (state := self.post(url)[1])["status"] in ("pending", "processing"):
            if time.monotonic() > deadline:
                sys.exit(f"{url} is still {state['status']}")
            time.sleep(0.1)
        return state


def location(header):
    if HABIT == "location":
        # grep -i location | awk '{print $2}' | tr -d '\r\n '
        return "".join(line.split()[1] for line in header.split("\r\n") if "location" in line.lower())
    return next(line.split(": ", 1)[1] for line in header.split("\r\n") if line.lower().startswith("location:"))


def answering(content):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts):
            pass

    server = http.server.HTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Handler)
    threading.Thread(target=functools.partial(server.serve_forever, 0.02), daemon=True).start()
    return server


client = Client()
contact = "mailto: someone@example.test" if HABIT == "contact" else "mailto:someone@example.test"
account = {"termsOfServiceAgreed": True, "contact": [contact]}
order = {"identifiers": [{"type": "dns", "value": NAME}]}
if HABIT == "null":
    account |= {"contact": None, "onlyReturnExisting": None, "externalAccountBinding": None}
    order |= {"notBefore": None, "notAfter": None, "profile": None, "replaces": None}
client.kid = location(client.post(client.directory["newAccount"], account)[0])
header, made = client.post(client.directory["newOrder"], order)
url = location(header)
[challenge] = [
    each for each in client.post(made["authorizations"][0])[1]["challenges"] if each["type"] == "http-01"
]  # fmt: skip
server = answering(f"{challenge['token']}.{client.thumbprint}".encode())
client.post(challenge["url"], {})
client.settle(made["authorizations"][0])
server.shutdown()
with open(CSR) as file:
    csr = base64.b64decode("".join(line for line in file if not line.startswith("-")))
client.post(made["finalize"], {"csr": encode(csr)})
done = client.settle(url)
if done["status"] != "valid":
    sys.exit(json.dumps(done, indent=2))
with open("chain.pem", "w") as file:
    file.write(client.post(done["certificate"])[1])
