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
            "By what it is listed, released and removed; without one it gets a number. A rule takes the place of one of the same name.",
            example: #"{"name": "flaky", "do": {"delay": "2s"}}"#),
        Member(
            "rule", "tags", "an array of texts", "What it belongs to, so that several can be removed together.",
            example: #"{"tags": ["renewal"], "do": {"delay": "2s"}}"#),
        Member(
            "rule", "at", "the name of an endpoint, or an array of such",
            "The requests that it is for: `newOrder`, `finalize`, …; `connection` for what happens before there is a request. Without it all requests.",
            example: #"{"at": ["newOrder", "finalize"], "do": {"delay": "2s"}}"#),
        Member(
            "rule", "when", "conditions, or an array of such objects",
            "What else has to be true, all of it. An array of objects where one would have to name something twice.",
            example: #"{"when": {"identifier": "*.example.test"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "each", "`order`, `account`, `identifier`, `authorization` or `connection`",
            "A count of its own for each such thing.", example: #"{"each": "order", "do": {"delay": "2s"}}"#),
        Member(
            "rule", "after", "a whole number", "Lets so many requests that match pass first.",
            example: #"{"after": 1, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "every", "a whole number of at least 1",
            "Takes one in so many of those that match: with 5 the fifth, the tenth, …",
            example: #"{"every": 5, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "probability", "a number from 0 to 1",
            "By what chance it takes a request that matches, by the seed, from a stream of its own. 0 touches nothing.",
            example: #"{"probability": 0.05, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "until", "a timestamp, or `{\"in\": time}`", "When it ends, by the clock of the CA.",
            example: #"{"until": {"in": "2d"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "state", "`requires`, `becomes`, `of`", "Its part in a story.",
            example: #"{"state": {"requires": "start", "becomes": "told"}, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "priority", "a whole number",
            "Where several rules would answer, the one with the highest number does, whatever their age.",
            example: #"{"priority": 1, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "optional", "`true`", "A scope may end before the rule did anything.",
            example: #"{"optional": true, "do": {"delay": "2s"}}"#),
        Member(
            "rule", "do", "an action, or an array of actions",
            "What it does. In an array each step but the last has its own `times`; after a list that ends, the CA behaves."
        ),
        Member(
            "rule", "world", "read only",
            "The sets that are joined in the world that it is in; absent for a rule of all."),
        Member("rule", "seen", "read only", "How many requests came since it was added."),
        Member("rule", "matched", "read only", "How many of them it is for."),
        Member("rule", "fired", "read only", "How often it did something."),
        Member("rule", "left", "read only", "How often it will yet; `null` for no end, or one for each thing."),
        Member(
            "rule", "nearMiss", "read only",
            #"The last request that it is not for, and why: `{"request": 17, "why": "at: newOrder, not finalize"}`."#),
        Member("until", "in", "a time", "So long after the rule was added."),
        Member("state", "requires", "a text", "The state in which the story has to be; it begins in `start`."),
        Member("state", "becomes", "a text", "The state in which the story is once the rule did something."),
        Member("state", "of", "a text", "Which story; without it the one that has no name."),
        // Conditions.
        Member(
            "when", "dialect", "a pattern, or an array of such", "The dialect of ACME.",
            example: #"{"when": {"dialect": "rfc8555"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "method", "a pattern, or an array of such", "The method of HTTP.",
            example: #"{"when": {"method": "GET"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "path", "a pattern, or an array of such", "The path, without the prefix of a world.",
            example: #"{"when": {"path": "/dir"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "source", "a pattern, or an array of such", "The address of the client.",
            example: #"{"when": {"source": "127.0.0.*"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "account", "a pattern, or an array of such",
            "The account that signed, by the last part of its URL.",
            example: #"{"when": {"account": "1"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "identifier", "a pattern, or an array of such",
            "One of the names and addresses that the request is about.",
            example: #"{"when": {"identifier": "*.example.test"}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "profile", "a pattern, or an array of such",
            "The profile that is asked for, or that the order has.",
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
            "The number of the order in the order in which they were made.",
            example: #"{"when": {"orderNumber": [1, 3]}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "fields", "an object with a test for each header field",
            #"Header fields of the request: `{"User-Agent": {"matches": "certbot*"}}`."#,
            example: #"{"when": {"fields": {"User-Agent": {"matches": "certbot*"}}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "payload", "an object with a test for each JSON Pointer",
            #"Values of what was signed: `{"/replaces": "exists"}`."#,
            example: #"{"when": {"payload": {"/replaces": "exists"}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "isProblem", "`true` or `false`", "Whether the answer is a refusal.",
            example: #"{"when": {"isProblem": true}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "status", "a status, or an array of such", "The status of the answer.",
            example: #"{"when": {"status": [429, 503]}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "answer", "an object with a test for each JSON Pointer",
            #"Values of the answer: `{"/status": {"equals": "valid"}}`."#,
            example: #"{"when": {"answer": {"/status": {"equals": "ready"}}}, "do": {"delay": "2s"}}"#),
        Member(
            "when", "not", "conditions", "Not all of these conditions are true.",
            example: #"{"when": {"not": {"identifier": "*.example.test"}}, "do": {"delay": "2s"}}"#),
        Member("test", "equals", "any value", "The value is this one."),
        Member("test", "matches", "a pattern", "The value is a text that fits."),
        // Actions in place of the server.
        Member(
            "problem", "problem", "a name in the namespace of ACME, or a whole URI",
            "A problem document, once the request is signed and understood.",
            example: #"{"at": "finalize", "do": {"problem": "badNonce", "times": 3}}"#),
        Member("problem", "status", "a status from 400 to 599", "By default what servers commonly send with the type."),
        Member("problem", "detail", "a text", "By default a sentence that names the rule."),
        Member("problem", "retryAfter", "see below", "The field `Retry-After`."),
        Member("problem", "instance", "a text", "A page for the human who has to act."),
        Member("problem", "subproblems", "an array of subproblems", "One for each identifier that is refused."),
        Member(
            "status", "status", "a status from 200 to 599", "A status without a body, before anything is looked at.",
            example: #"{"at": "newOrder", "do": {"status": 503, "retryAfter": "30s", "times": 1}}"#),
        Member("status", "retryAfter", "see below", "The field `Retry-After`."),
        Member(
            "html", "html", "a status from 200 to 599", "A page as proxies send it, before anything is looked at.",
            example: #"{"do": {"html": 502, "text": "<h1>Bad Gateway</h1>", "times": 1}}"#),
        Member("html", "text", "a text", "The page; by default one that says the status."),
        Member("html", "retryAfter", "see below", "The field `Retry-After`."),
        Member(
            "redirect", "redirect", "a URL, or an empty text",
            "A redirect to there, before anything is looked at; the empty text leads back, which makes a loop.",
            example: #"{"at": "newOrder", "do": {"redirect": "https://localhost:14000/elsewhere", "times": 1}}"#),
        Member("redirect", "status", "a status from 300 to 399", "307 by default."),
        Member(
            "hold", "hold", "`{}`",
            "The request waits at the gate of the rule, before anything is looked at, until that is released.",
            example: #"{"name": "gate", "at": "finalize", "do": {"hold": {}}}"#),
        Member(
            "holdAnswer", "holdAnswer", "`{}`", "The request is carried out, and the answer waits at the gate.",
            example: #"{"name": "gate", "at": "finalize", "do": {"holdAnswer": {}}}"#),
        Member(
            "drop", "drop", "`{}`", "The connection is closed in good order, and the request was never there.",
            example: #"{"at": "order", "do": {"drop": {}, "times": 1}}"#),
        Member(
            "reset", "reset", "`accept`, `handshake`, `connected`, `request` or `stream`",
            "The connection is reset: at the accept, in the TLS handshake, after it, or instead of an answer; `stream` resets the HTTP/2 stream.",
            example: #"{"at": "newOrder", "do": {"reset": "request", "times": 1}}"#),
        Member(
            "pass", "pass", "`{}`", "Nothing: a step that lets requests pass, and moves a story on.",
            example: #"{"at": "newOrder", "do": [{"pass": {}, "times": 2}, {"problem": "serverInternal"}]}"#),
        Member(
            "loseAnswer", "loseAnswer", "`reset`, `close`, `status` or `delay`",
            "The request is carried out, and then the connection is reset or closed, or the answer is another status or late.",
            example: #"{"at": "finalize", "do": {"loseAnswer": "reset", "times": 1}}"#),
        Member("loseAnswer", "status", "a status from 200 to 599", #"With `"loseAnswer": "status"`."#),
        Member("loseAnswer", "delay", "a time", #"With `"loseAnswer": "delay"`."#),
        // Actions on the answer.
        Member(
            "setStatus", "setStatus", "a status from 200 to 599", "Another status on what the server answers.",
            example: #"{"at": "newOrder", "do": {"setStatus": 200}}"#),
        Member(
            "fields", "fields", "an object with a change for each header field, or an array of such",
            "`null` takes a header field out; a text sets it, an array of texts sets several.",
            example: #"{"at": "renewalInfo", "do": {"fields": {"Retry-After": null}}}"#),
        Member(
            "json", "json", "an array of edits", "Changes of the JSON body, in their order.",
            example: #"{"at": "order", "do": {"json": [{"remove": "/finalize"}, {"set": "/error", "value": {}}]}}"#),
        Member(
            "nonce", "nonce", "`add`, `remove`, `used`, `blank`, `two` or `text`",
            "`add` where there is none, `remove`, one that was `used`, a `blank` one, `two`, or a `text` that is none.",
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
            "In which case the names of header fields are sent over HTTP/1.1.",
            example: #"{"do": {"fieldCase": "lower"}}"#),
        Member(
            "jsonStyle", "jsonStyle", "an object", "How JSON is written; without members on one line without spaces.",
            example: #"{"do": {"jsonStyle": {"order": "shuffled", "indent": 2}}}"#),
        Member(
            "pemStyle", "pemStyle", "an object", "How a certificate chain is written.",
            example: #"{"at": "certificate", "do": {"pemStyle": {"lineEnd": "crlf"}}}"#),
        Member(
            "truncate", "truncate", "a number of bytes", "The body ends there, in an answer that is otherwise whole.",
            example: #"{"at": "certificate", "do": {"truncate": 100, "times": 1}}"#),
        Member(
            "garble", "garble", "a number of bytes, at least 1",
            "So many bytes of the body become others, by the seed.",
            example: #"{"at": "order", "do": {"garble": 20, "times": 1}}"#),
        // Actions on the way.
        Member(
            "delay", "delay", "a time", "Silence before the answer.",
            example: #"{"at": "newOrder", "do": {"delay": "2s"}}"#),
        Member(
            "delayBody", "delayBody", "a time", "Silence between header fields and body.",
            example: #"{"at": "directory", "do": {"delayBody": "2s"}}"#),
        Member(
            "dribble", "dribble", "an object with both of its members", "The body comes a few bytes at a time.",
            example: #"{"at": "certificate", "do": {"dribble": {"bytes": 10, "every": "100ms"}}}"#),
        Member(
            "cut", "cut", "a number of bytes", "The connection is closed after so many bytes of the body.",
            example: #"{"at": "certificate", "do": {"cut": 100, "by": "reset", "times": 1}}"#),
        Member("cut", "by", "`close` or `reset`", "`close` by default; `reset` is a TCP RST."),
        Member(
            "goAway", "goAway", "`{}`",
            "The answer is the last one on its connection, which `GOAWAY` says, or `Connection: close`.",
            example: #"{"at": "newNonce", "do": {"goAway": {}}}"#),
        Member(
            "close", "close", "`{}`", "The connection is closed after the answer.",
            example: #"{"at": "newNonce", "do": {"close": {}}}"#),
        Member(
            "tlsAlert", "tlsAlert", "the name of an alert: `handshakeFailure`",
            "The TLS handshake ends with that alert.",
            example: #"{"at": "connection", "do": {"tlsAlert": "handshakeFailure", "times": 1}}"#),
        Member(
            "serverCertificate", "serverCertificate", "`expired`, `notYetValid`, `wrongName` or `untrusted`",
            "What is wrong with the certificate that the server shows: it has expired, begins in a year, is for `wrong.example.test`, or has a root that nobody trusts.",
            example: #"{"at": "connection", "do": {"serverCertificate": "expired", "times": 1}}"#),
        // Actions on what the server holds.
        Member(
            "force", "force", "a status", "The object gets that status, one of those that it can have.",
            example: #"{"at": "order", "do": {"force": "invalid", "of": "order", "times": 1}}"#),
        Member("force", "of", "the name of an object", "`account`, `order`, `authorization` or `challenge`."),
        Member(
            "force", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "purge", "purge", "the name of an object",
            "`order`, `authorization` or `certificate` is gone; with `allOfAccount` all that the account has.",
            example: #"{"at": "finalize", "do": {"purge": "order", "times": 1}}"#),
        Member(
            "purge", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "expire", "expire", "the name of an object",
            "`order`, `authorization` or `nonces` expire; with `allOfAccount` all that the account has.",
            example: #"{"at": "finalize", "do": {"expire": "authorization", "times": 1}}"#),
        Member(
            "expire", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "forget", "forget", "the name of an object", "`nonces`, or `account` with all that it has, are forgotten.",
            example: #"{"at": "newOrder", "do": {"forget": "nonces", "times": 1}}"#),
        Member(
            "forget", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "deactivate", "deactivate", "the name of an object", "`account` or `authorization` is deactivated.",
            example: #"{"at": "newOrder", "do": {"deactivate": "account", "times": 1}}"#),
        Member(
            "deactivate", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "revoke", "revoke", "`certificate`", "The certificate is revoked.",
            example:
                #"{"at": "certificate", "do": {"revoke": "certificate", "reason": "keyCompromise", "moment": "after"}}"#
        ),
        Member("revoke", "reason", "a whole number from 0 to 10, but 7, or its name", "RFC 5280 §5.3.1."),
        Member(
            "revoke", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "changeTerms", "changeTerms", "a text", "There is a new version of the terms of service.",
            example: #"{"at": "newOrder", "after": 2, "do": {"changeTerms": "2", "times": 1}}"#),
        Member(
            "changeTerms", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "renewalWindow", "renewalWindow", "an object with both of its members",
            "The renewal window of the certificate moves.",
            example: #"{"at": "renewalInfo", "do": {"renewalWindow": {"start": "1h", "end": "2h"}}}"#),
        Member(
            "renewalWindow", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        Member(
            "incident", "incident", "a URL, or an empty text",
            "The window of the certificate has passed, and the page says why.",
            example: #"{"at": "renewalInfo", "do": {"incident": "https://ca.example.test/incident"}}"#),
        Member(
            "incident", "moment", "`before` or `after`",
            "Before the request is carried out, which is the default, or after it."),
        // What every action can say.
        Member(
            "do", "times", "a whole number of at least 1",
            "How often it happens before the next step comes; without it for ever.",
            example: #"{"do": {"delay": "2s", "times": 3}}"#),
        // Values of actions.
        Member("retryAfter", "in", "a time", "A date so far from now; a negative number makes it one that is past."),
        Member("retryAfter", "as", "`date`, `rfc850` or `asctime`", "`date` by default; the others are obsolete."),
        Member("retryAfter", "text", "a text", "Any text."),
        Member("subproblem", "problem", "a name in the namespace of ACME, or a whole URI", "Its type."),
        Member("subproblem", "status", "a status from 400 to 599", "Its status."),
        Member("subproblem", "detail", "a text", "What people are told."),
        Member("subproblem", "instance", "a text", "A page for people."),
        Member("subproblem", "identifier", "a name, an address, or an object", "What it is about."),
        Member("subproblem", "subproblems", "an array of subproblems", "Subproblems of its own."),
        Member("identifier", "type", "a text", "A type other than `dns` and `ip`."),
        Member("identifier", "value", "a text", "The value."),
        Member("field change", "add", "a text", "Another field beside those of its name."),
        Member("field change", "double", "`{}`", "Each field of the name twice."),
        Member("field change", "rename", "the name of a header field", "The fields are sent under another name."),
        Member("edit", "set", "a JSON Pointer", "Puts `value` there, in place of what is there or as a new member."),
        Member("edit", "insert", "a JSON Pointer", "Puts `value` into a list before what is there; `-` is the end."),
        Member("edit", "remove", "a JSON Pointer", "Takes out what is there."),
        Member("edit", "rename", "a JSON Pointer", "Gives the member the name `to`."),
        Member("edit", "shuffle", "a JSON Pointer", "Puts the list in an order by the seed."),
        Member("edit", "reverse", "a JSON Pointer", "Turns the list round."),
        Member("edit", "value", "any value", "What is put there."),
        Member("edit", "to", "a text", "The new name."),
        Member("link style", "joined", "`true` or `false`", "All links in one field."),
        Member("link style", "quoted", "`true` or `false`", "Whether the relation is quoted; it is by default."),
        Member("link style", "relative", "`true` or `false`", "Relative targets."),
        Member("link style", "relation", "a text", "A relation besides its own."),
        Member("link style", "host", "a text", "The authority of the targets."),
        Member("media type", "parameter", "a text", "A parameter: `charset=utf-8`."),
        Member(
            "media type", "letterCase", "`lower`, `upper`, `capitalized` or `alternating`",
            "In which case it is written."),
        Member("JSON style", "indent", "a whole number from 0 to 16", "Spaces a level; without it one line."),
        Member("JSON style", "escapeSlashes", "`true` or `false`", #"`/` as `\/`."#),
        Member("JSON style", "escapeNonASCII", "`true` or `false`", #"Characters beyond ASCII as `\u`."#),
        Member("JSON style", "order", "`asWritten`, `sorted`, `reversed` or `shuffled`", "The order of members."),
        Member("JSON style", "duplicateMember", "`true` or `false`", "The first member stands there twice."),
        Member("JSON style", "byteOrderMark", "`true` or `false`", "A byte order mark comes first."),
        Member("JSON style", "newline", "`true` or `false`", "A line feed comes last."),
        Member("PEM style", "lineEnd", "`lf`, `crlf` or `cr`", "What ends a line."),
        Member(
            "PEM style", "lineLength", "a whole number of at least 1", "Characters of base64 a line; 64 by default."),
        Member("PEM style", "textBefore", "a text", "A line before the first block."),
        Member("PEM style", "textBetween", "a text", "A line between two blocks."),
        Member("PEM style", "blankLines", "a whole number", "Empty lines between two blocks."),
        Member("PEM style", "newline", "`true` or `false`", "Whether the last line is ended; it is by default."),
        Member("PEM style", "foreignBlock", "a text", "The label of a block that is no certificate and comes last."),
        Member(
            "PEM style", "certificates", "a whole number from 1 to 1000",
            "The first so many, or the last one again and again."),
        Member("slices", "bytes", "a whole number of at least 1", "The size of a slice."),
        Member("slices", "every", "a time", "The time from one slice to the next."),
        Member("window", "start", "a time", "When it begins, counted from now; negative for what is past."),
        Member("window", "end", "a time", "When it ends, counted from now."),
        // A file.
        Member("file", "rules", "an array of rules", "The rules of the file, in their order."),
    ]
}
