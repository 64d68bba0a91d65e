"""Has dnspython judge the signatures of the fake DNS: `tsig.py ADDRESS PORT SECRET ALGORITHM...`.

dnspython raises an exception for an answer that is not signed, or not by the key.
"""

import sys

import dns.message
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import dns.xfr
import dns.zone

address, port, secret, *algorithms = sys.argv[1:]


def judge(algorithm):
    keyring = dns.tsigkeyring.from_text({f"key-{algorithm}": (f"{algorithm}.", secret)})
    # Many records in one message, and many messages in one transfer.
    for part in range(4):
        update = dns.update.UpdateMessage("example.test", keyring=keyring)
        for number in range(100):
            update.add(f"{algorithm}-{part}-{number}", 60, "TXT", f'"{"x" * 200}"')
        answer = dns.query.tcp(update, address, port=int(port), timeout=10)
        assert answer.had_tsig and answer.rcode() == dns.rcode.NOERROR, answer
    query = dns.message.make_query(f"{algorithm}-0-0.example.test", "TXT")
    query.use_tsig(keyring)
    answer = dns.query.udp(query, address, port=int(port), timeout=10)
    assert answer.had_tsig and len(answer.answer) == 1, answer
    zone = dns.zone.Zone("example.test")
    query, _ = dns.xfr.make_query(zone, keyring=keyring)
    dns.query.inbound_xfr(address, zone, query=query, port=int(port), timeout=10, lifetime=20)
    found = [name for name in zone.nodes if str(name).startswith(algorithm)]
    assert len(found) == 400, f"{len(found)} names"
    print(f"{algorithm} judged")


for algorithm in algorithms:
    judge(algorithm)
