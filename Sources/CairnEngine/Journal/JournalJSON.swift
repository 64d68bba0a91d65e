import CairnCertificates
public import CairnModel

extension CairnJournal {
    /// All entries as JSON Lines: each ``CairnJournalEntry/json`` on a line.
    public func jsonLines() -> String {
        entries.reduce(into: "") { $0 += $1.json.text() + "\n" }
    }
}

extension CairnJournalEntry {
    /// The entry as a JSON object.
    ///
    /// All entries have these members:
    ///
    /// | member | |
    /// |---|---|
    /// | `number` | ``number`` |
    /// | `at` | ``at``, in RFC 3339 with milliseconds |
    /// | `event` | `request`, `status`, `issued`, `revoked`, `agreed`, `finding`, `probe`, `connection` or `refusedSetting`; those below are of each |
    ///
    /// `request`: ``CairnRequestEvent``. Absent values are left out.
    ///
    /// | member | |
    /// |---|---|
    /// | `request`, `endpoint`, `dialect` | its number, endpoint and dialect |
    /// | `method`, `url`, `source`, `client` | method and URL; the client's address and `User-Agent` |
    /// | `fields` | its header fields, an array of objects with `name` and `value` |
    /// | `protected`, `payload` | protected header and payload of the JWS, decoded |
    /// | `body`, `bodyBase64url` | its content, if it is not a JWS: text or bytes |
    /// | `account` | the account that signed |
    /// | `object` | the object in the answer: `subject`, `id`, `status` |
    /// | `problem` | of a refusal: `type`, `detail` |
    /// | `crl` | of a CRL that was read: `issuer`, `shard`, `number`, and how many `entries` |
    /// | `ocsp`, `ocspError` | what OCSP said: an array of `serialNumber`, `status`, `reason`; or an error alone |
    /// | `rules` | the rules that fired, an array of `rule`, `action`, `point` |
    /// | `answer` | `status`, `fields`, and `body` or `bodyBase64url` |
    /// | `sent` | what was really sent: `connection`, `httpVersion`, `headAt`, `endedAt`, `bodyBytes`, `ending` |
    ///
    /// `status`: `subject`, `id`, `identifiers` (an array of `type` and `value`), `from`, `to`. `issued`: `serialNumber`,
    /// `identifiers`, `notBefore`, `notAfter`, `certificate` in PEM. `revoked`: `serialNumber`, and the number of the `reason`.
    /// `agreed`: `account`, `terms`. `finding`: ``CairnFinding/json``. `probe`: `challenge`, `identifier`,
    /// `perspective`, `problem`, and `steps`, an array of `host`, `lookups`, `url`, `addressesResolved`, `addressesTried`,
    /// `addressUsed`, `port`, `status`. `connection`: its number as `connection`, `source`, `rules` as of a request.
    /// `refusedSetting`: `setting`, its path; `reason`, what it can be and what it was to be.
    public var json: CairnJSON {
        var json: CairnJSONObject = [
            "number": .integer(number), "at": .string(at.milliseconds), "event": .string(event.word),
        ]
        switch event {
        case .request(let request):
            request.write(to: &json)
        case .status(let change):
            json["subject"] = .string(change.subject.rawValue)
            json["id"] = .string(change.id.rawValue)
            json["identifiers"] = .array(change.identifiers.map(\.json))
            json["from"] = change.from.map { .string($0.rawValue) }
            json["to"] = .string(change.to.rawValue)
        case .issued(let certificate):
            json["serialNumber"] = .string("\(certificate.serialNumber)")
            json["identifiers"] = .array(certificate.identifiers.map(\.json))
            json["notBefore"] = .string(certificate.notBefore.rfc3339)
            json["notAfter"] = .string(certificate.notAfter.rfc3339)
            json["certificate"] = .string(certificate.pem)
        case .revoked(let serialNumber, let reason):
            json["serialNumber"] = .string("\(serialNumber)")
            json["reason"] = reason.map { .integer($0.rawValue) }
        case .agreed(let account, let terms):
            json["account"] = .string(account.rawValue)
            json["terms"] = .string(terms)
        case .finding(let finding):
            finding.write(to: &json)
        case .probe(let probe):
            json["challenge"] = .string(probe.challenge.rawValue)
            json["identifier"] = probe.identifier.json
            json["perspective"] = probe.perspective.map { .string($0) }
            json["problem"] = probe.problem.map { .object($0.brief) }
            json["steps"] = .array(probe.steps.map(\.json))
        case .connection(let connection):
            json["connection"] = .integer(connection.number)
            json["source"] = connection.source.map { .string("\($0)") }
            json["rules"] = [connection.rule.json]
        case .refusedSetting(let refused):
            json["setting"] = .string(refused.path)
            json["reason"] = .string(refused.reason)
        }
        return .object(json)
    }
}

