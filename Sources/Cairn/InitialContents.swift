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

    /// Names that are approved or denied without validation, in the vocabulary of ``CairnValidationPolicy``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.decisions["www.example.test"] = .approve
    ///     $0.decisions["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
    /// })
    /// ```
    public struct Decisions: Hashable, Sendable {
        /// Decisions by name, address, or `*.example.test` for all names below one.
        ///
        /// Default: none.
        public var names: [String: CairnValidationPolicy.Decision] = [:]
        /// Decisions for single remote perspectives, by perspective name.
        ///
        /// Default: none.
        public var perspectives: [String: [String: CairnValidationPolicy.Decision]] = [:]

        /// Creates an empty list: every challenge is validated.
        public init() {}

        /// The decision for a name, an address, or all names below one (`*.example.test`).
        public subscript(name: String) -> CairnValidationPolicy.Decision? {
            get { names[name] }
            set { names[name] = newValue }
        }

        /// The decision for a name, an address, or all names below one, for one remote perspective.
        public subscript(name: String, from perspective: String) -> CairnValidationPolicy.Decision? {
            get { perspectives[perspective]?[name] }
            set { perspectives[perspective, default: [:]][name] = newValue }
        }

        /// Puts everything into a policy.
        func fill(_ policy: CairnValidationPolicy) {
            for (name, decision) in names { policy[CairnNamePattern(name)] = decision }
            for (perspective, names) in perspectives {
                for (name, decision) in names { policy[CairnNamePattern(name), from: perspective] = decision }
            }
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

        /// Omitted values set no limit.
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
}
