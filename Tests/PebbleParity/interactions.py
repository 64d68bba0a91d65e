"""The list of interactions, and the few words that it is written in."""

from dataclasses import dataclass, field

INTERACTIONS = []

# How the servers are started. Whatever is by chance in Pebble is off, unless it is what is looked at.
SETTINGS = {
    "plain": {},
    "strict": {"flags": ["-strict"]},
    "external": {
        "config": {
            "externalAccountBindingRequired": True,
            "externalAccountMACKeys": {
                "kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
                "kid-2": "b10lLJs8l1GPIzsLP0s6pMt8O0XVGnfTaCeROxQM0BIt2XrJMDHJZBM5NuQmQJQH",
            },
        }
    },
    "chains": {
        "config": {"ocspResponderURL": "http://127.0.0.1:4002", "certificateValidityPeriod": 7776000},
        "environment": {
            "PEBBLE_ALTERNATE_ROOTS": "2", "PEBBLE_CHAIN_LENGTH": "2", "PEBBLE_WFE_ORDERS_PER_PAGE": "2",
            "PEBBLE_AUTHZREUSE": "100", "PEBBLE_VA_ALWAYS_VALID": "1",
        },
    },
    "reject": {"environment": {"PEBBLE_WFE_NONCEREJECT": "100"}},
    "modern": {
        "config": {
            "domainBlocklist": ["blocked-domain.example"], "caaIdentities": ["ca.example"], "keyAlgorithm": "ecdsa",
            "profiles": {
                "default": {"description": "The default profile", "validityPeriod": 7776000},
                "shortlived": {"description": "A short-lived cert profile", "validityPeriod": 518400},
            },
            "retryAfter": {"authz": 3, "order": 5},
        }
    },
    "defaults": {"config": {"caaIdentities": ["ca.example"]}},
}  # fmt: skip

# In `newer`: that the value is not there any more.
ABSENT = "(absent)"


@dataclass
class Interaction:
    """Something that is sent, and what is seen of it.

    `newer` says where Pebble 2.10.1 answers otherwise than the one that it is compared with here: places and values.
    With `golden`, Debian's Pebble has nothing to compare with, and `golden` is all that 2.10.1 answers.
    """

    name: str
    function: object
    setting: str | None
    newer: dict = field(default_factory=dict)
    golden: dict | None = None
    module: str = ""


def interaction(name, setting="plain", newer=None, golden=None, **arguments):
    """Enters a function as an interaction. It is given a `World` and returns an observation, a dictionary."""

    def enter(function):
        INTERACTIONS.append(
            Interaction(
                name, lambda world: function(world, **arguments), setting, newer or {}, golden, function.__module__)
        )
        return function

    return enter


def each(title, cases, setting="plain", newer=None):
    """Enters a function once for each case, `{name: argument}`; `title` has `{}` for the name."""

    def enter(function):
        for name, argument in cases.items():
            def run(world, argument=argument):
                return function(world, argument)

            INTERACTIONS.append(
                Interaction(
                    title.format(name), run, setting, (newer or {}).get(name, {}), module=function.__module__)
            )
        return function

    return enter