extension CairnJournalEvent {
    /// What its kind is called in JSON.
    package var word: String {
        switch self {
        case .request: "request"
        case .status: "status"
        case .issued: "issued"
        case .revoked: "revoked"
        case .agreed: "agreed"
        case .finding: "finding"
        case .probe: "probe"
        case .connection: "connection"
        case .refusedSetting: "refusedSetting"
        }
    }
}

extension CairnRequestEvent {
    fileprivate func write(to json: inout CairnJSONObject) {
        json["request"] = .integer(number)
        json["endpoint"] = endpoint.map { .string($0.rawValue) }
        json["dialect"] = .string(dialect)
        json["method"] = .string(method)
        json["world"] = world.map { .string($0) }
        json["url"] = .string(url)
        json["source"] = source.map { .string("\($0)") }
        json["client"] = client.map { .string($0) }
        json["fields"] = headerFields.json
        let header = protectedHeader
        json["protected"] = header
        json["payload"] = payload
        if header == nil, !body.isEmpty { json.write(body: body) }
        json["account"] = account.map { .string($0.rawValue) }
        json["object"] = object.map { object in
            [
                "subject": .string(object.subject.rawValue), "id": .string(object.id.rawValue),
                "status": .string(object.status.rawValue),
            ]
        }
        json["problem"] = problem.map { .object($0.brief) }
        if let (name, value) = told?.member { json[name] = value }
        if !rules.isEmpty { json["rules"] = .array(rules.map(\.json)) }
        var answered: CairnJSONObject = ["status": .integer(status), "fields": answer.headerFields.json]
        if !answer.body.isEmpty { answered.write(body: answer.body) }
        json["answer"] = .object(answered)
        json["sent"] = sent?.json
    }
}

extension CairnRuleFiring {
    fileprivate var json: CairnJSON {
        ["rule": .string(rule), "action": .string(action), "point": .string(point)]
    }
}

extension CairnDeliveryReport {
    fileprivate var json: CairnJSON {
        var json = CairnJSONObject()
        json["connection"] = connection.map { .integer($0) }
        json["httpVersion"] = httpVersion.map { .string($0) }
        json["headAt"] = headAt.map { .string($0.milliseconds) }
        json["endedAt"] = .string(endedAt.milliseconds)
        json["bodyBytes"] = .integer(bodyBytes)
        json["ending"] = .string(ending.rawValue)
        return .object(json)
    }
}

extension CairnProbeEvent.Step {
    fileprivate var json: CairnJSON {
        var json = CairnJSONObject()
        json["host"] = .string(host)
        json["lookups"] = .array(lookups.map { .string($0) })
        json["url"] = url.map { .string($0) }
        json["addressesResolved"] = .array(addressesResolved.map { .string("\($0)") })
        json["addressesTried"] = .array(addressesTried.map { .string("\($0)") })
        json["addressUsed"] = addressUsed.map { .string("\($0)") }
        json["port"] = port.map { .integer($0) }
        json["status"] = status.map { .integer($0) }
        return .object(json)
    }
}

extension CairnHeaderFields {
    /// An array of objects with `name` and `value`.
    var json: CairnJSON {
        .array(map { ["name": .string($0.name), "value": .string($0.value)] })
    }
}

extension CairnJSONObject {
    fileprivate mutating func write(body: [UInt8]) {
        if let text = String(validating: body, as: UTF8.self) {
            self["body"] = .string(text)
        } else {
            self["bodyBase64url"] = .string(Base64URL.encode(body))
        }
    }
}

