"""What `pebble.py` of the scenarios has PyPI's `acme` do with Pebble's two servers: the steps that Pebble's own tests take.

`pebble_steps.py NAME...`: an account, http-01 for all the names, which this script answers itself, dns-01 for a wildcard, whose
record it puts into the challenge server, and what has to be refused.
"""

import contextlib
import datetime
import json
import os
import threading
import urllib.request

import josepy
import sys
from acme import challenges, client, errors, messages, standalone
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

NAMES = sys.argv[1:]
CHALLENGES = os.environ["CHALLENGE_SERVER"]


def deadline():
    return datetime.datetime.now() + datetime.timedelta(seconds=30)


def command(path, **members):
    urllib.request.urlopen(f"{CHALLENGES}/{path}", json.dumps(members).encode(), timeout=10).read()


def signing_request(names):
    private = rsa.generate_private_key(65537, 2048)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(alternatives, False)
    return request.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def challenge(authorization, kind):
    [found] = [each for each in authorization.body.challenges if isinstance(each.chall, kind)]
    return found


@contextlib.contextmanager
def web(authorizations, change=lambda text: text):
    """A web server that answers http-01, as a client has one."""
    shown = set()
    for authorization in authorizations:
        found = challenge(authorization, challenges.HTTP01)
        response, validation = found.response_and_validation(key)
        shown.add(standalone.HTTP01RequestHandler.HTTP01Resource(found.chall, response, change(validation)))
    server = standalone.HTTP01Server(("127.0.0.1", int(os.environ["HTTP_PORT"])), shown)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def records(authorizations):
    """Records in the DNS of the challenge server, and away again."""
    hosts = []
    for authorization in authorizations:
        found = challenge(authorization, challenges.DNS01)
        hosts.append(found.chall.validation_domain_name(authorization.body.identifier.value) + ".")
        command("set-txt", host=hosts[-1], value=found.chall.validation(key))
    try:
        yield
    finally:
        for host in hosts:
            command("clear-txt", host=host)


def issue(names, kind, serving):
    order = acme.new_order(signing_request(names))
    with serving(order.authorizations):
        for authorization in order.authorizations:
            found = challenge(authorization, kind)
            acme.answer_challenge(found, found.response(key))
        return acme.poll_and_finalize(order, deadline())


def names_of(order):
    leaf = x509.load_pem_x509_certificate(order.fullchain_pem.encode())
    return leaf, sorted(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName))  # fmt: skip


key = josepy.JWKRSA(key=rsa.generate_private_key(65537, 2048))
network = client.ClientNetwork(key, user_agent="integration tester")
acme = client.ClientV2(client.ClientV2.get_directory(os.environ["CAIRN_DIRECTORY"], network), network)
assert acme.directory.meta.terms_of_service == "data:text/plain,Do%20what%20thou%20wilt"
acme.new_account(messages.NewRegistration.from_data(email="someone@example.test", terms_of_service_agreed=True))

order = issue(NAMES, challenges.HTTP01, web)
leaf, names = names_of(order)
assert names == sorted(NAMES), names
with open("chain.pem", "w") as file:
    file.write(order.fullchain_pem)

_, names = names_of(issue(["*.wild.example.test"], challenges.DNS01, records))
assert names == ["*.wild.example.test"], names

try:
    acme.new_order(signing_request(["www.blocked-domain.example"]))
    raise SystemExit("a blocked name was ordered")
except messages.Error as problem:
    assert problem.code == "rejectedIdentifier", problem
try:
    issue(["other.example.test"], challenges.HTTP01, lambda found: web(found, lambda text: text + "x"))
    raise SystemExit("a wrong answer was accepted")
except errors.ValidationError as failure:
    [refused] = failure.failed_authzrs
    assert challenge(refused, challenges.HTTP01).error.code == "unauthorized", refused

acme.revoke(leaf, 1)
