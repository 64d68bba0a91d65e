"""Scenarios for aioacme (https://pypi.org/project/aioacme), an asynchronous library in Python, driven by a script."""

from acme_library import run
from harness import judged


@judged("aioacme: dns-01 for a wildcard and its apex, dates of its own, new account key, revoke")
def dns_01(bench):
    run(bench, "dns-01", ["*.example.test", "example.test"], "aioacme_client.py")
