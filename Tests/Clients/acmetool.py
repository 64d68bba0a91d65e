"""Scenarios for acmetool (https://github.com/hlandau/acmetool), a client in Go."""

import json
import shutil

from harness import HERE, judged


class Acmetool:
    """acmetool with a state directory of its own, pointed at the server of a bench."""

    def __init__(self, bench, key="ecdsa", **challenge):
        self.bench = bench
        self.state = bench.folder / "acme"
        self.hooks = bench.folder / "hooks"
        (self.state / "conf").mkdir(parents=True)
        self.hooks.mkdir()
        # JSON is YAML. The self-test would look the names up in the real DNS.
        request = {
            "provider": bench.server.directory, "key": {"type": key}, "challenge": {"http-self-test": False, **challenge},
        }  # fmt: skip
        (self.state / "conf" / "target").write_text(json.dumps({"request": request}))
        answers = {"acme-enter-email": "someone@example.test", f"acme-agreement:{bench.server.terms()}": True}
        (bench.folder / "responses").write_text(json.dumps(answers))

    def __call__(self, *arguments, refused=None):
        return self.bench.run(
            "acmetool", "--batch", "--state", self.state, "--hooks", self.hooks, "--response-file", "responses",
            "--xlog.severity", "debug", *arguments,
            refused=refused, SSL_CERT_FILE=self.bench.server.root_file, **self.bench.hook_variables(),
        )  # fmt: skip

    def judge(self, names, key_type):
        live = self.state / "live" / names[0]
        return self.bench.judge(live / "fullchain", live / "privkey", names, key_type)


@judged("acmetool: http-01 for several names, revoke")
def http_01(bench):
    acmetool = Acmetool(bench, **{"http-ports": [f"127.0.0.1:{bench.server.http_port}"]})
    names = ["www.example.test", "example.test"]
    acmetool("want", *names)
    acmetool.judge(names, "P-256")
    acmetool("revoke", (acmetool.state / "live" / names[0]).resolve().name)


@judged("acmetool: dns-01 by hook for a wildcard, beside http-01 for its apex, RSA key")
def dns_01(bench):
    # It takes dns-01 only where nothing else is offered.
    acmetool = Acmetool(bench, key="rsa", **{"http-ports": [f"127.0.0.1:{bench.server.http_port}"]})
    shutil.copy(HERE / "challenge-hook", acmetool.hooks / "challenge")
    names = ["*.example.test", "example.test"]
    acmetool("want", *names)
    acmetool.judge(names, "RSA 2048")
