public import CairnDNS
public import CairnModel
public import CairnValidation

// What a CA has from the start, so that a configuration, and with it a trait or a file, can do what a test does later by hand.

extension TestCA.Configuration {
    /// What is in the fake DNS from the start, with the words of ``CairnDNSTable``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.dns["www.example.test"] = [.a("127.0.0.1")]
    ///     $0.dns.setFailure(.serverFailure, for: "broken.example.test")
    ///     $0.dns["www.example.test", from: "eu"] = [.a("127.0.0.2")]
    /// })
    /// ```
    public struct DNS: Hashable, Sendable {
        /// The IPv4 address of every name that has no address of its own.
        ///
        /// Default: `127.0.0.1`. `nil` is none.
        public var defaultIPv4: CairnIPAddress? = .loopbackV4
        /// The IPv6 address of every name that has no address of its own.
        ///
        /// Default: `nil`, none.
        public var defaultIPv6: CairnIPAddress?
        /// The records of names, of which `*.` and a name is a wildcard.
        ///
        /// Default: none.
        public var records: [String: [CairnDNSRecord]] = [:]
        /// The questions that fail.
        ///
        /// Default: none.
        public var failures: [Failure] = []
        /// What remote perspectives see instead, by their names; see ``CairnDNSView``.
        ///
        /// Default: nothing.
        public var views: [String: View] = [:]
        /// The questions that are answered out of turn; see ``CairnDNSTable/script(_:)``.
        ///
        /// Default: none.
        public var scripts: [CairnDNSScript] = []
        /// Who may change the table by DNS messages (RFC 2136), and read whole zones.
        ///
        /// Default: nobody.
        public var updates = CairnDNSUpdates()

        /// An empty table: every name is at `127.0.0.1`, and none has an IPv6 address.
        public init() {}

        /// The records of a name.
        public subscript(name: String) -> [CairnDNSRecord] {
            get { records[name] ?? [] }
            set { records[name] = newValue.isEmpty ? nil : newValue }
        }

        /// The records that one remote perspective sees at a name; `nil`, unless set, where it sees those of the table.
        public subscript(name: String, from perspective: String) -> [CairnDNSRecord]? {
            get { views[perspective]?.records[name] }
            set { views[perspective, default: View()].records[name] = newValue }
        }

        /// Makes questions for a name fail: see ``CairnDNSTable/setFailure(_:for:type:)``.
        ///
        /// - Parameters:
        ///   - code: what is answered.
        ///   - name: the name, or `*.` and a name for all below it.
        ///   - type: the type of the questions that fail; `nil` for all.
        ///   - perspective: the remote perspective for which alone they fail; `nil` for everybody.
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

        /// Questions that fail.
        public struct Failure: Hashable, Sendable {
            /// What is answered.
            public var code: CairnDNSResponseCode
            /// The name, or `*.` and a name for all below it.
            public var name: String
            /// The type of the questions that fail; `nil` for all.
            public var type: CairnDNSType?

            /// Questions of all types, unless told otherwise.
            public init(_ code: CairnDNSResponseCode, for name: String, type: CairnDNSType? = nil) {
                (self.code, self.name, self.type) = (code, name, type)
            }
        }

        /// What a remote perspective sees instead of the table.
        public struct View: Hashable, Sendable {
            /// The records of names; those of the table are hidden.
            public var records: [String: [CairnDNSRecord]] = [:]
            /// The questions that fail.
            public var failures: [Failure] = []

            /// Nothing else than the table.
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

    /// Which names are approved or denied without looking, with the words of ``CairnValidationPolicy``.
    ///
    /// ```swift
    /// @Test(.testCA {
    ///     $0.decisions["www.example.test"] = .approve
    ///     $0.decisions["*.refused.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
    /// })
    /// ```
    public struct Decisions: Hashable, Sendable {
        /// The decisions on names and addresses, and on all names below one (`*.example.test`).
        ///
        /// Default: none.
        public var names: [String: CairnValidationPolicy.Decision] = [:]
        /// The decisions for single remote perspectives, by the names of those.
        ///
        /// Default: none.
        public var perspectives: [String: [String: CairnValidationPolicy.Decision]] = [:]

        /// No decision: every validation looks.
        public init() {}

        /// The decision on a name, on all names below one (`*.example.test`), or on an address.
        public subscript(name: String) -> CairnValidationPolicy.Decision? {
            get { names[name] }
            set { names[name] = newValue }
        }

        /// The decision on a name, on all names below one, or on an address, for one remote perspective.
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
    /// A key for external accounts that exists from the start (RFC 8555 §7.3.4).
    public struct ExternalKey: Hashable, Sendable {
        /// The `kid` of the binding: ASCII, and not empty.
        public var identifier: String
        /// The octets of the key, one at least.
        public var macKey: [UInt8]
        /// For how many accounts it is good.
        ///
        /// Default: any number.
        public var uses: CairnExternalAccountKey.Uses
        /// How long it is good, from the start.
        ///
        /// Default: `nil`, for ever.
        public var lifetime: Duration?
        /// What the accounts that it binds may order.
        ///
        /// Default: everything.
        public var policy: CairnBoundPolicy

        /// Anything left out sets no limit.
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
    /// What an external account is authorized for from the start, before there is any account.
    public struct ExternalAccountGrant: Hashable, Sendable {
        /// The names, or the address, that it covers.
        public var scope: CairnGrant.Scope
        /// The identifier of the key that the client's account will be bound to (RFC 8555 §7.3.4).
        public var externalAccountKey: String
        /// How long it holds from the start of the CA.
        ///
        /// Default: 365 days.
        public var duration: Duration

        /// A grant to whoever registers with that key.
        public init(_ scope: CairnGrant.Scope, toExternalAccount key: String, for duration: Duration = .days(365)) {
            (self.scope, externalAccountKey, self.duration) = (scope, key, duration)
        }
    }
}