extension CairnInstant {
    /// As RFC 3339 writes it, with three digits of a fraction.
    var milliseconds: String {
        let fraction = Int(((self - wholeSecond) / .milliseconds(1)).rounded(.down))
        let digits = String(min(max(0, fraction), 999))
        return wholeSecond.rfc3339.dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}

extension CairnJournal {
    /// All requests with their answers as a HAR 1.2 document, which browsers and other tools can open.
    ///
    /// ```swift
    /// try ca.journal.har().text(.indented).write(to: file, atomically: true, encoding: .utf8)
    /// ```
    /// Times are on the CA's clock. Bodies are as sent: if an answer was cut short, the part that was sent.
    public func har() -> CairnJSON {
        let entries = entries.compactMap { entry in entry.request.map { $0.har(at: entry.at) } }
        return [
            "log": [
                "version": "1.2", "creator": ["name": "Cairn", "version": .string(Version.text)],
                "entries": .array(entries),
            ]
        ]
    }
}

/// <http://www.softwareishard.com/blog/har-12-spec/>
extension CairnRequestEvent {
    fileprivate func har(at begin: CairnInstant) -> CairnJSON {
        let head = sent?.headAt ?? sent?.endedAt ?? begin
        let (wait, receive) = (head - begin, (sent?.endedAt ?? head) - head)
        var entry: CairnJSONObject = [
            "startedDateTime": .string(begin.milliseconds), "time": (wait + receive).inMilliseconds,
            "request": harRequest, "response": harResponse, "cache": [:],
            "timings": ["send": 0, "wait": wait.inMilliseconds, "receive": receive.inMilliseconds],
        ]
        entry["connection"] = sent?.connection.map { .string("\($0)") }
        entry["comment"] = .string(description)
        return .object(entry)
    }

    private var httpVersion: CairnJSON { .string(sent?.httpVersion ?? "HTTP/1.1") }

    private var harRequest: CairnJSON {
        let query = url.utf8.firstIndex(of: UInt8(ascii: "?")).map { url[$0...].dropFirst() }
        var request: CairnJSONObject = [
            "method": .string(method), "url": .string(url), "httpVersion": httpVersion, "cookies": [],
            "headers": headerFields.json,
            "queryString": .array(
                (query?.texts(between: "&") ?? []).map { pair in
                    let name = pair.text(before: "=")
                    return [
                        "name": .string(PercentEncoding.decode(name)),
                        "value": .string(PercentEncoding.decode(pair.dropFirst(name.count + 1))),
                    ]
                }),
            "headersSize": -1, "bodySize": .integer(body.count),
        ]
        if !body.isEmpty {
            request["postData"] = [
                "mimeType": .string(headerFields["Content-Type"] ?? ""), "params": [],
                "text": .string(String(decoding: body, as: UTF8.self)),
            ]
        }
        return .object(request)
    }

    private var harResponse: CairnJSON {
        let isUnseen = sent != nil && sent?.headAt == nil
        let fields = answer.headerFields
        let body = answer.body.prefix(sent?.bodyBytes ?? answer.body.count)
        var content: CairnJSONObject = [
            "size": .integer(body.count), "mimeType": .string(fields["Content-Type"] ?? ""),
        ]
        if let text = String(validating: body, as: UTF8.self) {
            content["text"] = .string(text)
        } else {
            (content["text"], content["encoding"]) = (.string(base64(body)), "base64")
        }
        // A status of 0 is what browsers write down for a response that never came.
        return [
            "status": .integer(isUnseen ? 0 : status), "statusText": .string(isUnseen ? "" : answer.reason),
            "httpVersion": httpVersion, "cookies": [], "headers": isUnseen ? [] : fields.json,
            "content": .object(content), "redirectURL": .string(isUnseen ? "" : fields["Location"] ?? ""),
            "headersSize": -1, "bodySize": .integer(body.count),
        ]
    }

    /// The base64 of RFC 4648 §4, which has two other digits than that of ACME, and padding.
    private func base64(_ bytes: some Collection<UInt8>) -> String {
        let digits = Base64URL.encode(bytes).utf8.map { digit in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self) + String(repeating: "=", count: (4 - digits.count % 4) % 4)
    }
}

extension Duration {
    fileprivate var inMilliseconds: CairnJSON { .double(max(0, self / .milliseconds(1))) }
}
