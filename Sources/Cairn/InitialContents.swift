public import CairnDNS
public import CairnModel
public import CairnValidation

// What a CA has from the start, so that a configuration, and with it a trait or a file, can do what a test does later by hand.

extension TestCA.Configuration {
    /// The initial contents of the fake DNS, in the vocabulary of ``CairnDNSTable``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.dns["www.example.test"] = [.a("127.0.0.1")]
    ///     $0.dns.setFailure(.serverFailure, for: "broken.example.test")
    ///     $0.dns["www.example.test", from: "eu"] = [.a("127.0.0.2")]
    /// })
    /// ```
    public struct DNS: Hashable, Sendable {
        /// The IPv4 address of names without address records.
        ///
        /// Default: `127.0.0.1`. `nil` means no address.
        public var defaultIPv4: CairnIPAddress? = .loopbackV4
        /// The IPv6 address of names without address records.
        ///
        /// Default: `nil`, none.
        public var defaultIPv6: CairnIPAddress?
        /// Records by name; `*.` and a name is a wildcard.
        ///
        /// Default: none.
        public var records: [String: [CairnDNSRecord]] = [:]
        /// Queries that fail.
        ///
        /// Default: none.
        public var failures: [Failure] = []
        /// What remote perspectives see instead, by perspective name; see ``CairnDNSView``.
        ///
        /// Default: nothing.
        public var views: [String: View] = [:]
        /// Scripted answers; see ``CairnDNSTable/script(_:)``.
        ///
        /// Default: none.
        public var scripts: [CairnDNSScript] = []
        /// Who may update the table over DNS (RFC 2136) and transfer zones.
        ///
        /// Default: nobody.
        public var updates = CairnDNSUpdates()

        /// Creates an empty table: every name has the address `127.0.0.1`, and none an IPv6 address.
        public init() {}

        /// The records of a name.
        public subscript(name: String) -> [CairnDNSRecord] {
            get { records[name] ?? [] }
            set { records[name] = newValue.isEmpty ? nil : newValue }
        }

        /// The records that a remote perspective sees at a name; `nil` if it sees those of the table.
        public subscript(name: String, from perspective: String) -> [CairnDNSRecord]? {
            get { views[perspective]?.records[name] }
            set { views[perspective, default: View()].records[name] = newValue }
        }

        /// Makes queries for a name fail; see ``CairnDNSTable/setFailure(_:for:type:)``.
        ///
        /// - Parameters:
        ///   - code: what is answered.
        ///   - name: the name, or `*.` and a name for all below it.
        ///   - type: the query type; `nil` for all types.
        ///   - perspective: the only remote perspective for which they fail; `nil` for everybody.
        public mutating func setFailure(
            _ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil, from perspective: String? = nil
        ) {
            let failure = Failure(code, for: name, type: type)
            if let perspective {
                views[perspective, default: View()].failures.append(failure)
            } else {
                failures.append(failure)
            }
        }

        /// Queries that fail.
        public struct Failure: Hashable, Sendable {
            /// What is answered.
            public var code: CairnDNSResponseCode
            /// The name, or `*.` and a name for all below it.
            public var name: String
            /// The query type; `nil` for all types.
            public var type: CairnDNSType?

            /// Creates a failure; by default for all query types.
            public init(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil) {
                (self.code, self.name, self.type) = (code, name, type)
            }
        }

        /// What a remote perspective sees instead of the table.
        public struct View: Hashable, Sendable {
            /// Records by name; they hide those of the table.
            public var records: [String: [CairnDNSRecord]] = [:]
            /// Queries that fail.
            public var failures: [Failure] = []

            /// Creates a view that is the same as the table.
            public init() {}
        }

        /// Puts everything into a table.
        func fill(_ table: CairnDNSTable) {
            (table.defaultIPv4, table.defaultIPv6) = (defaultIPv4, defaultIPv6)
            table.updates = updates
            for script in scripts { table.script(script) }
            for (name, records) in records { table[name] = records }
            for failure in failures { table.setFailure(failure.code, for: failure.name, type: failure.type) }
            for (perspective, view) in views {
                let target = table.view(perspective)
                for (name, records) in view.records { target[name] = records }
                for failure in view.failures { target.setFailure(failure.code, for: failure.name, type: failure.type) }
            }
        }
    }

    /// Names that are approved or denied without validation, in the vocabulary of ``CairnValidationDecisions``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.validation.standard = .approve
    ///     $0.validation["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
    /// })
    /// ```
    public struct Validation: Hashable, Sendable {
        /// The decision for identifiers without an entry.
        ///
        /// Default: ``CairnValidationDecisions/Decision/probe``.
        public var standard = CairnValidationDecisions.Decision.probe
        /// Decisions by name, address, or `*.example.test` for all names below one.
        ///
        /// Default: none.
        public var names: [String: CairnValidationDecisions.Decision] = [:]
        /// Decisions for single remote perspectives, by perspective name.
        ///
        /// Default: none.
        public var perspectives: [String: [String: CairnValidationDecisions.Decision]] = [:]

