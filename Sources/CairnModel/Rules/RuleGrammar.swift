/// The members of the JSON form of rules: what the reader knows, what the article on rules lists, and what `cairn help rules` tells.
package enum RuleGrammar {
    /// One member of an object.
    package struct Member: Hashable, Sendable {
        /// What the object is; for an action the name of its first member.
        package let object: String
        package let name: String
        /// What it can be.
        package let value: String
        /// What it means, in Markdown.
        package let meaning: String
        /// A rule that has it; of every action, and of what a rule and its conditions can have.
        package let example: String?

        fileprivate init(
            _ object: String, _ name: String, _ value: String, _ meaning: String, example: String? = nil
        ) {
            (self.object, self.name, self.value, self.meaning, self.example) = (object, name, value, meaning, example)
        }
    }

    /// The names of the members of an object.
    static func names(of object: String) -> [String] { byObject[object] ?? [] }

    /// The members that say which action a step is.
    static let actions: [String] = members.filter { $0.object == $0.name }.map(\.name)

    /// What is read back besides what was written, and passed over when it is loaded.
    static let counters = ["world", "seen", "matched", "fired", "left", "nearMiss"]

    private static let byObject: [String: [String]] = members.reduce(into: [:]) {
        $0[$1.object, default: []].append($1.name)
    }

    package static let members: [Member] = [
        // A rule.
        Member(
            "rule", "name", "a text",
            "The name by which it is listed, released and removed; a number by default. A rule replaces one with the same name.",
            example: #"{"name": "flaky", "do": {"delay": "2s"}}"#),
        Member(
            "rule", "tags", "an array of texts", "Tags by which several rules can be removed together.",
            example: #"{"tags": ["renewal"], "do": {"delay": "2s"}}"#),
        Member(
            "rule", "at", "the name of an endpoint, or an array of such",
            "The endpoints that it applies to: `newOrder`, `finalize`, …; `connection` for faults before there is a request. All requests by default.",
            example: #"{"at": ["newOrder", "finalize"], "do": {"delay": "2s"}}"#),
        Member(
            "rule", "when", "conditions, or an array of such objects",
            "Further conditions, all of which have to be true. Use an array of objects if one would need the same member twice.",
            example: #"{"when": {"identifier": "*.example.test"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "each", "`order`, `account`, `identifier`, `authorization` or `connection`",
            "Counts separately for each such object.", example: #"{"each": "order", "do": {"delay": "2s"}}"#),
        Member(
            "rule", "after", "a whole number", "How many matching requests to let pass first.",
            example: #"{"after": 1, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "every", "a whole number of at least 1",
            "Fires for every n-th matching request: with 5 the fifth, the tenth, …",
            example: #"{"every": 5, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "probability", "a number from 0 to 1",
            "The probability of firing, drawn from a separate random stream. 0 never fires.",
            example: #"{"probability": 0.05, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "until", "a timestamp, or `{\"in\": time}`", "When it ends, on the CA's clock.",
            example: #"{"until": {"in": "2d"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "state", "`requires`, `becomes`, `of`", "Its step in a story.",
            example: #"{"state": {"requires": "start", "becomes": "told"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "priority", "a whole number",
            "Of several rules that could answer, the highest number wins, whatever their age.",
            example: #"{"priority": 1, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "optional", "`true`", "A test may end without the rule having fired.",
            example: #"{"optional": true, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "do", "an action, or an array of actions",
            "What it does. In an array, each step but the last needs `times`; after the last one ends, the CA behaves normally."
        ),
        Member(
            "rule", "world", "read only",
            "The rulesets of its world; absent for rules in all worlds."),
        Member("rule", "seen", "read only", "The number of requests since it was added."),
        Member("rule", "matched", "read only", "The number of requests that matched."),
        Member("rule", "fired", "read only", "How often it has fired."),
        Member("rule", "left", "read only", "How often it can still fire; `null` if unlimited or counted per object."),
        Member(
            "rule", "nearMiss", "read only",
            #"The last request that did not match, and why: `{"request": 17, "why": "at: newOrder, not finalize"}`."#),
        Member("until", "in", "a time", "A time after the rule was added."),
        Member("state", "requires", "a text", "The required state of the story, which begins in `start`."),
        Member("state", "becomes", "a text", "The next state of the story once the rule has fired."),
        Member("state", "of", "a text", "The name of the story; the unnamed one by default."),
        // Conditions.
        Member(
            "when", "dialect", "a pattern, or an array of such", "The ACME dialect.",
            example: #"{"when": {"dialect": "rfc8555"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "method", "a pattern, or an array of such", "The HTTP method.",
            example: #"{"when": {"method": "GET"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "path", "a pattern, or an array of such", "The path, without the prefix of a world.",
            example: #"{"when": {"path": "/dir"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "source", "a pattern, or an array of such", "The address of the client.",
            example: #"{"when": {"source": "127.0.0.*"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "account", "a pattern, or an array of such",
            "The account that signed the request, by the last part of its URL.",
            example: #"{"when": {"account": "1"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "identifier", "a pattern, or an array of such",
            "Any of the names and addresses in the request.",
            example: #"{"when": {"identifier": "*.example.test"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "profile", "a pattern, or an array of such",
            "The requested profile, or that of the order.",
            example: #"{"when": {"profile": "shortlived"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "order", "a pattern, or an array of such", "The order, by the last part of its URL.",
            example: #"{"when": {"order": "1"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "orderStatus", "a pattern, or an array of such", "The status of the order before the request.",
            example: #"{"when": {"orderStatus": "ready"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "authorization", "a pattern, or an array of such",
            "The authorization, by the last part of its URL.",
            example: #"{"when": {"authorization": "1"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "orderNumber", "a whole number of at least 1, or an array of such",
            "The number of the order, in order of creation.",
            example: #"{"when": {"orderNumber": [1, 3]}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "fields", "an object with a test for each header field",
            #"Header fields of the request: `{"User-Agent": {"matches": "certbot*"}}`."#,
            example: #"{"when": {"fields": {"User-Agent": {"matches": "certbot*"}}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "payload", "an object with a test for each JSON Pointer",
            #"Values in the payload: `{"/replaces": "exists"}`."#,
            example: #"{"when": {"payload": {"/replaces": "exists"}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "isProblem", "`true` or `false`", "Whether the answer is a problem.",
            example: #"{"when": {"isProblem": true}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "status", "a status, or an array of such", "The status of the answer.",
            example: #"{"when": {"status": [429, 503]}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "answer", "an object with a test for each JSON Pointer",
            #"Values in the answer: `{"/status": {"equals": "valid"}}`."#,
            example: #"{"when": {"answer": {"/status": {"equals": "ready"}}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "not", "conditions", "At least one of these conditions is false.",
            example: #"{"when": {"not": {"identifier": "*.example.test"}}, "do": {"delay": "2s"}}"#),
        Member("test", "equals", "any value", "The value is equal."),
        Member("test", "matches", "a pattern", "The value is a string that matches."),
        // Actions in place of the server.
        Member(
            "problem", "problem", "a name in the namespace of ACME, or a whole URI",
            "Answers with a problem, after the request has been authenticated and parsed.",
            example: #"{"at": "finalize", "do": {"problem": "badNonce", "times": 3}}"#),
        Member("problem", "status", "a status from 400 to 599", "By default the usual one for the type."),
        Member("problem", "detail", "a text", "By default a sentence that names the rule."),
        Member("problem", "retryAfter", "see below", "The field `Retry-After`."),
        Member("problem", "instance", "a text", "A page for a human who has to act."),
        Member("problem", "subproblems", "an array of subproblems", "One for each refused identifier."),
        Member(
            "status", "status", "a status from 200 to 599", "Answers with a status without a body, before processing.",
            example: #"{"at": "newOrder", "do": {"status": 503, "retryAfter": "30s", "times": 1}}"#),
        Member("status", "retryAfter", "see below", "The field `Retry-After`."),
        Member(
            "html", "html", "a status from 200 to 599", "Answers with an HTML page, as proxies do, before processing.",
            example: #"{"do": {"html": 502, "text": "<h1>Bad Gateway</h1>", "times": 1}}"#),
        Member("html", "text", "a text", "The page; by default one that shows the status."),
        Member("html", "retryAfter", "see below", "The field `Retry-After`."),
        Member(
            "redirect", "redirect", "a URL, or an empty text",
            "Redirects, before processing; an empty text redirects to the same URL, which makes a loop.",
            example: #"{"at": "newOrder", "do": {"redirect": "https://localhost:14000/elsewhere", "times": 1}}"#),
        Member("redirect", "status", "a status from 300 to 399", "307 by default."),
        Member(
            "hold", "hold", "`{}`",
            "Holds the request at the rule's gate, before processing, until it is released.",
            example: #"{"name": "gate", "at": "finalize", "do": {"hold": {}}}"#),
        Member(
            "holdAnswer", "holdAnswer", "`{}`", "Processes the request and holds the answer at the gate.",
            example: #"{"name": "gate", "at": "finalize", "do": {"holdAnswer": {}}}"#),
        Member(
            "drop", "drop", "`{}`", "Closes the connection without processing the request.",
            example: #"{"at": "order", "do": {"drop": {}, "times": 1}}"#),
        Member(
            "reset", "reset", "`accept`, `handshake`, `connected`, `request` or `stream`",
            "Resets the connection: on accept, during the TLS handshake, after it, or instead of an answer; `stream` resets the HTTP/2 stream.",
            example: #"{"at": "newOrder", "do": {"reset": "request", "times": 1}}"#),
        Member(
            "pass", "pass", "`{}`", "Does nothing: a step that lets requests pass and advances a story.",
            example: #"{"at": "newOrder", "do": [{"pass": {}, "times": 2}, {"problem": "serverInternal"}]}"#),
        Member(
            "loseAnswer", "loseAnswer", "`reset`, `close`, `status` or `delay`",
            "Processes the request, and then resets or closes the connection, or changes the status or delays the answer.",
            example: #"{"at": "finalize", "do": {"loseAnswer": "reset", "times": 1}}"#),
        Member("loseAnswer", "status", "a status from 200 to 599", #"With `"loseAnswer": "status"`."#),
        Member("loseAnswer", "delay", "a time", #"With `"loseAnswer": "delay"`."#),
        // Actions on the answer.
        Member(
            "setStatus", "setStatus", "a status from 200 to 599", "Replaces the status of the answer.",
            example: #"{"at": "newOrder", "do": {"setStatus": 200}}"#),
        Member(
            "fields", "fields", "an object with a change for each header field, or an array of such",
            "`null` removes a header field; a text sets it, an array of texts sets several.",
            example: #"{"at": "renewalInfo", "do": {"fields": {"Retry-After": null}}}"#),
        Member(
            "json", "json", "an array of edits", "Edits of the JSON body, in order.",
            example: #"{"at": "order", "do": {"json": [{"remove": "/finalize"}, {"set": "/error", "value": {}}]}}"#),
        Member(
            "nonce", "nonce", "`add`, `remove`, `used`, `blank`, `two` or `text`",
            "`add` one if there is none, `remove` it, or send a `used` one, a `blank` one, `two`, or an invalid `text`.",
            example: #"{"at": "newOrder", "do": {"nonce": "used", "times": 1}}"#),
        Member("nonce", "text", "a text", #"With `"nonce": "text"`."#),
        Member(
            "timeStyle", "timeStyle", "`whole`, `fraction`, `nanoseconds`, `offset` or `lowerCase`",
            "How timestamps are written.", example: #"{"at": "order", "do": {"timeStyle": "nanoseconds"}}"#),
        Member(
            "linkStyle", "linkStyle", "an object", "How `Link` fields are written.",
            example: #"{"at": "certificate", "do": {"linkStyle": {"relative": true}}}"#),
        Member(
            "mediaType", "mediaType", "an object with one of its members", "How the media type is written.",
            example: #"{"at": "certificate", "do": {"mediaType": {"parameter": "charset=utf-8"}}}"#),
        Member(
            "fieldCase", "fieldCase", "`lower`, `upper`, `capitalized` or `alternating`",
            "The letter case of header field names over HTTP/1.1.",
            example: #"{"do": {"fieldCase": "lower"}}"#),
        Member(
            "jsonStyle", "jsonStyle", "an object", "How JSON is written; by default on one line without spaces.",
            example: #"{"do": {"jsonStyle": {"order": "shuffled", "indent": 2}}}"#),
        Member(
            "pemStyle", "pemStyle", "an object", "How a certificate chain is written.",
            example: #"{"at": "certificate", "do": {"pemStyle": {"lineEnd": "crlf"}}}"#),
        Member(
            "truncate", "truncate", "a number of bytes", "Truncates the body, in an answer that is otherwise complete.",
            example: #"{"at": "certificate", "do": {"truncate": 100, "times": 1}}"#),
        Member(
            "garble", "garble", "a number of bytes, at least 1",
            "Corrupts that many bytes of the body, by the seed.",
            example: #"{"at": "order", "do": {"garble": 20, "times": 1}}"#),
        // Actions on the way.
        Member(
            "delay", "delay", "a time", "Delays the answer.",
            example: #"{"at": "newOrder", "do": {"delay": "2s"}}"#),
        Member(
            "delayBody", "delayBody", "a time", "Pauses between header fields and body.",
            example: #"{"at": "directory", "do": {"delayBody": "2s"}}"#),
        Member(
            "dribble", "dribble", "an object with both of its members", "Sends the body a few bytes at a time.",
            example: #"{"at": "certificate", "do": {"dribble": {"bytes": 10, "every": "100ms"}}}"#),
        Member(
            "cut", "cut", "a number of bytes", "Closes the connection after that many bytes of the body.",
            example: #"{"at": "certificate", "do": {"cut": 100, "by": "reset", "times": 1}}"#),
        Member("cut", "by", "`close` or `reset`", "`close` by default; `reset` is a TCP RST."),
        Member(
            "goAway", "goAway", "`{}`",
            "Announces that this is the last answer on the connection: `GOAWAY`, or `Connection: close`.",
            example: #"{"at": "newNonce", "do": {"goAway": {}}}"#),
        Member(
            "close", "close", "`{}`", "Closes the connection after the answer.",
            example: #"{"at": "newNonce", "do": {"close": {}}}"#),
        Member(
            "tlsAlert", "tlsAlert", "the name of an alert: `handshakeFailure`",
            "Ends the TLS handshake with that alert.",
            example: #"{"at": "connection", "do": {"tlsAlert": "handshakeFailure", "times": 1}}"#),
        Member(
            "serverCertificate", "serverCertificate", "`expired`, `notYetValid`, `wrongName` or `untrusted`",
            "What is wrong with the server certificate: it has expired, starts in a year, is for `wrong.example.test`, or has an untrusted root.",
            example: #"{"at": "connection", "do": {"serverCertificate": "expired", "times": 1}}"#),
        // Actions on what the server holds.
        Member(
            "force", "force", "a status", "Forces the object into a status that it can have.",
            example: #"{"at": "order", "do": {"force": "invalid", "of": "order", "times": 1}}"#),
        Member("force", "of", "the name of an object", "`account`, `order`, `authorization` or `challenge`."),
        Member(
            "force", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "purge", "purge", "the name of an object",
            "Deletes the `order`, `authorization` or `certificate`; with `allOfAccount` everything that the account has.",
            example: #"{"at": "finalize", "do": {"purge": "order", "times": 1}}"#),
        Member(
            "purge", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "expire", "expire", "the name of an object",
            "Expires the `order`, `authorization` or `nonces`; with `allOfAccount` everything that the account has.",
            example: #"{"at": "finalize", "do": {"expire": "authorization", "times": 1}}"#),
        Member(
            "expire", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "forget", "forget", "the name of an object",
            "Forgets all `nonces`, or the `account` with everything that it has.",
            example: #"{"at": "newOrder", "do": {"forget": "nonces", "times": 1}}"#),
        Member(
            "forget", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "deactivate", "deactivate", "the name of an object", "Deactivates the `account` or `authorization`.",
            example: #"{"at": "newOrder", "do": {"deactivate": "account", "times": 1}}"#),
        Member(
            "deactivate", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "revoke", "revoke", "`certificate`", "Revokes the certificate.",
            example:
                #"{"at": "certificate", "do": {"revoke": "certificate", "reason": "keyCompromise", "moment": "after"}}"#
        ),
        Member("revoke", "reason", "a whole number from 0 to 10, but 7, or its name", "RFC 5280 §5.3.1."),
        Member(
            "revoke", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "changeTerms", "changeTerms", "a text", "Publishes a new version of the terms of service.",
            example: #"{"at": "newOrder", "after": 2, "do": {"changeTerms": "2", "times": 1}}"#),
        Member(
            "changeTerms", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "renewalWindow", "renewalWindow", "an object with both of its members",
            "Sets the renewal window of the certificate.",
            example: #"{"at": "renewalInfo", "do": {"renewalWindow": {"start": "1h", "end": "2h"}}}"#),
        Member(
            "renewalWindow", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        Member(
            "incident", "incident", "a URL, or an empty text",
            "Moves the window of the certificate into the past; the page explains why.",
            example: #"{"at": "renewalInfo", "do": {"incident": "https://ca.example.test/incident"}}"#),
        Member(
            "incident", "moment", "`before` or `after`",
            "Before the request is processed (the default), or after it."),
        // What every action can say.
        Member(
            "do", "times", "a whole number of at least 1",
            "How often it happens before the next step; unlimited by default.",
            example: #"{"do": {"delay": "2s", "times": 3}}"#),
        // Values of actions.
        Member("retryAfter", "in", "a time", "A date relative to now; negative numbers are in the past."),
        Member("retryAfter", "as", "`date`, `rfc850` or `asctime`", "`date` by default; the others are obsolete."),
        Member("retryAfter", "text", "a text", "Any text."),
        Member("subproblem", "problem", "a name in the namespace of ACME, or a whole URI", "Its type."),
        Member("subproblem", "status", "a status from 400 to 599", "Its status."),
        Member("subproblem", "detail", "a text", "The explanation for people."),
        Member("subproblem", "instance", "a text", "A page for people."),
        Member("subproblem", "identifier", "a name, an address, or an object", "The identifier that it concerns."),
        Member("subproblem", "subproblems", "an array of subproblems", "Its own subproblems."),
        Member("identifier", "type", "a text", "A type other than `dns` and `ip`."),
        Member("identifier", "value", "a text", "The value."),
        Member("field change", "add", "a text", "Adds a field."),
        Member("field change", "double", "`{}`", "Sends each field of the name twice."),
        Member("field change", "rename", "the name of a header field", "Renames the fields."),
        Member("edit", "set", "a JSON Pointer", "Sets `value`, replacing an existing value or adding a member."),
        Member(
            "edit", "insert", "a JSON Pointer", "Inserts `value` into an array before that element; `-` is the end."),
        Member("edit", "remove", "a JSON Pointer", "Removes the value."),
        Member("edit", "rename", "a JSON Pointer", "Renames the member to `to`."),
        Member("edit", "shuffle", "a JSON Pointer", "Shuffles the array, by the seed."),
        Member("edit", "reverse", "a JSON Pointer", "Reverses the array."),
        Member("edit", "value", "any value", "The value."),
        Member("edit", "to", "a text", "The new name."),
        Member("link style", "joined", "`true` or `false`", "All links in one field."),
        Member("link style", "quoted", "`true` or `false`", "Whether the relation is quoted; `true` by default."),
        Member("link style", "relative", "`true` or `false`", "Relative targets."),
        Member("link style", "relation", "a text", "An additional relation."),
        Member("link style", "host", "a text", "The authority of the targets."),
        Member("media type", "parameter", "a text", "A parameter: `charset=utf-8`."),
        Member(
            "media type", "letterCase", "`lower`, `upper`, `capitalized` or `alternating`",
            "Its letter case."),
        Member("JSON style", "indent", "a whole number from 0 to 16", "Spaces per level; one line by default."),
        Member("JSON style", "escapeSlashes", "`true` or `false`", #"`/` as `\/`."#),
        Member("JSON style", "escapeNonASCII", "`true` or `false`", #"Escapes non-ASCII characters as `\u`."#),
        Member("JSON style", "order", "`asWritten`, `sorted`, `reversed` or `shuffled`", "The order of members."),
        Member("JSON style", "duplicateMember", "`true` or `false`", "Repeats the first member."),
        Member("JSON style", "byteOrderMark", "`true` or `false`", "Starts with a byte order mark."),
        Member("JSON style", "newline", "`true` or `false`", "Ends with a line feed."),
        Member("PEM style", "lineEnd", "`lf`, `crlf` or `cr`", "The line ending."),
        Member(
            "PEM style", "lineLength", "a whole number of at least 1", "Base64 characters per line; 64 by default."),
        Member("PEM style", "textBefore", "a text", "A line before the first block."),
        Member("PEM style", "textBetween", "a text", "A line between two blocks."),
        Member("PEM style", "blankLines", "a whole number", "Empty lines between two blocks."),
        Member("PEM style", "newline", "`true` or `false`", "Whether the last line is terminated; `true` by default."),
        Member("PEM style", "foreignBlock", "a text", "The label of a final block that is not a certificate."),
        Member(
            "PEM style", "certificates", "a whole number from 1 to 1000",
            "The number of certificates: fewer drop the last ones, more repeat the last one."),
        Member("slices", "bytes", "a whole number of at least 1", "The size of a slice."),
        Member("slices", "every", "a time", "The time from one slice to the next."),
        Member("window", "start", "a time", "When it starts, relative to now; negative numbers are in the past."),
        Member("window", "end", "a time", "When it ends, relative to now."),
        // A file.
        Member("file", "rules", "an array of rules", "The rules, in order."),
    ]
}
