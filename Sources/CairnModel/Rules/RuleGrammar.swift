/// The members of the JSON form of rules: what the reader knows, and what the article on rules lists.
package enum RuleGrammar {
    /// One member of an object.
    package struct Member: Hashable, Sendable {
        /// What the object is; for an action the name of its first member.
        package let object: String
        package let name: String
        /// What it can be.
        package let value: String

        fileprivate init(_ object: String, _ name: String, _ value: String) {
            (self.object, self.name, self.value) = (object, name, value)
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
        Member("rule", "name", "a text"),
        Member("rule", "tags", "an array of texts"),
        Member("rule", "at", "the name of an endpoint, or an array of such"),
        Member("rule", "when", "conditions, or an array of such objects"),
        Member("rule", "each", "`order`, `account`, `identifier`, `authorization` or `connection`"),
        Member("rule", "after", "a whole number"),
        Member("rule", "every", "a whole number of at least 1"),
        Member("rule", "probability", "a number from 0 to 1"),
        Member("rule", "until", "a timestamp, or `{\"in\": seconds}`"),
        Member("rule", "state", "`requires`, `becomes`, `of`"),
        Member("rule", "priority", "a whole number"),
        Member("rule", "optional", "`true`"),
        Member("rule", "do", "an action, or an array of actions"),
        Member("rule", "world", "read only"),
        Member("rule", "seen", "read only"),
        Member("rule", "matched", "read only"),
        Member("rule", "fired", "read only"),
        Member("rule", "left", "read only"),
        Member("rule", "nearMiss", "read only"),
        Member("until", "in", "a number of seconds"),
        Member("state", "requires", "a text"),
        Member("state", "becomes", "a text"),
        Member("state", "of", "a text"),
        // Conditions.
        Member("when", "dialect", "a pattern, or an array of such"),
        Member("when", "method", "a pattern, or an array of such"),
        Member("when", "path", "a pattern, or an array of such"),
        Member("when", "source", "a pattern, or an array of such"),
        Member("when", "account", "a pattern, or an array of such"),
        Member("when", "identifier", "a pattern, or an array of such"),
        Member("when", "profile", "a pattern, or an array of such"),
        Member("when", "order", "a pattern, or an array of such"),
        Member("when", "orderStatus", "a pattern, or an array of such"),
        Member("when", "authorization", "a pattern, or an array of such"),
        Member("when", "orderNumber", "a whole number of at least 1, or an array of such"),
        Member("when", "fields", "an object with a test for each header field"),
        Member("when", "payload", "an object with a test for each JSON Pointer"),
        Member("when", "isProblem", "`true` or `false`"),
        Member("when", "status", "a status, or an array of such"),
        Member("when", "answer", "an object with a test for each JSON Pointer"),
        Member("when", "not", "conditions"),
        Member("test", "equals", "any value"),
        Member("test", "matches", "a pattern"),
        // Actions in place of the server.
        Member("problem", "problem", "a name in the namespace of ACME, or a whole URI"),
        Member("problem", "status", "a status from 400 to 599"),
        Member("problem", "detail", "a text"),
        Member("problem", "retryAfter", "see below"),
        Member("problem", "instance", "a text"),
        Member("problem", "subproblems", "an array of subproblems"),
        Member("status", "status", "a status from 200 to 599"),
        Member("status", "retryAfter", "see below"),
        Member("html", "html", "a status from 200 to 599"),
        Member("html", "text", "a text"),
        Member("html", "retryAfter", "see below"),
        Member("redirect", "redirect", "a URL, or an empty text"),
        Member("redirect", "status", "a status from 300 to 399"),
        Member("hold", "hold", "`{}`"),
        Member("holdAnswer", "holdAnswer", "`{}`"),
        Member("drop", "drop", "`{}`"),
        Member("reset", "reset", "`accept`, `handshake`, `connected`, `request` or `stream`"),
        Member("pass", "pass", "`{}`"),
        Member("loseAnswer", "loseAnswer", "`reset`, `close`, `status` or `delay`"),
        Member("loseAnswer", "status", "a status from 200 to 599"),
        Member("loseAnswer", "delay", "a number of seconds"),
        // Actions on the answer.
        Member("setStatus", "setStatus", "a status from 200 to 599"),
        Member("fields", "fields", "an object with a change for each header field, or an array of such"),
        Member("json", "json", "an array of edits"),
        Member("nonce", "nonce", "`add`, `remove`, `used`, `blank`, `two` or `text`"),
        Member("nonce", "text", "a text"),
        Member("timeStyle", "timeStyle", "`whole`, `fraction`, `nanoseconds`, `offset` or `lowerCase`"),
        Member("linkStyle", "linkStyle", "an object"),
        Member("mediaType", "mediaType", "an object with one of its members"),
        Member("fieldCase", "fieldCase", "`lower`, `upper`, `capitalized` or `alternating`"),
        Member("jsonStyle", "jsonStyle", "an object"),
        Member("pemStyle", "pemStyle", "an object"),
        Member("truncate", "truncate", "a number of bytes"),
        Member("garble", "garble", "a number of bytes, at least 1"),
        // Actions on the way.
        Member("delay", "delay", "a number of seconds"),
        Member("delayBody", "delayBody", "a number of seconds"),
        Member("dribble", "dribble", "an object with both of its members"),
        Member("cut", "cut", "a number of bytes"),
        Member("cut", "by", "`close` or `reset`"),
        Member("goAway", "goAway", "`{}`"),
        Member("close", "close", "`{}`"),
        Member("tlsAlert", "tlsAlert", "the name of an alert: `handshakeFailure`"),
        Member("serverCertificate", "serverCertificate", "`expired`, `notYetValid`, `wrongName` or `untrusted`"),
        // Actions on what the server holds.
        Member("force", "force", "a status"),
        Member("force", "of", "the name of an object"),
        Member("force", "moment", "`before` or `after`"),
        Member("purge", "purge", "the name of an object"),
        Member("purge", "moment", "`before` or `after`"),
        Member("expire", "expire", "the name of an object"),
        Member("expire", "moment", "`before` or `after`"),
        Member("forget", "forget", "the name of an object"),
        Member("forget", "moment", "`before` or `after`"),
        Member("deactivate", "deactivate", "the name of an object"),
        Member("deactivate", "moment", "`before` or `after`"),
        Member("revoke", "revoke", "`certificate`"),
        Member("revoke", "reason", "a whole number from 0 to 10, but 7"),
        Member("revoke", "moment", "`before` or `after`"),
        Member("changeTerms", "changeTerms", "a text"),
        Member("changeTerms", "moment", "`before` or `after`"),
        Member("renewalWindow", "renewalWindow", "an object with both of its members"),
        Member("renewalWindow", "moment", "`before` or `after`"),
        Member("incident", "incident", "a URL, or an empty text"),
        Member("incident", "moment", "`before` or `after`"),
        // What every action can say.
        Member("do", "times", "a whole number of at least 1"),
        // Values of actions.
        Member("retryAfter", "in", "a number of seconds"),
        Member("retryAfter", "as", "`date`, `rfc850` or `asctime`"),
        Member("retryAfter", "text", "a text"),
        Member("subproblem", "problem", "a name in the namespace of ACME, or a whole URI"),
        Member("subproblem", "status", "a status from 400 to 599"),
        Member("subproblem", "detail", "a text"),
        Member("subproblem", "instance", "a text"),
        Member("subproblem", "identifier", "a name, an address, or an object"),
        Member("subproblem", "subproblems", "an array of subproblems"),
        Member("identifier", "type", "a text"),
        Member("identifier", "value", "a text"),
        Member("field change", "add", "a text"),
        Member("field change", "double", "`{}`"),
        Member("field change", "rename", "the name of a header field"),
        Member("edit", "set", "a JSON Pointer"),
        Member("edit", "insert", "a JSON Pointer"),
        Member("edit", "remove", "a JSON Pointer"),
        Member("edit", "rename", "a JSON Pointer"),
        Member("edit", "shuffle", "a JSON Pointer"),
        Member("edit", "reverse", "a JSON Pointer"),
        Member("edit", "value", "any value"),
        Member("edit", "to", "a text"),
        Member("link style", "joined", "`true` or `false`"),
        Member("link style", "quoted", "`true` or `false`"),
        Member("link style", "relative", "`true` or `false`"),
        Member("link style", "relation", "a text"),
        Member("link style", "host", "a text"),
        Member("media type", "parameter", "a text"),
        Member("media type", "letterCase", "`lower`, `upper`, `capitalized` or `alternating`"),
        Member("JSON style", "indent", "a whole number from 0 to 16"),
        Member("JSON style", "escapeSlashes", "`true` or `false`"),
        Member("JSON style", "escapeNonASCII", "`true` or `false`"),
        Member("JSON style", "order", "`asWritten`, `sorted`, `reversed` or `shuffled`"),
        Member("JSON style", "duplicateMember", "`true` or `false`"),
        Member("JSON style", "byteOrderMark", "`true` or `false`"),
        Member("JSON style", "newline", "`true` or `false`"),
        Member("PEM style", "lineEnd", "`lf`, `crlf` or `cr`"),
        Member("PEM style", "lineLength", "a whole number of at least 1"),
        Member("PEM style", "textBefore", "a text"),
        Member("PEM style", "textBetween", "a text"),
        Member("PEM style", "blankLines", "a whole number"),
        Member("PEM style", "newline", "`true` or `false`"),
        Member("PEM style", "foreignBlock", "a text"),
        Member("PEM style", "certificates", "a whole number from 1 to 1000"),
        Member("slices", "bytes", "a whole number of at least 1"),
        Member("slices", "every", "a number of seconds"),
        Member("window", "start", "a number of seconds"),
        Member("window", "end", "a number of seconds"),
        // A file.
        Member("file", "rules", "an array of rules"),
    ]
}