        /// Creates the default: every challenge is validated.
        public init() {}

        /// The decision for a name, an address, or all names below one (`*.example.test`).
        public subscript(name: String) -> CairnValidationDecisions.Decision? {
            get { names[name] }
            set { names[name] = newValue }
        }

        /// The decision for a name, an address, or all names below one, for one remote perspective.
        public subscript(name: String, from perspective: String) -> CairnValidationDecisions.Decision? {
            get { perspectives[perspective]?[name] }
            set { perspectives[perspective, default: [:]][name] = newValue }
        }

        /// What a running CA has.
        init(_ decisions: CairnValidationDecisions) {
            standard = decisions.standard
            for (name, perspective, decision) in decisions.entries {
                if let perspective {
                    self["\(name)", from: perspective] = decision
                } else {
                    self["\(name)"] = decision
                }
            }
        }

        /// Gives a CA these decisions and no others.
        func fill(_ decisions: CairnValidationDecisions) {
            typealias Entry = (
                name: CairnNamePattern, perspective: String?, decision: CairnValidationDecisions.Decision
            )
            var entries: [Entry] = names.map { (CairnNamePattern($0), nil, $1) }
            for (perspective, names) in perspectives {
                entries += names.map { (CairnNamePattern($0), perspective, $1) }
            }
            decisions.set(standard: standard, entries)
        }
    }

    /// How challenges are answered inside the process, with the words of ``CairnChallengeResponder``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.responder.onProbe { probe in probe.host == "slow.example.test" ? .timedOut : nil }
    ///     $0.responder.setRedirect(path: "/.well-known/acme-challenge/a", to: "http://www.example.test/b")
    /// })
    /// ```
    public struct Responder: Sendable {
        /// The closures that answer probes, the last one first.
        ///
        /// Default: none.
        public private(set) var closures: [CairnChallengeResponder.Closure] = []
        /// The answers to challenges.
        ///
        /// Default: none.
        public var answers: [Answer] = []
        /// Where HTTP requests for a path are redirected to.
        ///
        /// Default: nowhere.
        public var redirects: [String: String] = [:]

        /// Creates the default: nothing is answered.
        public init() {}

        /// An answer to a challenge.
        public struct Answer: Hashable, Sendable {
            /// The type of the challenge.
            public var type: ACMEChallengeType
            /// The name or address that is validated; `nil` for any, where the token says enough.
            public var name: String?
            /// The token, for `http-01` and `tls-sni-02`.
            public var token: String?
            /// The URL of the account, for `dns-account-01`.
            public var account: String?
            /// The key authorization (RFC 8555 §8.1).
            public var keyAuthorization: String

            init(
                _ type: ACMEChallengeType, name: String? = nil, token: String? = nil, account: String? = nil,
                _ keyAuthorization: String
            ) {
                (self.type, self.name, self.token, self.account) = (type, name, token, account)
                self.keyAuthorization = keyAuthorization
            }
        }

        /// Adds a closure that answers probes; the last one added is asked first.
        public mutating func onProbe(_ closure: @escaping CairnChallengeResponder.Closure) { closures.append(closure) }

        /// Serves a key authorization at the path of a token: for one name or address, or for all.
        public mutating func setHTTP01(name: String? = nil, token: String, keyAuthorization: String) {
            answers.append(Answer(.http01, name: name, token: token, keyAuthorization))
        }

        /// Shows the certificate for a key authorization where a name or address is validated by `tls-alpn-01`.
        public mutating func setTLSALPN01(name: String, keyAuthorization: String) {
            answers.append(Answer(.tlsALPN01, name: name, keyAuthorization))
        }

        /// Shows the certificate for a key authorization to `tls-sni-02`: for one name, or for all.
        public mutating func setTLSSNI02(name: String? = nil, token: String, keyAuthorization: String) {
            answers.append(Answer(.tlsSNI02, name: name, token: token, keyAuthorization))
        }

        /// Puts the TXT record of `dns-01` into the fake DNS.
        public mutating func setDNS01(name: String, keyAuthorization: String) {
            answers.append(Answer(.dns01, name: name, keyAuthorization))
        }

        /// Puts the TXT record of `dns-account-01` into the fake DNS.
        ///
        /// - Parameters:
        ///   - name: the domain name.
        ///   - account: the URL of the account.
        ///   - keyAuthorization: the key authorization.
        public mutating func setDNSAccount01(name: String, account: String, keyAuthorization: String) {
            answers.append(Answer(.dnsAccount01, name: name, account: account, keyAuthorization))
        }

        /// Answers HTTP requests for a path with 302 and a URL.
        public mutating func setRedirect(path: String, to url: String) { redirects[path] = url }

        /// The first answer that lacks what its type needs, and what that is.
        var fault: (index: Int, words: String)? {
            for (index, answer) in answers.enumerated() {
                if let words = answer.fault { return (index, words) }
            }
            return nil
        }

