import Cairn

/// What the commands of `pebble-challtestsrv` change and tell: a fake DNS, and answers to challenges.
struct ChallengeContents: Sendable {
    let dns: CairnDNSTable
    let responder: CairnChallengeResponder
    /// The remote perspectives, each with a view of its own of the DNS.
    let perspectives: [String]
}

extension TestCA {
    var challengeContents: ChallengeContents {
        ChallengeContents(dns: dns, responder: responder, perspectives: probes.perspectives)
    }
}

/// A command by the name that it has in `pebble-challtestsrv`.
///
/// Those for `tls-sni-02` have the names that they would have there. Those that change the DNS take a member `perspective` that
/// theirs have not: it names the perspective that alone is to see the change.
struct ChallengeCommand: Sendable {
    /// What a command is about; a server that does not serve it does not have the command.
    enum Subject: Sendable { case dns, http, tls, histories }

    /// What came of it.
    enum Outcome: Sendable {
        /// It was done, as a line of the log says.
        case done(String)
        case told(CairnJSON)
    }

    let name: String
    let subject: Subject
    let run: @Sendable (ChallengeContents, Arguments) throws(ACMEProblem) -> Outcome

    private init(
        _ name: String, _ subject: Subject,
        _ run: @escaping @Sendable (ChallengeContents, Arguments) throws(ACMEProblem) -> Outcome
    ) {
        (self.name, self.subject, self.run) = (name, subject, run)
    }

    /// The command at a path below the root.
    static func named(_ name: String) -> ChallengeCommand? { all.first { $0.name.isSame(as: name) } }

    static let all: [ChallengeCommand] = dns + challenges + histories
}

// MARK: - The DNS

extension ChallengeCommand {
    private static let dns: [ChallengeCommand] = [
        ChallengeCommand("set-default-ipv4", .dns) { contents, arguments throws(ACMEProblem) in
            let address = try arguments.optionalAddress(isV6: false)
            try arguments.dns(of: contents).defaultIPv4 = address
            return .done("Set default IPv4 address for DNS A queries to \((address?.description ?? "").quoted)")
        },
        ChallengeCommand("set-default-ipv6", .dns) { contents, arguments throws(ACMEProblem) in
            let address = try arguments.optionalAddress(isV6: true)
            try arguments.dns(of: contents).defaultIPv6 = address
            return .done("Set default IPv6 address for DNS AAAA queries to \((address?.description ?? "").quoted)")
        },
        addresses("add-a", isV6: false), addresses("add-aaaa", isV6: true),
        ChallengeCommand("add-caa", .dns) { contents, arguments throws(ACMEProblem) in
            let (host, policies) = (try arguments.host(), try arguments.policies())
            try arguments.dns(of: contents).add(policies, to: host)
            return .done("Added response for DNS CAA queries to \(host.quoted)")
        },
        ChallengeCommand("set-txt", .dns) { contents, arguments throws(ACMEProblem) in
            let (host, value) = (try arguments.host(), try arguments.text("value"))
            try arguments.dns(of: contents).add(.txt(value), to: host)
            return .done("Added DNS-01 TXT challenge for Host \(host.quoted) - Value \(value.quoted)")
        },
        clear("clear-a", .a) { "Removed response for DNS A queries to \($0)" },
        clear("clear-aaaa", .aaaa) { "Removed response for DNS AAAA queries to \($0)" },
        clear("clear-caa", .caa) { "Removed response for DNS CAA queries to \($0)" },
        clear("clear-txt", .txt) { "Removed DNS-01 TXT challenge for Host \($0)" },
        clear("clear-cname", .cname) { "Removed response for DNS CNAME queries to \($0)" },
        ChallengeCommand("set-cname", .dns) { contents, arguments throws(ACMEProblem) in
            let (host, target) = (try arguments.host(), try arguments.host("target"))
            try arguments.dns(of: contents).replace(with: .cname(target), at: host)
            return .done("Added response for DNS CNAME queries to \(host.quoted) targeting \(target.quoted)")
        },
        ChallengeCommand("set-servfail", .dns) { contents, arguments throws(ACMEProblem) in
            let host = try arguments.host()
            try arguments.dns(of: contents).setFailure(.serverFailure, for: host, type: nil)
            return .done("Added SERVFAIL response for DNS queries to \(host.quoted)")
        },
        ChallengeCommand("clear-servfail", .dns) { contents, arguments throws(ACMEProblem) in
            let host = try arguments.host()
            try arguments.dns(of: contents).clearFailure(for: host, type: nil)
            return .done("Removed SERVFAIL response for DNS queries to \(host.quoted)")
        },
    ]

    /// Adds addresses beside those that the name in `host` has.
    private static func addresses(_ name: String, isV6: Bool) -> ChallengeCommand {
        ChallengeCommand(name, .dns) { contents, arguments throws(ACMEProblem) in
            let (host, addresses) = (try arguments.host(), try arguments.addresses(isV6: isV6))
            try arguments.dns(of: contents).add(addresses.map { .address($0) }, to: host)
            let list = addresses.map(\.description).joined(separator: ", ")
            return .done("Added response for DNS \(isV6 ? "AAAA" : "A") queries to \(host.quoted) : \(list)")
        }
    }

    private static func clear(
        _ name: String, _ type: CairnDNSType, _ line: @escaping @Sendable (String) -> String
    ) -> ChallengeCommand {
        ChallengeCommand(name, .dns) { contents, arguments throws(ACMEProblem) in
            let host = try arguments.host()
            try arguments.dns(of: contents).removeAll(at: host, type: type)
            return .done(line(host.quoted))
        }
    }
}

