import Cairn
import HTTPTypes

extension API {
    private static let records = Schema.map(of: Schema.list(of: Schema.text))

    /// The fake DNS; its default addresses are the settings `dns.defaultIPv4` and `dns.defaultIPv6`.
    static let dnsRoutes: [Route] = [
        .perform(
            .delete, "/dns", "Removes all records, failures, scripts and views, and resets the default addresses",
            query: [.perspective]
        ) { call in
            if let perspective = try call.perspective {
                call.ca.dns.view(perspective).reset()
            } else {
                call.ca.dns.reset()
            }
        },
        .get(
            "/dns/records", "The records of all names, each as in a zone file", query: [.perspective], of: records
        ) { call in
            let dns = call.ca.dns
            guard let perspective = try call.perspective else { return zone(dns.names) { dns[$0] } }
            let view = dns.view(perspective)
            return zone(view.names) { view[$0] ?? [] }
        },
        .get(
            "/dns/records/{name}", "The records of a name, without wildcards and default addresses",
            query: [.perspective], of: Schema.list(of: Schema.text)
        ) { call in
            let name = try call.host()
            let records = try call.perspective.map { call.ca.dns.view($0)[name] ?? [] } ?? call.ca.dns[name]
            return .array(records.map { .string($0.zoneText) })
        },
        .perform(
            .put, "/dns/records/{name}", "Puts records, such as \"A 127.0.0.1\", replacing those of a name",
            query: [.perspective], with: SettingKind<[CairnDNSRecord]>.array(of: .record, "DNS records")
        ) { call, records in
            let name = try call.host()
            if let perspective = try call.perspective {
                call.ca.dns.view(perspective)[name] = records
            } else {
                call.ca.dns[name] = records
            }
        },
        .perform(
            .post, "/dns/records/{name}", "Adds records to a name", query: [.perspective],
            with: SettingKind<[CairnDNSRecord]>.array(of: .record, "DNS records")
        ) { call, records in
            try call.dns.add(records, to: try call.host())
        },
        .perform(
            .delete, "/dns/records/{name}", "Removes the records of a name, or those of one type, or one record",
            query: [
                .perspective, type,
                .init(name: "record", summary: "the record as in a zone file, without its time to live"),
            ]
        ) { call in
            let (name, type) = (try call.host(), try call.recordType())
            guard let record = try call.record() else { return try call.dns.removeAll(at: name, type: type) }
            if let type, type != record.type {
                throw APIProblem(400, "expected a record of the type \(type) in \"record\", got \(record.type)")
            }
            try call.dns.remove(record, from: name)
        },
        .get(
            "/dns/failures", "The queries that fail", query: [.perspective],
            of: Schema.list(
                of: Schema.object(["name": Schema.text, "code": Schema.text], optional: ["type": Schema.anything]))
        ) { call in
            let dns = call.ca.dns
            let failures = try call.perspective.map { dns.view($0).failures } ?? dns.failures
            return .array(
                failures.map { failure in
                    SettingKind.failure.write(
                        TestCA.Configuration.DNS.Failure(failure.code, for: failure.name, type: failure.type))
                })
        },
        .perform(
            .put, "/dns/failures/{name}", "Makes queries for a name, or all below \"*.\" and a name, fail",
            query: [.perspective, type],
            with: SettingKind<CairnDNSResponseCode>.member("code", .responseCode)
        ) { call, code in
            try call.dns.setFailure(code, for: try call.host(), type: try call.recordType())
        },
        .perform(
            .delete, "/dns/failures/{name}", "Removes the failure of a name and type",
            query: [.perspective, type]
        ) { call in
            try call.dns.clearFailure(for: try call.host(), type: try call.recordType())
        },
        .get(
            "/dns/queries", "The queries so far, oldest first",
            query: [.init(name: "name", summary: "only questions for a name")],
            of: Schema.list(of: Schema.reference("Query"))
        ) { call in
            let dns = call.ca.dns
            return .array((call.parameter("name").map { dns.queries(for: $0) } ?? dns.queries).map(\.json))
        },
        .perform(
            .delete, "/dns/queries", "Clears the history of queries and updates; numbering continues",
            query: [.init(name: "name", summary: "only questions for a name")]
        ) { call in
            if let name = call.parameter("name") {
                call.ca.dns.clearQueries(for: name)
            } else {
                call.ca.dns.clearQueries()
            }
        },
        .get(
            "/dns/updates", "The updates that came as DNS messages (RFC 2136), oldest first, refused ones too",
            of: Schema.list(of: Schema.reference("Update"))
        ) { .array($0.ca.dns.updateHistory.map(\.json)) },
    ]

    private static let scripts = Schema.object(["scripts": Schema.list(of: Schema.anyObject)])