        /// Puts everything into a responder.
        func fill(_ responder: CairnChallengeResponder) {
            for closure in closures { responder.onProbe(closure) }
            for (path, url) in redirects { responder.setRedirect(path: path, to: url) }
            for answer in answers { answer.fill(responder) }
        }
    }
}

extension TestCA.Configuration.Responder.Answer {
    /// The types that can be answered.
    static let types: [ACMEChallengeType] = [.http01, .dns01, .tlsALPN01, .dnsAccount01, .tlsSNI02]

    fileprivate var fault: String? {
        switch (type, name, token, account) {
        case (.http01, _, _?, nil), (.tlsSNI02, _, _?, nil), (.tlsALPN01, _?, nil, nil), (.dns01, _?, nil, nil),
            (.dnsAccount01, _?, nil, _?):
            nil
        case (.http01, _, _, _), (.tlsSNI02, _, _, _):
            "expected \"token\", and perhaps \"name\", for \(type.rawValue.quoted)"
        case (.tlsALPN01, _, _, _), (.dns01, _, _, _): "expected \"name\" alone for \(type.rawValue.quoted)"
        case (.dnsAccount01, _, _, _): "expected \"name\" and \"account\" for \(type.rawValue.quoted)"
        default:
            "expected one of \(Self.types.map(\.rawValue.quoted).joined(separator: ", ")), got \(type.rawValue.quoted)"
        }
    }

    fileprivate func fill(_ responder: CairnChallengeResponder) {
        switch (type, name, token, account) {
        case (.http01, let name?, let token?, _):
            responder.setHTTP01(name: name, token: token, keyAuthorization: keyAuthorization)
        case (.http01, nil, let token?, _): responder.setHTTP01(token: token, keyAuthorization: keyAuthorization)
        case (.tlsSNI02, let name?, let token?, _):
            responder.setTLSSNI02(name: name, token: token, keyAuthorization: keyAuthorization)
        case (.tlsSNI02, nil, let token?, _): responder.setTLSSNI02(token: token, keyAuthorization: keyAuthorization)
        case (.tlsALPN01, let name?, _, _): responder.setTLSALPN01(name: name, keyAuthorization: keyAuthorization)
        case (.dns01, let name?, _, _): responder.setDNS01(name: name, keyAuthorization: keyAuthorization)
        case (.dnsAccount01, let name?, _, let account?):
            responder.setDNSAccount01(name: name, account: account, keyAuthorization: keyAuthorization)
        default: break
        }
    }
}

extension TestCA.Configuration {
    /// An external account key that exists from the start (RFC 8555 §7.3.4).
    public struct ExternalKey: Hashable, Sendable {
        /// The `kid` of the binding: non-empty ASCII.
        public var identifier: String
        /// The bytes of the key; at least one.
        public var macKey: [UInt8]
        /// How many accounts can be bound with it.
        ///
        /// Default: any number.
        public var uses: CairnExternalAccountKey.Uses
        /// How long it is valid, counted from the start.
        ///
        /// Default: `nil`, it never expires.
        public var lifetime: Duration?
        /// What accounts bound with it may order.
        ///
        /// Default: everything.
        public var policy: CairnBoundPolicy

        /// Creates a key; omitted values set no limit.
        public init(
            identifier: String, macKey: [UInt8], uses: CairnExternalAccountKey.Uses = .unlimited,
            lifetime: Duration? = nil, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) {
            self.identifier = identifier
            self.macKey = macKey
            self.uses = uses
            self.lifetime = lifetime
            self.policy = policy
        }
    }
}

extension TestCA.Configuration {
    /// A grant to an external account that exists from the start, before any account does.
    public struct ExternalAccountGrant: Hashable, Sendable {
        /// The names or the address that it covers.
        public var scope: CairnGrant.Scope
        /// The identifier of the key that the client's account will be bound to (RFC 8555 §7.3.4).
        public var externalAccountKey: String
        /// How long it lasts, counted from the start of the CA.
        ///
        /// Default: 365 days.
        public var duration: Duration

        /// Creates a grant for the account that registers with a key.
        public init(_ scope: CairnGrant.Scope, toExternalAccount key: String, for duration: Duration = .days(365)) {
            (self.scope, externalAccountKey, self.duration) = (scope, key, duration)
        }
    }

    /// Identifiers that are paused from the start for an external account: the first account that is bound to its key
    /// (RFC 8555 §7.3.4).
    public struct ExternalAccountPause: Hashable, Sendable {
        /// What is paused; a wildcard stands for the name below it.
        public var identifiers: [ACMEIdentifier]
        /// The identifier of the key that the client's account will be bound to.
        public var externalAccountKey: String

        /// Creates a pause for whoever registers with that key.
        public init(_ identifiers: [ACMEIdentifier], forExternalAccount key: String) {
            (self.identifiers, externalAccountKey) = (identifiers, key)
        }
    }
}