// MARK: - Answers to challenges

extension ChallengeCommand {
    private static let challenges: [ChallengeCommand] = [
        ChallengeCommand("add-http01", .http) { contents, arguments throws(ACMEProblem) in
            let (token, content) = (try arguments.host("token"), try arguments.text("content"))
            contents.responder.setHTTP01(token: token, keyAuthorization: content)
            return .done("Added HTTP-01 challenge for token \(token.quoted) - key auth \(content.quoted)")
        },
        ChallengeCommand("del-http01", .http) { contents, arguments throws(ACMEProblem) in
            let token = try arguments.host("token")
            contents.responder.removeHTTP01(token: token)
            return .done("Removed HTTP-01 challenge for token \(token.quoted)")
        },
        ChallengeCommand("add-redirect", .http) { contents, arguments throws(ACMEProblem) in
            let (path, url) = (try arguments.text("path"), try arguments.text("targetURL"))
            guard url.unicodeScalars.allSatisfy({ $0 > " " && $0 < "\u{7f}" }) else {
                throw ACMEProblem(
                    .malformed, "expected a URL of printable ASCII in \"targetURL\", got \(url.quoted) (RFC 3986 §2)")
            }
            contents.responder.setRedirect(path: path, to: url)
            return .done("Added HTTP redirect for path \(path.quoted) to \(url.quoted)")
        },
        ChallengeCommand("del-redirect", .http) { contents, arguments throws(ACMEProblem) in
            let path = try arguments.text("path")
            contents.responder.removeRedirect(path: path)
            return .done("Removed HTTP redirect for path \(path.quoted)")
        },
        ChallengeCommand("add-tlsalpn01", .tls) { contents, arguments throws(ACMEProblem) in
            let (host, content) = (try arguments.host(), try arguments.text("content"))
            contents.responder.setTLSALPN01(name: host, keyAuthorization: content)
            return .done("Added TLS-ALPN-01 challenge for host \(host.quoted) - key auth \(content.quoted)")
        },
        ChallengeCommand("del-tlsalpn01", .tls) { contents, arguments throws(ACMEProblem) in
            let host = try arguments.host()
            contents.responder.removeTLSALPN01(name: host)
            return .done("Removed TLS-ALPN-01 challenge for host \(host.quoted)")
        },
        ChallengeCommand("add-tlssni02", .tls) { contents, arguments throws(ACMEProblem) in
            let (token, content) = (try arguments.host("token"), try arguments.text("content"))
            contents.responder.setTLSSNI02(token: token, keyAuthorization: content)
            return .done("Added TLS-SNI-02 challenge for token \(token.quoted) - key auth \(content.quoted)")
        },
        ChallengeCommand("del-tlssni02", .tls) { contents, arguments throws(ACMEProblem) in
            let token = try arguments.host("token")
            contents.responder.removeTLSSNI02(token: token)
            return .done("Removed TLS-SNI-02 challenge for token \(token.quoted)")
        },
    ]
}

// MARK: - Histories

extension ChallengeCommand {
    private static let histories: [ChallengeCommand] = [
        ChallengeCommand("http-request-history", .histories) { contents, arguments throws(ACMEProblem) in
            let requests = contents.responder.requests(for: try arguments.host())
            return .told(.array(requests.filter { $0.path != nil }.map(\.historyOfHTTP)))
        },
        ChallengeCommand("dns-request-history", .histories) { contents, arguments throws(ACMEProblem) in
            .told(.array(contents.dns.queries(for: try arguments.host()).map(\.history)))
        },
        ChallengeCommand("tlsalpn01-request-history", .histories) { contents, arguments throws(ACMEProblem) in
            let requests = contents.responder.requests(for: try arguments.host())
            return .told(.array(requests.filter { $0.challengeType == .tlsALPN01 }.map(\.historyOfTLS)))
        },
        ChallengeCommand("clear-request-history", .histories) { contents, arguments throws(ACMEProblem) in
            let (host, kind) = (try arguments.host(), try arguments.string("type"))
            switch kind {
            case "http": contents.responder.clearRequests(for: host, type: .http01)
            case "dns": contents.dns.clearQueries(for: host)
            case "tlsalpn": contents.responder.clearRequests(for: host, type: .tlsALPN01)
            default:
                throw ACMEProblem(
                    .malformed, "expected \"http\", \"dns\" or \"tlsalpn\" in \"type\", got \(kind.quoted)")
            }
            return .done("Cleared challenge server request history for \(host.quoted) \(kind.quoted) events")
        },
    ]
}

extension CairnChallengeRequest {
    fileprivate var historyOfHTTP: CairnJSON {
        [
            "URL": .string(path ?? ""), "Host": .string(authority ?? ""), "HTTPS": .bool(isTLS),
            "ServerName": .string(serverName ?? ""), "UserAgent": .string(userAgent ?? ""),
        ]
    }

    fileprivate var historyOfTLS: CairnJSON {
        [
            "ServerName": .string(serverName ?? ""),
            "SupportedProtos": .array(applicationProtocols.map(CairnJSON.string)),
        ]
    }
}

extension CairnDNSQuery {
    fileprivate var history: CairnJSON {
        [
            "Question": [
                "Name": .string(name.hasSuffix(".") ? name : name + "."), "Qtype": .integer(Int(type.rawValue)),
                "Qclass": .integer(Int(questionClass)),
            ],
            "UserAgent": .string(userAgent ?? ""),
        ]
    }
}
