"""Challenges, met and missed, through the challenge server and through a responder of the script's own.

The responder listens at 127.0.0.2, at the same ports as the challenge server at 127.0.0.1; a name's A record chooses.
"""

import http.server
import json
import re
import socket
import threading
from contextlib import contextmanager

from interactions import each, interaction
from servers import challenge_of, dns_value


def outcome(w, authorization, kind, name):
    """How a challenge ended."""
    challenge = challenge_of(authorization, kind)
    seen = {"authorization": authorization["status"], "challenge": challenge["status"],
            "validated": "validated" in challenge, "challenges": len(authorization["challenges"])}  # fmt: skip
    if challenge.get("error"):
        error = w.say.value(challenge["error"])
        detail = error["detail"].replace(name, "<name>").replace(challenge["token"], "<token>")
        error["detail"] = re.sub(r"<token>\.[\w-]{43}", "<key authorization>", detail)
        seen["error"] = error
    seen["challenges"] = None
    return seen


@contextmanager
def responder(w, answer):
    """An HTTP server at 127.0.0.2 that calls `answer(path)` for status, header fields, body; yields what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append({"path": self.path, "host": self.headers["Host"], "agent": self.headers["User-Agent"],
                          "accept": self.headers["Accept"], "connection": self.headers["Connection"],
                          "version": self.request_version})  # fmt: skip
            status, fields, body = answer(self.path)
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        allow_reuse_address = True

    server = Server(("127.0.0.2", w.ports["http"]), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def at_responder(w, name):
    w.challenges("/add-a", {"host": name + ".", "addresses": ["127.0.0.2"]})


def add_http(w):
    return lambda token, content: w.challenges("/add-http01", {"token": token, "content": content})


def add_txt(w, name, change=lambda value: value):
    return lambda token, content: w.challenges(
        "/set-txt", {"host": f"_acme-challenge.{name}.", "value": change(dns_value(content))})  # fmt: skip


def add_alpn(w, name, change=lambda content: content):
    return lambda token, content: w.challenges("/add-tlsalpn01", {"host": name, "content": change(content)})


def nothing(token, content):
    pass


@interaction("http-01: met")
def http_met(w):
    account, name = w.account(), w.name()
    location, _, answer = account.meet("http-01", name, add_http(w))
    return outcome(w, answer.json, "http-01", name) | {"order": account.post(location).json["status"]}


@interaction("http-01: for an address")
def http_address(w):
    account = w.account()
    _, _, answer = account.meet("http-01", "127.0.0.1", add_http(w))
    return outcome(w, answer.json, "http-01", "127.0.0.1")


@interaction("http-01: nothing there")
def http_nothing(w):
    account, name = w.account(), w.name()
    location, _, answer = account.meet("http-01", name, nothing)
    order = account.post(location).json
    return outcome(w, answer.json, "http-01", name) | {"order": order["status"], "error": "error" in order}


@interaction("http-01: no server")
def http_refused(w):
    account, name = w.account(), w.name()
    w.challenges("/add-a", {"host": name + ".", "addresses": ["127.0.0.3"]})
    return outcome(w, account.meet("http-01", name, nothing)[2].json, "http-01", name)


@interaction("http-01: no address, since the DNS fails")
def http_servfail(w):
    account, name = w.account(), w.name()
    w.challenges("/set-servfail", {"host": name + "."})
    return outcome(w, account.meet("http-01", name, nothing)[2].json, "http-01", name)


@interaction("http-01: through a CNAME")
def http_cname(w):
    account, name = w.account(), w.name()
    w.challenges("/set-cname", {"host": name + ".", "target": w.name() + "."})
    return outcome(w, account.meet("http-01", name, add_http(w))[2].json, "http-01", name)


def bodies(change):
    def answer(content):
        return 200, {}, change(content)

    return answer


@each("http-01: answered {}", {
    "with a newline": bodies(lambda content: content + b"\n"), "with blanks": bodies(lambda content: content + b"  "),
    "with CR LF and a tab": bodies(lambda content: content + b"\r\n\t"),
    "with a blank before it": bodies(lambda content: b" " + content),
    "with a newline and more": bodies(lambda content: content + b"\nmore"),
    "with a large body": bodies(lambda content: content + b"\n" * 100_000),
    "with another content": bodies(lambda content: b"something else"), "with nothing": bodies(lambda content: b""),
    "with 404": lambda content: (404, {}, content), "with 500": lambda content: (500, {}, content),
    "with 201": lambda content: (201, {}, content), "with 304": lambda content: (304, {}, b""),
    "as JSON": lambda content: (200, {"Content-Type": "application/json"}, content),
})  # fmt: skip
def http_answer(w, answer):
    account, name, known = w.account(), w.name(), {}
    at_responder(w, name)

    def serve(path):
        return answer(known["content"])

    def keep(token, content):
        known["content"] = content.encode()

    with responder(w, serve):
        return outcome(w, account.meet("http-01", name, keep)[2].json, "http-01", name)


@interaction("http-01: what the server is asked", newer={"/requests": 3})
def http_request(w):
    account, name, known = w.account(), w.name(), {}
    at_responder(w, name)

    def keep(token, content):
        known["content"], known["token"] = content.encode(), token

    with responder(w, lambda path: (200, {}, known["content"])) as asked:
        account.meet("http-01", name, keep)
    first = w.say.value(asked[0])
    first["path"] = first["path"].replace(known["token"], "<token>")
    first["host"] = first["host"].replace(str(w.ports["http"]), "<http>").replace(name, "<name>")
    first["agent"] = first["agent"].split(" ")[0]
    return first | {"requests": len(asked)}


@each("http-01: redirected {}", {
    "by 301": (301, "http://{name}:{http}/elsewhere"), "by 302": (302, "http://{name}:{http}/elsewhere"),
    "by 303": (303, "http://{name}:{http}/elsewhere"), "by 307": (307, "http://{name}:{http}/elsewhere"),
    "by 308": (308, "http://{name}:{http}/elsewhere"), "by a path": (302, "/elsewhere"),
    "in a circle": (302, "http://{name}:{http}/.well-known/acme-challenge/{token}"),
    "to a dead port": (302, "http://{name}:1/elsewhere"), "without Location": (302, None),
    "to another scheme": (302, "ftp://{name}/elsewhere"), "to no URL": (302, "http://["),
})  # fmt: skip
def http_redirect(w, case):
    status, target = case
    account, name, known = w.account(), w.name(), {}
    at_responder(w, name)

    def keep(token, content):
        known["content"], known["token"] = content.encode(), token

    def serve(path):
        if path == "/elsewhere":
            return 200, {}, known["content"]
        where = target and target.format(name=name, http=w.ports["http"], token=known["token"])
        return status, {"Location": where} if where else {}, b""

    with responder(w, serve):
        return outcome(w, account.meet("http-01", name, keep)[2].json, "http-01", name)


@interaction("http-01: redirected to HTTPS by the challenge server")
def http_redirect_https(w):
    account, name = w.account(), w.name()

    def serve(token, content):
        w.challenges("/add-http01", {"token": token, "content": content})
        w.challenges("/add-redirect", {"path": f"/.well-known/acme-challenge/{token}",
                                       "targetURL": f"https://{name}:{w.ports['https']}/.well-known/acme-challenge/{token}"})  # fmt: skip

    return outcome(w, account.meet("http-01", name, serve)[2].json, "http-01", name)


@interaction("dns-01: met")
def dns_met(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("dns-01", name, add_txt(w, name))[2].json, "dns-01", name)


@interaction("dns-01: met for a wildcard")
def dns_wildcard(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("dns-01", "*." + name, add_txt(w, name))[2].json, "dns-01", name)


@interaction("dns-01: no record")
def dns_nothing(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("dns-01", name, nothing)[2].json, "dns-01", name)


@interaction("dns-01: a wrong record")
def dns_wrong(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("dns-01", name, add_txt(w, name, lambda _: "wrong"))[2].json, "dns-01", name)


@interaction("dns-01: a wrong record and a right one")
def dns_two(w):
    account, name = w.account(), w.name()
    w.challenges("/set-txt", {"host": f"_acme-challenge.{name}.", "value": "wrong"})
    return outcome(w, account.meet("dns-01", name, add_txt(w, name))[2].json, "dns-01", name)


@interaction("dns-01: the DNS fails")
def dns_servfail(w):
    account, name = w.account(), w.name()
    w.challenges("/set-servfail", {"host": f"_acme-challenge.{name}."})
    return outcome(w, account.meet("dns-01", name, nothing)[2].json, "dns-01", name)


@interaction("dns-01: through a CNAME")
def dns_cname(w):
    account, name, other = w.account(), w.name(), w.name()
    w.challenges("/set-cname", {"host": f"_acme-challenge.{name}.", "target": other + "."})

    def serve(token, content):
        w.challenges("/set-txt", {"host": other + ".", "value": dns_value(content)})

    return outcome(w, account.meet("dns-01", name, serve)[2].json, "dns-01", name)


@interaction("tls-alpn-01: met")
def alpn_met(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("tls-alpn-01", name, add_alpn(w, name))[2].json, "tls-alpn-01", name)


@interaction("tls-alpn-01: another key authorization")
def alpn_wrong(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("tls-alpn-01", name, add_alpn(w, name, lambda _: "x"))[2].json, "tls-alpn-01", name)


@interaction("tls-alpn-01: nothing there")
def alpn_nothing(w):
    account, name = w.account(), w.name()
    return outcome(w, account.meet("tls-alpn-01", name, nothing)[2].json, "tls-alpn-01", name)


@interaction("tls-alpn-01: no server")
def alpn_refused(w):
    account, name = w.account(), w.name()
    w.challenges("/add-a", {"host": name + ".", "addresses": ["127.0.0.3"]})
    return outcome(w, account.meet("tls-alpn-01", name, nothing)[2].json, "tls-alpn-01", name)


@interaction("tls-alpn-01: the DNS fails")
def alpn_servfail(w):
    account, name = w.account(), w.name()
    w.challenges("/set-servfail", {"host": name + "."})
    return outcome(w, account.meet("tls-alpn-01", name, nothing)[2].json, "tls-alpn-01", name)


@interaction("tls-alpn-01: a server that hangs up")
def alpn_hangs_up(w):
    account, name = w.account(), w.name()
    at_responder(w, name)
    with socket.create_server(("127.0.0.2", w.ports["tls"])) as server:
        def hang_up():
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                pass

        threading.Thread(target=hang_up, daemon=True).start()
        answer = account.meet("tls-alpn-01", name, nothing)[2]
        server.shutdown(socket.SHUT_RDWR)
    return {"error": outcome(w, answer.json, "tls-alpn-01", name)["error"]["type"]}


# The challenge object


@each("response: payload {}", {
    "empty": None, "an object with members": {"type": "http-01"}, "keyAuthorization": {"keyAuthorization": "x"},
    "an array": [], "not JSON": b"hello", "a text": "x",
})  # fmt: skip
def response(w, payload):
    account = w.account()
    _, _, _, authorization = account.authorization(w.name())
    answer = account.post(challenge_of(authorization, "dns-01")["url"], payload)
    said = w.say.answer(answer)
    if answer.status == 200:
        said["body"] = {"type": answer.json["type"]}
    return said


@interaction("response: good")
def good_response(w):
    account, name = w.account(), w.name()
    _, _, _, authorization = account.authorization(name)
    challenge = challenge_of(authorization, "dns-01")
    add_txt(w, name)(challenge["token"], f"{challenge['token']}.{account.key.thumbprint}")
    said = w.say.answer(account.post(challenge["url"], {}))
    # It may be decided by the time that it is written down.
    for member in ("status", "validated"):
        said["body"].pop(member, None)
    return said


@interaction("response: to a challenge that is valid")
def second_response(w):
    account, name = w.account(), w.name()
    _, _, answer = account.meet("dns-01", name, add_txt(w, name))
    return w.say.answer(account.post(challenge_of(answer.json, "dns-01")["url"], {}))


@interaction("response: to a challenge that is invalid")
def response_after_failure(w):
    account, name = w.account(), w.name()
    _, _, answer = account.meet("dns-01", name, nothing)
    return w.say.answer(account.post(challenge_of(answer.json, "dns-01")["url"], {}))


@interaction("challenge: read when it is valid")
def read_valid(w):
    account, name = w.account(), w.name()
    _, _, answer = account.meet("dns-01", name, add_txt(w, name))
    return w.say.answer(account.post(challenge_of(answer.json, "dns-01")["url"]))


@interaction("authorization: valid")
def valid(w):
    account, name = w.account(), w.name()
    _, _, answer = account.meet("dns-01", name, add_txt(w, name))
    authorization = w.say.value(answer.json)
    return {"expires": authorization["expires"], "identifier": len(authorization["identifier"]),
            "valid challenges": sum(one["status"] == "valid" for one in answer.json["challenges"])}  # fmt: skip


@interaction("order: one of two authorizations fails")
def half(w):
    account, names = w.account(), (w.name(), w.name())
    order = account.order(*names)
    first, second = (account.post(url).json for url in order.json["authorizations"])
    content = challenge_of(first, "http-01")["token"]
    w.challenges("/add-http01", {"token": content, "content": f"{content}.{account.key.thumbprint}"})
    for authorization in (first, second):
        account.post(challenge_of(authorization, "http-01")["url"], {})
    answer = account.until(order.field("Location"), ("invalid", "ready"))
    return {"status": answer.json["status"], "error": answer.json.get("error", {}).get("type")}


@interaction("always valid: nothing is looked at", "chains")
def always_valid(w):
    account, name = w.account(), w.name()
    return {kind: account.meet(kind, w.name(), nothing)[2].json["status"] for kind in ("http-01", "dns-01", "tls-alpn-01")}


@interaction("dns-01: what the DNS is asked")
def dns_questions(w):
    account, name = w.account(), w.name()
    account.meet("dns-01", name, add_txt(w, name))
    history = json.loads(w.challenges("/dns-request-history", {"host": f"_acme-challenge.{name}"}).body)
    return {"questions": sorted({(event["Question"]["Name"].replace(name, "<name>"), event["Question"]["Qtype"])
                                 for event in history})}  # fmt: skip


@interaction("tls-alpn-01: what the server is asked")
def alpn_history(w):
    account, name = w.account(), w.name()
    account.meet("tls-alpn-01", name, add_alpn(w, name))
    history = json.loads(w.challenges("/tlsalpn01-request-history", {"host": name}).body)
    return {"events": [str(event).replace(name, "<name>") for event in history[:1]]}


@interaction("http-01: what the challenge server saw", newer={
    "/members": ["HTTPS", "Host", "ServerName", "URL", "UserAgent"],
})  # fmt: skip
def http_history(w):
    account, name = w.account(), w.name()
    account.meet("http-01", name, add_http(w))
    history = json.loads(w.challenges("/http-request-history", {"host": name}).body)
    event = history[0]
    return {"members": sorted(event), "HTTPS": event["HTTPS"], "Host": event["Host"].replace(name, "<name>").replace(
        str(w.ports["http"]), "<http>")}  # fmt: skip
