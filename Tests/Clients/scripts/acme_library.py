"""What `acme_library.py` of the scenarios has PyPI's `acme` do: `acme_library.py http-01|dns-01 CSR NAME...`."""

import datetime
import os
import subprocess
import sys
import threading

import josepy
from acme import challenges, client, errors, messages, standalone
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

KIND, CSR, *NAMES = sys.argv[1:]


def deadline():
    return datetime.datetime.now() + datetime.timedelta(seconds=30)


def connect(key):
    network = client.ClientNetwork(key, alg=josepy.ES256, user_agent="cairn-client-tests")
    return client.ClientV2(client.ClientV2.get_directory(os.environ["CAIRN_DIRECTORY"], network), network)


def answers(order, key):
    """The challenges of the wanted type, each with its response and what has to be shown."""
    for authorization in order.authorizations:
        body = authorization.body
        [challenge] = [each for each in body.challenges if each.chall.typ == KIND]
        yield body.identifier.value, challenge, *challenge.response_and_validation(key)


def authorize(acme, order, key):
    found = list(answers(order, key))
    if KIND == "dns-01":
        for name, challenge, _, value in found:
            subprocess.run(["dns-hook", "present", challenge.chall.validation_domain_name(name), value], check=True)
    shown = {
        standalone.HTTP01RequestHandler.HTTP01Resource(challenge.chall, response, value)
        for _, challenge, response, value in found
        if isinstance(challenge.chall, challenges.HTTP01)
    }
    server = standalone.HTTP01Server(("127.0.0.1", int(os.environ["HTTP_PORT"])), shown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for _, challenge, response, _ in found:
            acme.answer_challenge(challenge, response)
        return acme.poll_authorizations(order, deadline())
    finally:
        server.shutdown()
        server.server_close()


key = josepy.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
acme = connect(key)
registration = acme.new_account(
    messages.NewRegistration.from_data(email="someone@example.test", terms_of_service_agreed=True)
)
try:
    connect(key).new_account(messages.NewRegistration.from_data(terms_of_service_agreed=True))
    raise SystemExit("a key made two accounts")
except errors.ConflictError as conflict:
    assert conflict.location == registration.uri
changed = registration.body.update(contact=("mailto:else@example.test",))
assert acme.update_registration(registration, changed).body.contact == ("mailto:else@example.test",)

with open(CSR, "rb") as file:
    order = acme.new_order(file.read())
order = authorize(acme, order, key)
order = acme.finalize_order(order, deadline(), fetch_alternative_chains=True)
with open("chain.pem", "w") as file:
    file.write(order.fullchain_pem)

leaf = x509.load_pem_x509_certificate(order.fullchain_pem.encode())
when, _ = acme.renewal_time(order.fullchain_pem.encode())
assert leaf.not_valid_before_utc < when < leaf.not_valid_after_utc
acme.revoke(leaf, 4)
try:
    acme.revoke(leaf, 4)
    raise SystemExit("a certificate was revoked twice")
except messages.Error as problem:
    assert problem.code == "alreadyRevoked", problem
acme.deactivate_registration(registration)
print("alternates:", len(order.alternative_fullchains_pem))
