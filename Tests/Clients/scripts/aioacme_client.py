"""What `aioacme.py` of the scenarios has PyPI's `aioacme` do: `aioacme_client.py dns-01 CSR NAME...`."""

import asyncio
import datetime
import os
import subprocess
import sys
import time

import aioacme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

KIND, CSR, *NAMES = sys.argv[1:]


async def settle(read, *passing):
    deadline = time.monotonic() + 30
    while (state := await read()).status in passing:
        assert time.monotonic() < deadline, state
        await asyncio.sleep(0.1)
    return state


async def main():
    key = ec.generate_private_key(ec.SECP256R1())
    with open(CSR, "rb") as file:
        csr = x509.load_pem_x509_csr(file.read())
    async with aioacme.Client(account_key=key, directory_url=os.environ["CAIRN_DIRECTORY"]) as client:
        await client.get_account()
        await client.update_account(contact=["mailto:someone@example.test"])
        start = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        order = await client.new_order(
            [aioacme.Identifier(value=name) for name in NAMES], not_after=start + datetime.timedelta(days=5)
        )
        for url in order.authorizations:
            authorization = await client.get_authorization(url)
            [challenge] = [each for each in authorization.challenges if each.type.value == KIND]
            name = client.get_dns_challenge_domain(authorization.identifier.value)
            value = client.get_dns_challenge_validation(challenge.token)
            subprocess.run(["dns-hook", "present", name, value], check=True)
            await client.answer_challenge(challenge.url)
            state = await settle(lambda: client.get_authorization(url), aioacme.AuthorizationStatus.pending)
            assert state.status == aioacme.AuthorizationStatus.valid, state
        order = await client.finalize_order(order.finalize, csr)
        order = await settle(
            lambda: client.get_order(order.uri), aioacme.OrderStatus.processing, aioacme.OrderStatus.ready
        )
        chain = await client.get_certificate(order.certificate)
        with open("chain.pem", "wb") as file:
            file.write(chain)
        leaf = x509.load_pem_x509_certificates(chain)[0]
        assert leaf.not_valid_after_utc <= start + datetime.timedelta(days=5), leaf.not_valid_after_utc
        await client.change_key(ec.generate_private_key(ec.SECP384R1()))
        await client.revoke_certificate(leaf, reason=aioacme.RevocationReason.superseded)
        await client.update_account(status=aioacme.AccountStatus.deactivated)


asyncio.run(main())
