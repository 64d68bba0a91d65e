extension TestCA {
    /// The configuration of a ``TestCA``.
    ///
    /// The defaults suit most tests: free ports on loopback addresses, no faults, no limits.
    @dynamicMemberLookup
    public struct Configuration: Sendable {
        /// The seed for all random choices.
        ///
        /// Default: `nil`, which picks one at random; ``TestCA/seed`` tells which.
        public var seed: CairnSeed?
        /// The hierarchy, its keys, and the certificate profiles.
        public var authority = CairnAuthorityConfiguration()
        /// What the CA demands of clients, and how long things live.
        ///
        /// ``TestCA/policy`` changes it later.
        public var policy = CairnPolicy()
        /// How much the CA remembers.
        public var bounds = CairnBounds()
        /// What is authorized from outside ACME from the start; ``TestCA/grants`` changes it later.
        ///
        /// Default: nothing.
        public var grants: [ExternalAccountGrant] = []
        /// How validations probe: ports, timeouts, perspectives.
        ///
        /// ``TestCA/probes`` changes it later.
        public var probes = CairnProbeSettings()
        /// Which names are approved or denied without looking; ``TestCA/validation`` changes it later.
        ///
        /// Default: none, every validation looks.
        public var validation = Validation()
        /// How the clock starts.
        ///
        /// Default: running, from the present.
        public var clock = TestCA.ClockStart.running
        /// The ACME server.
        public var listener = Listener()
        /// The DNS server that serves ``TestCA/dns``.
        ///
        /// Default: on a free port. `nil` starts no server; the table exists regardless.
        public var dnsListener: DNSServer? = DNSServer()
        /// The initial contents of the fake DNS; ``TestCA/dns`` changes them later.
        ///
        /// Default: no records, and `127.0.0.1` for every name that has none.
        public var dns = DNS()
        /// How challenges are answered inside the process from the start; ``TestCA/responder`` changes it later.
        ///
        /// Default: not at all.
        public var responder = Responder()
        /// The keys for external account binding (RFC 8555 §7.3.4).
        ///
        /// Default: none. ``TestCA/externalAccountKeys`` issues more.
        public var externalAccountKeys: [ExternalKey] = []
        /// The identifiers that accounts get no certificates for from the start; ``TestCA/pauses`` changes it later.
        ///
        /// Default: none.
        public var pauses: [ExternalAccountPause] = []
        /// The scheme and authority of all URLs, such as `https://ca.example.test:14000`.
        ///
        /// Default: `nil`, which uses those of each request, so the CA can be reached under several names.
        public var origin: String?
        /// Where resources are, and how answers are written; their names are members of the configuration itself:
        /// `configuration.retryAfter = .seconds(3)`.
        public var wire = CairnWireSettings()
        /// The server that the CA imitates: its statuses, problem types, header fields and decisions.
        ///
        /// It decides what nobody has chosen of ``policy`` and of the profiles. Whatever is assigned there stands, even if it is
        /// Cairn's own default, and whether it is assigned before the personality or after it:
        ///
        /// ```swift
        /// configuration.personality = .pebble
        /// configuration.policy.defaultProfile = .first    // Pebble draws one
        /// ```
        /// ``TestCA/personality`` changes it later. Default: ``CairnPersonality/strict``, which keeps to the RFCs.
        public var personality = CairnPersonality.strict
        /// The rules that are in effect from the start; ``TestCA/rules`` adds more.
        ///
        /// Default: none.
        public var rules: [CairnRule] = []
        /// The rules that clients choose by `/with/NAME/dir`, by their names; ``TestCA/rulesets`` changes them later.
        ///
        /// Default: none.
        public var rulesets: [String: [CairnRule]] = [:]
        /// What ``use(_:)`` took over.
        package internal(set) var presetUses: [PresetUse] = []
        /// The number of threads that serve connections.
        ///
        /// Default: 1.
        public var threads = 1
        /// Receives server problems that no client can be told about, such as running out of file descriptors.
        ///
        /// Default: ignores them. Called on the servers' threads, so it must not block. Each cause is reported once per
        /// socket.
        public var report: @Sendable (String) -> Void = { _ in }

        /// A member of ``wire``.
        public subscript<Value>(dynamicMember path: WritableKeyPath<CairnWireSettings, Value>) -> Value {
            get { wire[keyPath: path] }
            set { wire[keyPath: path] = newValue }
        }

        /// Creates the default configuration: an ACME server for the RFCs on a free port of `127.0.0.1`.
        public init() {}

        /// Where the ACME server listens.
        public struct Listener: Sendable {
            /// Default: `127.0.0.1`.
            ///
            /// Several addresses share a port.
            public var addresses: [CairnIPAddress] = [.loopbackV4]
            /// Default: 0, which picks a free port.
            public var port = 0
            /// The port for CRLs, OCSP and issuer certificates over plain HTTP, on the same addresses; 0 picks a free
            /// one.
            ///
            /// The URLs in certificates then use this port, with the host that the client uses for the CA. Without it,
            /// checking a certificate for TLS would itself need TLS, which RFC 5280 §8 advises against. Nothing else is
            /// served there. ``TestCA/plainURL`` is its URL. Default: `nil`, no such port; all of this is always
            /// available on the ACME port.
            public var plainPort: Int?
            /// Default: ``Security/ephemeral(names:)`` with no additional names.
            public var security = Security.ephemeral()
            /// Whether AES in CBC mode may be negotiated with TLS 1.2, for clients that support nothing else.
            ///
            /// Deviation: RFC 9325 §4.2 advises against it. Default: `false`, authenticated encryption only.
            public var allowsCBC = false
            /// Additional host names by which clients may address the servers, including the management API.
            ///
            /// Always accepted are addresses, names without dots, names below `test`, `example`, `invalid`,
            /// `localhost`, `local`, `internal` and `home.arpa`, the names in the certificate, and the host of
            /// ``TestCA/Configuration/origin``. A request for any other host is refused with 421, because a web page
            /// could point its own name here (DNS rebinding). `*` allows all names, `*.example.com` those one label
            /// below.
            public var hosts: [String] = []
            /// Origins whose web pages may send unsigned requests, chiefly management commands, such as
            /// `https://tools.example.com`.
            ///
            /// Default: only the server's own; `*` allows all.
            public var origins: [String] = []
            /// Connection timeouts.
            public var timeouts = Timeouts()

            /// Listens on a free port of `127.0.0.1`, with a certificate generated at the start.
            public init() {}

            /// Connection timeouts; `nil` disables one.
            public struct Timeouts: Hashable, Sendable {
                /// The timeout for the TLS handshake.
                ///
                /// Default: 1 minute.
                public var handshake: Duration? = .seconds(60)
                /// The timeout for receiving a request's head once it has begun; after it the answer is 408.
                ///
                /// Default: 1 minute.
                public var head: Duration? = .seconds(60)
                /// The timeout between requests.
                ///
                /// It may take up to twice as long to fire.
                ///
                /// Default: 2 minutes.
                public var idle: Duration? = .seconds(120)

                /// Creates the default timeouts.
                public init() {}
            }
        }

        /// Where the DNS server listens: UDP and TCP on one port, HTTPS on another.
        public struct DNSServer: Sendable {
            /// Default: `127.0.0.1`.
            public var addresses: [CairnIPAddress] = [.loopbackV4]
            /// Default: 0, which picks a free port.
            public var port = 0
            /// The port for DNS over HTTPS (RFC 8484), with the ACME server's certificate; 0 picks a free one.
            ///
            /// ``TestCA/dnsOverHTTPSURL`` is its URL. With ``Security/none`` it is plain HTTP, although RFC 8484 §5
            /// requires HTTPS. Default: `nil`, not served.
            public var httpsPort: Int?

            /// Listens on a free port of `127.0.0.1`.
            public init() {}
        }

        /// The TLS configuration of a listener.
        public enum Security: Sendable {
            /// A certificate generated at the start for `localhost`, `127.0.0.1`, `::1` and `names`. Its root is in
            /// ``TestCA/trustRoots``.
            case ephemeral(names: [String] = [])
            /// A certificate chain and private key in PEM, and the root that clients trust. `nil` means a root that
            /// clients already know; ``TestCA/trustRoots`` is then empty.
            case pem(chain: String, privateKey: String, trustRoot: String?)
            /// HTTP without TLS.
            ///
            /// Deviation: RFC 8555 §6.1 requires HTTPS. Meant for clients that cannot be given a root.
            case none
        }
    }
}

extension TestCA.Configuration.Security {
    /// What rules can do to the connections of the ACME server.
    var connectionPowers: ConnectionPowers {
        switch self {
        case .ephemeral: .tls(Set(CairnRule.ServerCertificate.allCases))
        case .pem: .tls([.untrusted])
        case .none: .plain
        }
    }
}

extension TestCA.Configuration.Listener {
    /// Whether there is no TLS: ``TestCA/Configuration/Security/none``.
    package var plainHTTP: Bool {
        get { if case .none = security { true } else { false } }
        set {
            guard newValue != plainHTTP else { return }
            security = newValue ? .none : .ephemeral()
        }
    }
}
