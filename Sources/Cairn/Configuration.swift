extension TestCA {
    /// How a ``TestCA`` is set up.
    ///
    /// The defaults suit most tests: free ports on loopback addresses, no faults, no limits.
    @dynamicMemberLookup
    public struct Configuration: Sendable {
        /// The seed of all random choices.
        ///
        /// Default: `nil`, which draws one; ``TestCA/seed`` is the one that was drawn.
        public var seed: CairnSeed?
        /// The hierarchy, its keys, and the profiles that certificates are issued under.
        public var authority = CairnAuthorityConfiguration()
        /// What is asked of clients, and how long things live.
        ///
        /// ``TestCA/policy`` changes it later.
        public var policy = CairnPolicy()
        /// How much the CA remembers.
        public var bounds = CairnBounds()
        /// What is authorized from outside ACME from the start; ``TestCA/grants`` changes it later.
        ///
        /// Default: nothing.
        public var grants: [ExternalAccountGrant] = []
        /// Where and how long validations look: ports, time-outs, perspectives.
        ///
        /// ``TestCA/probes`` changes it later.
        public var probes = CairnProbeSettings()
        /// Which names are approved or denied without looking; ``TestCA/validation`` changes it later.
        ///
        /// Default: none, every validation looks.
        public var validation = Validation()
        /// Whether the clock stands or runs.
        ///
        /// Default: it runs, from the present.
        public var clock = TestCA.ClockStart.running
        /// The ACME server.
        public var listener = Listener()
        /// The DNS server that shows ``TestCA/dns`` to clients.
        ///
        /// Default: a free port. `nil` starts none; the table itself is there in any case.
        public var dnsListener: DNSServer? = DNSServer()
        /// What is in the fake DNS from the start; ``TestCA/dns`` changes it later.
        ///
        /// Default: no records, and `127.0.0.1` for every name that has none.
        public var dns = DNS()
        /// How challenges are answered inside the process from the start; ``TestCA/responder`` changes it later.
        ///
        /// Default: not at all.
        public var responder = Responder()
        /// The keys by which clients can bind accounts to accounts outside ACME (RFC 8555 §7.3.4).
        ///
        /// Default: none. ``TestCA/externalAccountKeys`` issues more.
        public var externalAccountKeys: [ExternalKey] = []
        /// The identifiers that accounts get no certificates for from the start; ``TestCA/pauses`` changes it later.
        ///
        /// Default: none.
        public var pauses: [ExternalAccountPause] = []
        /// Scheme and authority of all URLs, such as `https://ca.example.test:14000`.
        ///
        /// Default: `nil`, which takes them from each request, so that the CA can be reached under several names.
        public var origin: String?
        /// Where resources are, and how answers are written; their names are members of the configuration itself:
        /// `configuration.retryAfter = .seconds(3)`.
        public var wire = CairnWireSettings()
        /// Which server the CA resembles, in its statuses, problem types and header fields, and in what it decides.
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
        /// How many threads serve connections.
        ///
        /// Default: 1.
        public var threads = 1
        /// Receives problems of the servers that no client can be told of, such as exhausted file descriptors, in a sentence.
        ///
        /// Default: ignores them. It is called on the servers' threads and must not block; each cause is reported once a socket.
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
            /// Default: 0, which takes a free port.
            public var port = 0
            /// The port for CRLs, OCSP and the certificates of issuers over plain HTTP, on the same addresses; 0 takes a free one.
            ///
            /// Certificates then name those by it, with the host that the client has for the CA: whoever checks a certificate
            /// for TLS would need TLS for it otherwise, which RFC 5280 §8 advises against. Nothing else is served there.
            /// Default: `nil`, none; they are at the port of ACME in any case. ``TestCA/plainURL`` is where it is.
            public var plainPort: Int?
            /// Default: ``Security/ephemeral(names:)`` without further names.
            public var security = Security.ephemeral()
            /// Whether AES in CBC mode may be negotiated with TLS 1.2, for clients that support nothing else.
            ///
            /// Deviation: RFC 9325 §4.2 advises against it. Default: `false`, authenticated encryption only.
            public var allowsCBC = false
            /// More host names by which clients may address the servers, including that of the management API.
            ///
            /// Known without being listed are addresses, names without dots, those below `test`, `example`, `invalid`,
            /// `localhost`, `local`, `internal` and `home.arpa`, those of the certificate and that of
            /// ``TestCA/Configuration/origin``. A request for another host is refused with 421, since a web page may have its
            /// own name lead here (DNS rebinding). `*` stands for all names, `*.example.com` for those one label below.
            public var hosts: [String] = []
            /// Origins whose web pages may send unsigned requests, above all commands of the management API, such as
            /// `https://tools.example.com`.
            ///
            /// Default: none but the server's own; `*` stands for all.
            public var origins: [String] = []
            /// Connection timeouts.
            public var timeouts = Timeouts()

            /// A free port of `127.0.0.1`, with a certificate made on the spot.
            public init() {}

            /// Connection timeouts; `nil` disables one.
            public struct Timeouts: Hashable, Sendable {
                /// For the TLS handshake.
                ///
                /// Default: 1 minute.
                public var handshake: Duration? = .seconds(60)
                /// For the rest of a request's head once it has begun; then the answer is 408.
                ///
                /// Default: 1 minute.
                public var head: Duration? = .seconds(60)
                /// Between requests; it may take up to twice as long.
                ///
                /// Default: 2 minutes.
                public var idle: Duration? = .seconds(120)

                /// Creates the default timeouts.
                public init() {}
            }
        }

        /// Where the DNS server listens, over UDP and TCP on one port, and over HTTPS on another.
        public struct DNSServer: Sendable {
            /// Default: `127.0.0.1`.
            public var addresses: [CairnIPAddress] = [.loopbackV4]
            /// Default: 0, which takes a free port.
            public var port = 0
            /// The port for DNS over HTTPS (RFC 8484), with the certificate of the ACME server; 0 takes a free one.
            ///
            /// Default: `nil`, none. ``TestCA/dnsOverHTTPSURL`` is the URL. Without ``Listener/security`` it is plain HTTP, where
            /// RFC 8484 §5 wants HTTPS.
            public var httpsPort: Int?

            /// A free port of `127.0.0.1`.
            public init() {}
        }

        /// What a client sees of TLS on a listener.
        public enum Security: Sendable {
            /// A root and a certificate made on the spot for `localhost`, `127.0.0.1`, `::1` and `names`; the root is in
            /// ``TestCA/trustRoots``.
            case ephemeral(names: [String] = [])
            /// A certificate chain and its private key, in PEM, and the root that clients trust; `nil` for one that is known
            /// to them, and then ``TestCA/trustRoots`` is empty.
            case pem(chain: String, privateKey: String, trustRoot: String?)
            /// HTTP without TLS.
            ///
            /// Deviation: RFC 8555 §6.1 requires HTTPS. For clients that cannot be given a root.
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
