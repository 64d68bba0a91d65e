extension TestCA {
    /// How a ``TestCA`` is set up.
    ///
    /// Every default suits a test: free ports on the loopback addresses, no faults, no limits.
    public struct Configuration: Sendable {
        /// Where all random choices come from.
        ///
        /// Default: `nil`, which draws one; ``TestCA/seed`` tells which.
        public var seed: Seed?
        /// The hierarchy, its keys, and the profiles that certificates are issued under.
        public var authority = AuthorityConfiguration()
        /// What is asked of clients, and how long things live.
        ///
        /// ``TestCA/policy`` changes it later.
        public var policy = Policy()
        /// How much the CA remembers.
        public var bounds = Bounds()
        /// What is authorized from outside ACME from the start; ``TestCA/grant(_:to:until:)`` does it later.
        ///
        /// Default: nothing.
        public var grants: [ExternalAccountGrant] = []
        /// How challenges are validated, and to which ports probes connect.
        public var validation = ValidationConfiguration()
        /// Whether the clock stands or runs.
        ///
        /// Default: it runs, from the present.
        public var clock = ClockStart.running
        /// The ACME server.
        public var listener = Listener()
        /// The DNS server that shows ``TestCA/dns`` to clients.
        ///
        /// Default: a free port. `nil` starts none; the table itself is there in any case.
        public var dnsListener: DNSServer? = DNSServer()
        /// Scheme and authority of all URLs, such as `https://ca.example.test:14000`.
        ///
        /// Default: `nil`, which takes them from each request, so that the CA can be reached under several names.
        public var origin: String?
        /// What clients are told to wait between two polls, at least a second.
        ///
        /// Default: 1 second. `nil` tells them nothing.
        public var retryAfter: Duration? = .seconds(1)
        /// Which server the CA resembles in its statuses, problem types and header fields.
        ///
        /// Default: ``Personality/strict``, which keeps to the RFCs.
        public var personality = Personality.strict
        /// How the ACME draft of March 2017 is served, at `/draft/dir`; `nil` does not serve it.
        ///
        /// Default: ``DraftSettings/init()``.
        public var draft: DraftSettings? = DraftSettings()
        /// How every `Retry-After` is written, that of a rate limit too.
        ///
        /// Default: ``RetryAfterForm/seconds``.
        public var retryAfterForm = RetryAfterForm.seconds
        /// How many threads serve connections.
        ///
        /// Default: 1.
        public var threads = 1
        /// Is told, in a sentence, what hinders the servers and no client can be told, such as that descriptors are exhausted.
        ///
        /// Default: says nothing. It is called on the servers' threads and must not wait; each cause is told once a socket.
        public var report: @Sendable (String) -> Void = { _ in }

        public init() {}

        /// Where the ACME server listens.
        public struct Listener: Sendable {
            /// Default: `127.0.0.1`.
            ///
            /// Several addresses share a port.
            public var addresses: [IPAddress] = [.loopbackV4]
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

                public init() {}
            }
        }

        /// Where the DNS server listens, with UDP and TCP on one port.
        public struct DNSServer: Sendable {
            /// Default: `127.0.0.1`.
            public var addresses: [IPAddress] = [.loopbackV4]
            /// Default: 0, which takes a free one.
            public var port = 0

            public init() {}
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

/// What the clock of a CA shows when it starts, and whether it goes on.
public enum ClockStart: Hashable, Sendable {
    /// The present, and on from there with real time.
    case running
    /// That instant, until a test moves it.
    case standing(at: Instant)
}
