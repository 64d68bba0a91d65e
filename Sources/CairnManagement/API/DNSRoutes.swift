import Cairn
import HTTPTypes

extension API {
    private static let records = Schema.map(of: Schema.list(of: Schema.text))

    /// The fake DNS; its default addresses are the settings `dns.defaultIPv4` and `dns.defaultIPv6`.
    static let dnsRoutes: [Route] = [
        .perform(
            .delete, "/dns", "Forgets all records, failures and views, and puts the default addresses back",
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
            .put, "/dns/records/{name}", "Puts records, such as \"A 127.0.0.1\", in the place of those of a name",
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
            .post, "/dns/records/{name}", "Adds records beside those of a name", query: [.perspective],
            with: SettingKind<[CairnDNSRecord]>.array(of: .record, "DNS records")
        ) { call, records in
            try call.dns.add(records, to: try call.host())
        },
        .perform(
            .delete, "/dns/records/{name}", "Removes the records of a name, or those of one type",
            query: [.perspective, type]
        ) { call in
            try call.dns.removeAll(at: try call.host(), type: try call.recordType())
        },
        .get(
            "/dns/failures", "The questions that fail", query: [.perspective],
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
            .put, "/dns/failures/{name}", "Makes questions for a name, or all below \"*.\" and a name, fail",
            query: [.perspective, type],
            with: SettingKind<CairnDNSResponseCode>.member("code", .responseCode)
        ) { call, code in
            try call.dns.setFailure(code, for: try call.host(), type: try call.recordType())
        },
        .perform(
            .delete, "/dns/failures/{name}", "Takes a failure of the same name and type back",
            query: [.perspective, type]
        ) { call in
            try call.dns.clearFailure(for: try call.host(), type: try call.recordType())
        },
        .get(
            "/dns/queries", "The questions that were asked, oldest first",
            query: [.init(name: "name", summary: "only questions for a name")],
            of: Schema.list(of: Schema.reference("Query"))
        ) { call in
            let dns = call.ca.dns
            return .array((call.parameter("name").map { dns.queries(for: $0) } ?? dns.queries).map(\.json))
        },
        .perform(
            .delete, "/dns/queries", "Forgets the questions that were asked; the numbers go on",
            query: [.init(name: "name", summary: "only questions for a name")]
        ) { call in
            if let name = call.parameter("name") {
                call.ca.dns.clearQueries(for: name)
            } else {
                call.ca.dns.clearQueries()
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
        guard SettingText.isHostName(name.hasPrefix("*.") ? String(name.dropFirst(2)) : name) else {
            throw APIProblem(400, "expected a host name, or \"*.\" and a name, got \(name.quoted)")
        }
        return name
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
            "number": .integer(number), "name": .string(name), "type": .string("\(type)"),
            "source": .string("\(source)"), "outcome": .string("\(outcome)"),
        ]
        json["records"] = .array(records.map { .string($0.zoneText) })
        json["perspective"] = perspective.map(CairnJSON.string)
        json["userAgent"] = userAgent.map(CairnJSON.string)
        return .object(json)
    }
}
