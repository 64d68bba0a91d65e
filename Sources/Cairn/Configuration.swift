extension TestCA {
    /// How a ``TestCA`` is set up.
    ///
    /// Every default suits a test: free ports on the loopback addresses, no faults, no limits.
    public struct Configuration: Sendable {
        /// Where all random choices come from.
        ///
        /// Default: `nil`, which draws one; ``TestCA/seed`` tells which.
        public var seed: CairnSeed?
        /// The hierarchy, its keys, and the profiles that certificates are issued under.
        public var authority = CairnAuthorityConfiguration()
        /// What is asked of clients, and how long things live.
        ///
        /// ``TestCA/policy`` changes it later.
        public var policy = CairnPolicy()
        /// How much the CA remembers.
        public var bounds = CairnBounds()
        /// What is authorized from outside ACME from the start; ``TestCA/grant(_:to:until:)`` does it later.
        ///
        /// Default: nothing.
        public var grants: [ExternalAccountGrant] = []
        /// Where and how long validations look: ports, time-outs, perspectives.
        ///
        /// ``TestCA/probes`` changes it later.
        public var probes = CairnProbeSettings()
        /// Whether validations look at all; ``TestCA/validation`` changes it later, for single names too.
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
        /// Where names are that have no records of their own.
        ///
        /// ``CairnDNSTable/defaultIPv4`` and ``CairnDNSTable/defaultIPv6`` change it later.
        public var dns = NamesWithoutRecords()
        /// The keys that are given out at the start to bind accounts to accounts outside ACME (RFC 8555 §7.3.4).
        ///
        /// Default: none. ``TestCA/externalAccounts`` gives out more.
        public var externalAccountKeys: [ExternalKey] = []
        /// Scheme and authority of all URLs, such as `https://ca.example.test:14000`.
        ///
        /// Default: `nil`, which takes them from each request, so that the CA can be reached under several names.
        public var origin: String?
        /// What clients are told to wait between two polls, at least a second.
        ///
        /// Default: 1 second. `nil` tells them nothing.
        public var retryAfter: Duration? = .seconds(1)
        /// Which server the CA resembles, in its statuses, problem types and header fields, and in what it decides.
        ///
        /// When the CA starts, the personality decides what ``policy`` has left at its defaults; a value that is another stands.
        /// Whoever wants a default against the server's own choice assigns it to ``TestCA/policy`` afterwards. Default:
        /// ``CairnPersonality/strict``, which keeps to the RFCs.
        public var personality = CairnPersonality.strict
        /// How the ACME draft of March 2017 is served, at `/draft/dir`; `nil` does not serve it.
        ///
        /// Default: ``CairnDraftSettings/init()``.
        public var draft: CairnDraftSettings? = CairnDraftSettings()
        /// How every `Retry-After` is written, that of a rate limit too.
        ///
        /// Default: ``CairnRetryAfterForm/seconds``.
        public var retryAfterForm = CairnRetryAfterForm.seconds
        /// How many threads serve connections.
        ///
        /// Default: 1.
        public var threads = 1
        /// Is told, in a sentence, what hinders the servers and no client can be told, such as that descriptors are exhausted.
        ///
        /// Default: says nothing. It is called on the servers' threads and must not wait; each cause is told once a socket.
        public var report: @Sendable (String) -> Void = { _ in }

        /// Everything at its default: an ACME server for the RFCs on a free port of `127.0.0.1`.
        public init() {}

        /// Where the ACME server listens.
        public struct Listener: Sendable {
            /// Default: `127.0.0.1`.
            ///
            /// Several addresses share a port.
            public var addresses: [CairnIPAddress] = [.loopbackV4]
            /// Default: 0, which takes a free one.
            public var port = 0
            /// Default: ``Security/ephemeral(names:)`` for no other names.
            public var security = Security.ephemeral()
            /// Whether AES in CBC mode may be negotiated with TLS 1.2, for clients that have nothing else.
            ///
            /// Deviation: RFC 9325 §4.2 advises against it. Default: no, authenticated encryption alone.
            public var allowsCBC = false
            /// More host names that clients may call the servers by, the management's too.
            ///
            /// Known without being listed are addresses, names without dots, those below `test`, `example`, `invalid`,
            /// `localhost`, `local`, `internal` and `home.arpa`, those of the certificate and that of
            /// ``TestCA/Configuration/origin``. A request for another host is refused with 421, since a web page may have its
            /// own name lead here (DNS rebinding). `*` stands for all names, `*.example.com` for those one label below.
            public var hosts: [String] = []
            /// Origins whose web pages may send what is not signed, commands of the management API above all.
            ///
            /// Default: none but the server's own; `*` stands for all. Such as `https://tools.example.com`.
            public var origins: [String] = []
            /// How long connections may take.
            public var timeouts = Timeouts()

            /// A free port of `127.0.0.1`, with a certificate made on the spot.
            public init() {}

            /// How long a connection may take for what; zero is for ever.
            public struct Timeouts: Hashable, Sendable {
                /// For the TLS handshake.
                ///
                /// Default: 1 minute.
                public var handshake = Duration.seconds(60)
                /// For the rest of the head of a request that has begun.
                ///
                /// Default: 1 minute. Then it is answered with 408.
                public var head = Duration.seconds(60)
                /// Without an answered request; it may take twice as long.
                ///
                /// Default: 2 minutes.
                public var idle = Duration.seconds(120)

                /// Everything at its default.
                public init() {}
            }
        }

        /// Where the DNS server listens, with UDP and TCP on one port.
        public struct DNSServer: Sendable {
            /// Default: `127.0.0.1`.
            public var addresses: [CairnIPAddress] = [.loopbackV4]
            /// Default: 0, which takes a free one.
            public var port = 0

            /// A free port of `127.0.0.1`.
            public init() {}
        }

        /// Where names are that have no records of their own.
        public struct NamesWithoutRecords: Hashable, Sendable {
            /// Default: `127.0.0.1`.
            ///
            /// `nil` is no IPv4 address.
            public var defaultIPv4: CairnIPAddress? = .loopbackV4
            /// Default: `nil`, no IPv6 address.
            public var defaultIPv6: CairnIPAddress?

            /// They are at `127.0.0.1`, without an IPv6 address.
            public init() {}
        }

        /// Whether validations look at all.
        public struct Validation: Hashable, Sendable {
            /// Whether every challenge is approved without looking.
            ///
            /// Default: false.
            public var approvesAll = false

            /// Every validation looks.
            public init() {}
        }

        /// A key that is given out at the start (RFC 8555 §7.3.4).
        public struct ExternalKey: Hashable, Sendable {
            /// The `kid` of the binding: ASCII, and not empty.
            public var identifier: String
            /// The octets of the key, one at least.
            public var macKey: [UInt8]
            /// Default: for any number of accounts.
            public var uses: CairnExternalAccountKey.Uses
            /// How long it is good, from the start.
            ///
            /// Default: `nil`, for ever.
            public var lifetime: Duration?
            /// What accounts may order that are bound by it.
            ///
            /// Default: everything.
            public var policy: CairnBoundPolicy

            /// What is left out limits nothing.
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

        /// What a client sees of TLS on a listener.
        public enum Security: Sendable {
            /// A root and a certificate made on the spot for `localhost`, `127.0.0.1`, `::1` and `names`; the root is in
            /// ``TestCA/trustRoots``.
            case ephemeral(names: [String] = [])
            /// A certificate chain and its private key, in PEM, and the root that clients trust.
            case pem(chain: String, privateKey: String, trustRoot: String)
            /// HTTP without TLS.
            ///
            /// Deviation: RFC 8555 §6.1 requires HTTPS. For clients that cannot be given a root.
            case none
        }
    }
}

extension TestCA {
    /// What the clock of a CA shows when it starts, and whether it goes on.
    public enum ClockStart: Hashable, Sendable {
        /// The present, and on from there with real time.
        case running
        /// That instant, until a test moves it.
        case standing(at: CairnInstant)
    }
}
