import json, os, ssl, urllib.request

url = os.environ.get("CAIRN_URL", "https://localhost:15000") + "/cairn/v1"
trust = ssl.create_default_context(cafile=os.environ.get("CAIRN_ROOT", "Certs/root.pem"))

def cairn(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, method=method), context=trust) as answer:
        return json.loads(answer.read() or "null")

cairn("POST", "/rules", {"name": "busy", "at": "newOrder", "do": {"problem": "rateLimited", "times": 1}})
cairn("POST", "/clock/advance", {"by": "61d"})
# … run your client …
print("fired", cairn("GET", "/rules/busy")["fired"])
for finding in cairn("GET", "/findings")["entries"]:
    print(finding["grade"], finding["kind"], finding["detail"])
cairn("POST", "/reset")
