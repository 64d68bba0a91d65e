extension TestCA {
    /// The configuration of a ``TestCA``.
    ///
    /// The defaults suit most tests: free ports on loopback addresses, no faults, no limits.
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
        /// Authorizations granted outside ACME at the start; ``TestCA/grant(_:to:until:)`` adds more.
        ///
        /// Default: nothing.
        public var grants: [ExternalAccountGrant] = []
        /// How validations probe: ports, timeouts, perspectives.
        ///
        /// ``TestCA/probes`` changes it later.
        public var probes = CairnProbeSettings()
        /// Whether challenges are validated at all; ``TestCA/validation`` changes it later, per name too.
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
        /// Names that are approved or denied without validation; ``TestCA/validation`` changes them later.
        ///
        /// Default: none. `validation.approvesAll` approves all names.
        public var decisions = Decisions()
        /// Closures that answer probes; the last one is asked first.
        ///
        /// Default: none. ``CairnChallengeResponder/onProbe(_:)`` adds more.
        public var responders: [CairnChallengeResponder.Closure] = []
        /// The keys for external account binding (RFC 8555 §7.3.4).
        ///
        /// Default: none. ``TestCA/externalAccounts`` issues more.
        public var externalAccountKeys: [ExternalKey] = []
        /// The scheme and authority of all URLs, such as `https://ca.example.test:14000`.
        ///
        /// Default: `nil`, which uses those of each request, so the CA can be reached under several names.
        public var origin: String?
        /// The `Retry-After` sent to polling clients; at least one second.
        ///
        /// Default: 1 second. `nil` sends none.
        public var retryAfter: Duration? = .seconds(1)
        /// The `Retry-After` for authorizations and challenges that are being validated; zero sends none.
        ///
        /// Default: `nil`, the same as ``retryAfter``.
        public var validationRetryAfter: Duration?
        /// The server that the CA imitates: its statuses, problem types, header fields and decisions.
        ///
        /// When the CA starts, the personality replaces what ``policy`` has left at its defaults, and nothing else. To keep a
        /// default against the server's own choice, assign it to ``TestCA/policy`` afterwards. Default:
        /// ``CairnPersonality/strict``, which keeps to the RFCs.
        public var personality = CairnPersonality.strict
        /// The paths of RFC 8555's resources.
        ///
        /// Default: ``CairnPaths/cairn``. Use Pebble's for tests that hard-code them; clients discover everything from
        /// the directory, which is at `/dir` in both.
        public var paths = CairnPaths.cairn
        /// Whether each answer shuffles the lists in objects, by the seed: the identifiers and authorizations of an
        /// order, the challenges of an authorization.
        ///
        /// No RFC defines their order, and Pebble shuffles them. Default: `false`, which keeps the order of the
        /// request.
        public var shufflesLists = false
        /// The ACME draft of March 2017, served at `/draft/dir`; `nil` does not serve it.
        ///
        /// Default: ``CairnDraftSettings/init()``.
        public var draft: CairnDraftSettings? = CairnDraftSettings()
        /// The format of every `Retry-After`, including those of rate limits.
        ///
        /// Default: ``CairnRetryAfterForm/seconds``.
        public var retryAfterForm = CairnRetryAfterForm.seconds
        /// The rules that are in effect from the start; ``TestCA/rules`` adds more.
        ///
        /// Default: none.
        public var rules: [CairnRule] = []
        /// Named rules that clients select with `/with/NAME/dir`; ``CairnRules/save(_:as:)`` adds more.
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

            /// Connection timeouts.
            ///
            /// `nil` disables a timeout.
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

        /// Whether challenges are validated.
        public struct Validation: Hashable, Sendable {
            /// Whether every challenge is approved without validation.
            ///
            /// Default: false.
            public var approvesAll = false

            /// Validates every challenge.
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
