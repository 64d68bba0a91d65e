import Cairn
import HTTPTypes

extension Management {
    typealias Command = @Sendable (TestCA, Arguments) throws(ACMEProblem) -> CairnDelivery

    /// The commands, with the names that they have in `pebble-challtestsrv`.
    ///
    /// Those for `tls-sni-02` have the names that they would have there.
    ///
    /// Those that change the DNS take a member `perspective` that theirs have not: it names the perspective that alone is
    /// to see the change.
    static let commands: [(name: String, run: Command)] = [
        (
            "set-default-ipv4",
            done { ca, arguments throws(ACMEProblem) in
                let address = try arguments.optionalAddress(isV6: false)
                try arguments.dns(of: ca).defaultIPv4 = address
            }
        ),
        (
            "set-default-ipv6",
            done { ca, arguments throws(ACMEProblem) in
                let address = try arguments.optionalAddress(isV6: true)
                try arguments.dns(of: ca).defaultIPv6 = address
            }
        ),
        ("add-a", add { arguments throws(ACMEProblem) in try arguments.addresses(isV6: false).map { .address($0) } }),
        ("add-aaaa", add { arguments throws(ACMEProblem) in try arguments.addresses(isV6: true).map { .address($0) } }),
        ("add-caa", add { arguments throws(ACMEProblem) in try arguments.policies() }),
        ("set-txt", add { arguments throws(ACMEProblem) in [.txt(try arguments.string("value"))] }),
        ("clear-a", clear(.a)),
        ("clear-aaaa", clear(.aaaa)),
        ("clear-caa", clear(.caa)),
        ("clear-txt", clear(.txt)),
        ("clear-cname", clear(.cname)),
        (
            "set-cname",
            done { ca, arguments throws(ACMEProblem) in
                let (host, target) = (try arguments.host(), try arguments.host("target"))
                let dns = try arguments.dns(of: ca)
                dns.removeAll(at: host, type: .cname)
                dns.add(.cname(target), to: host)
            }
        ),
        (
            "set-servfail",
            done { ca, arguments throws(ACMEProblem) in
                let host = try arguments.host()
                try arguments.dns(of: ca).setFailure(.serverFailure, for: host, type: nil)
            }
        ),
        (
            "clear-servfail",
            done { ca, arguments throws(ACMEProblem) in
                let host = try arguments.host()
                try arguments.dns(of: ca).clearFailure(for: host, type: nil)
            }
        ),
        (
            "add-http01",
            done { ca, arguments throws(ACMEProblem) in
                ca.responder.setHTTP01(
                    token: try arguments.host("token"), keyAuthorization: try arguments.string("content"))
            }
        ),
        (
            "del-http01",
            done { ca, arguments throws(ACMEProblem) in ca.responder.removeHTTP01(token: try arguments.host("token")) }
        ),
        (
            "add-tlsalpn01",
            done { ca, arguments throws(ACMEProblem) in
                ca.responder.setTLSALPN01(
                    name: try arguments.host(), keyAuthorization: try arguments.string("content"))
            }
        ),
        (
            "del-tlsalpn01",
            done { ca, arguments throws(ACMEProblem) in ca.responder.removeTLSALPN01(name: try arguments.host()) }
        ),
        (
            "add-tlssni02",
            done { ca, arguments throws(ACMEProblem) in
                ca.responder.setTLSSNI02(
                    token: try arguments.host("token"), keyAuthorization: try arguments.string("content"))
            }
        ),
        (
            "del-tlssni02",
            done { ca, arguments throws(ACMEProblem) in ca.responder.removeTLSSNI02(token: try arguments.host("token"))
            }
        ),
        (
            "dns-request-history",
            { ca, arguments throws(ACMEProblem) in history(ca.dns.queries(for: try arguments.host())) }
        ),
    ]

    /// The command at a path.
    static func command(_ name: String) -> Command? {
        (commands + grantCommands).first { $0.name.isSame(as: name) }?.run
    }

    private static func done(_ change: @escaping @Sendable (TestCA, Arguments) throws(ACMEProblem) -> Void) -> Command {
        { ca, arguments throws(ACMEProblem) in
            try change(ca, arguments)
            return CairnDelivery(HTTPResponse(status: .ok))
        }
    }

    /// Adds records to the name in `host`, beside those that it has.
    private static func add(_ records: @escaping @Sendable (Arguments) throws(ACMEProblem) -> [CairnDNSRecord])
        -> Command
    {
        done { ca, arguments throws(ACMEProblem) in
            let (host, records) = (try arguments.host(), try records(arguments))
            try arguments.dns(of: ca).add(records, to: host)
        }
    }

    private static func clear(_ type: CairnDNSType) -> Command {
        done { ca, arguments throws(ACMEProblem) in
            let host = try arguments.host()
            try arguments.dns(of: ca).removeAll(at: host, type: type)
        }
    }

    private static func history(_ queries: [CairnDNSQuery]) -> CairnDelivery {
        let events = queries.map { query -> CairnJSON in
            [
                "Question": [
                    "Name": .string(query.name.hasSuffix(".") ? query.name : query.name + "."),
                    "Qtype": .integer(Int(query.type.rawValue)), "Qclass": 1,
                ]
            ]
        }
        return CairnDelivery(.array(events))
    }
}