    /// What the fake DNS does out of turn.
    static let dnsScriptRoutes: [Route] = [
        .get("/dns/scripts", "The scripts of the fake DNS with their counters, in order", of: scripts) {
            ["scripts": .array($0.ca.dns.scripts.map(\.json))]
        },
        .perform(
            .post, "/dns/scripts", "Adds a script to the DNS; one of the same name is replaced",
            with: SettingKind<CairnDNSScript>.script.passingOver(CairnDNSScriptRecord.counters), status: 201,
            of: Schema.object(["name": Schema.text])
        ) { call, script in ["name": .string(call.ca.dns.script(script))] },
        .perform(.delete, "/dns/scripts", "Removes all scripts of the fake DNS") { $0.ca.dns.removeScripts() },
        .get("/dns/scripts/unfired", "The scripts that never fired and are not optional", of: scripts) {
            ["scripts": .array($0.ca.dns.unfiredScripts.map(\.json))]
        },
        .perform(.post, "/dns/scripts/reset", "Resets the counters of all scripts of the fake DNS") {
            $0.ca.dns.resetScripts()
        },
        .get("/dns/scripts/{name}", "One script of the fake DNS with its counters", of: Schema.anyObject) { call in
            let script = call.ca.dns.scripts.first { $0.script.name?.isSame(as: call["name"]) ?? false }
            return try call.find(script, "script", "name").json
        },
        .perform(.delete, "/dns/scripts/{name}", "Removes a script of the fake DNS") { call in
            guard call.ca.dns.removeScript(call["name"]) else {
                let names = call.ca.dns.scripts.compactMap(\.script.name)
                let hint = NearestName.to(call["name"], among: names).map { "; did you mean \($0.quoted)?" } ?? ""
                throw APIProblem(404, "there is no script \(call["name"].quoted)\(hint)")
            }
        },
    ]

    private static let type = Route.Query(name: "type", summary: "a type of records such as TXT; all if left out")

    private static func zone(_ names: [String], _ records: (String) -> [CairnDNSRecord]) -> CairnJSON {
        .object(
            names.reduce(into: CairnJSONObject()) { zone, name in
                zone[name] = .array(records(name).map { .string($0.zoneText) })
            })
    }
}

extension Call {
    /// What the query says is changed: the table, or what a perspective sees in another way.
    fileprivate var dns: any EditableDNS {
        get throws { try perspective.map { ca.dns.view($0) } ?? ca.dns }
    }

    /// The name of the path, if it is a host name, perhaps with `*.` in front.
    fileprivate func host() throws(APIProblem) -> String {
        let name = self["name"]
        guard SettingText.isStarredName(name) else {
            throw APIProblem(400, "expected a host name, or \"*.\" and a name, got \(name.quoted)")
        }
        return name
    }

    fileprivate func record() throws(APIProblem) -> CairnDNSRecord? {
        guard let text = parameter("record") else { return nil }
        switch SettingKind<CairnDNSRecord>.record.read(.string(text)) {
        case .success(let record): return record
        case .failure(let fault): throw APIProblem(400, "record: \(fault)")
        }
    }

    fileprivate func recordType() throws(APIProblem) -> CairnDNSType? {
        guard let text = parameter("type") else { return nil }
        guard let type = CairnDNSType(text) else {
            throw APIProblem(400, "type: expected \(SettingKind<CairnDNSType>.dnsType.expected), got \(text.quoted)")
        }
        return type
    }
}

extension CairnDNSQuery {
    fileprivate var json: CairnJSON {
        var json: CairnJSONObject = [
            "number": .integer(number), "at": .string(at.rfc3339), "name": .string(name), "type": .string("\(type)"),
            "class": .integer(Int(questionClass)), "source": .string("\(source)"), "outcome": .string("\(outcome)"),
        ]
        json["records"] = .array(records.map { .string($0.zoneText) })
        json["perspective"] = perspective.map(CairnJSON.string)
        json["client"] = client.map { .string("\($0)") }
        json["key"] = key.map(CairnJSON.string)
        json["reason"] = reason.map(CairnJSON.string)
        if !scripts.isEmpty { json["scripts"] = .array(scripts.map(CairnJSON.string)) }
        if delay > .zero { json["delay"] = SettingKind<Duration>.duration().write(delay) }
        json["userAgent"] = userAgent.map(CairnJSON.string)
        return .object(json)
    }
}

extension CairnDNSUpdate {
    fileprivate var json: CairnJSON {
        var json: CairnJSONObject = [
            "number": .integer(number), "at": .string(at.rfc3339), "zone": .string(zone),
            "source": .string("\(source)"), "responseCode": .string("\(responseCode)"),
            "changes": .array(changes.map(\.json)),
        ]
        json["client"] = client.map { .string("\($0)") }
        json["key"] = key.map(CairnJSON.string)
        json["reason"] = reason.map(CairnJSON.string)
        return .object(json)
    }
}

extension CairnDNSUpdate.Change {
    fileprivate var json: CairnJSON {
        switch self {
        case .add(let record, let name): ["add": .string(record.zoneText), "name": .string(name)]
        case .remove(let record, let name): ["remove": .string(record.zoneText), "name": .string(name)]
        case .removeAll(let name, let type):
            ["removeAll": .string(type.map { "\($0)" } ?? "ANY"), "name": .string(name)]
        }
    }
}

extension CairnDNSScriptRecord {
    /// What is read back besides what was written, and passed over when it is loaded.
    fileprivate static let counters = ["matched", "fired", "left"]

    fileprivate var json: CairnJSON {
        guard var object = SettingKind.script.write(script).object else { return .null }
        object["matched"] = .integer(matched)
        object["fired"] = .integer(fired)
        object["left"] = left.map(CairnJSON.integer) ?? .null
        return .object(object)
    }
}

extension SettingKind {
    /// The same values, from objects that may have some members more.
    fileprivate func passingOver(_ names: [String]) -> SettingKind {
        let (read, write) = (read, write)
        return SettingKind(
            expected: expected, schema: schema, members: members,
            reading: { json in
                guard var object = json.object else { return read(json) }
                for name in names { object[name] = nil }
                return read(.object(object))
            }, writing: write)
    }
}
