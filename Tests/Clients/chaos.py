"""certbot and lego at a CA that does everything that is legal and awkward, by its seed (the preset `chaos`)."""

import json
from concurrent.futures import ThreadPoolExecutor

import certbot
import lego
from harness import Bench, Failure, judged

SEEDS = range(1, 21)
WORKERS = 4  # clients wait more than they work


def files(bench):
    """Writes settings and rules of the preset to files, but for what one of the two clients is known to give up on."""
    preset = json.loads(bench.run(bench.server.executable, "presets", "chaos"))
    # Both finalize as soon as the authorizations are valid, whether the order is ready or not (row 9 of the client bugs).
    preset["settings"]["policy"]["progress"].pop("readiness", None)
    # Both end at a 503 (row 2), certbot at a connection that was closed between two requests without a word, and at a second
    # bad nonce in a row (row 7).
    fatal = [{"problem": "badNonce"}, {"close": {}}]
    rules = [rule for rule in preset["rules"] if rule["do"] not in fatal and rule["do"].get("status") != 503]
    rules.append({"every": 4, "do": {"problem": "badNonce"}})
    settings = bench.keep("chaos.json", json.dumps(preset["settings"]))
    return ["--config", settings, "--rules", bench.keep("chaos-rules.json", json.dumps(rules))]


def under_each_seed(bench, issue):
    """Has a client issue a certificate at a server of its own for each seed; a failure says which seed it was."""
    options = files(bench)

    def attempt(seed):
        name = f"seed{seed}"
        try:
            with bench.server.another(name, seed, *options) as server:
                issue(Bench(server, bench.folder / name), f"{name}.example.test")
        except Failure as failure:
            log = bench.folder / name / "client.log"
            tail = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
            raise Failure("\n".join([f"with seed {seed}: {failure}", *tail]))

    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(attempt, SEEDS):
            pass


@judged("certbot: a certificate in spite of chaos, under 20 seeds")
def certbot_in_chaos(bench):
    def issue(inner, name):
        client = certbot.Certbot(inner)
        client.http_01(name, options=["--agree-tos", "--register-unsafely-without-email"])
        client.judge([name], "P-256")

    under_each_seed(bench, issue)


# Its wait between two reads of an order is half a second, whatever Retry-After says.
@judged("lego: a certificate in spite of chaos, under 20 seeds", habits=("polledTooFast",))
def lego_in_chaos(bench):
    def issue(inner, name):
        client = lego.Lego(inner, name)
        client(client.http_01(), "run")
        client.judge("P-256")

    under_each_seed(bench, issue)
