url=${CAIRN_URL:-https://localhost:15000}/cairn/v1
cairn() { curl --silent --show-error --fail-with-body --cacert "${CAIRN_ROOT:-Certs/root.pem}" "$@"; }

cairn "$url/rules" -d '{"name": "busy", "at": "newOrder", "do": {"problem": "rateLimited", "times": 1}}'
cairn "$url/clock/advance" -d '{"by": "61d"}'
# … run your client …
cairn "$url/rules/busy"
cairn "$url/findings" -H 'Accept: application/jsonl'
cairn -X POST "$url/reset"
