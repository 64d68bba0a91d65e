import CairnTransport

extension TestCA {
    /// Why a CA could not be started.
    ///
    /// ```swift
    /// do {
    ///     ca = try await TestCA.start(configuration)
    /// } catch where error.reason == .addressInUse {
    ///     configuration.listener.port = 0
    /// }
    /// ```
    public struct StartError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The cause, for programs.
        public let reason: Reason
        /// What is wrong, with the address, setting or certificate concerned.
        public let description: String

        package init(_ description: String, reason: Reason = .configuration) {
            (self.description, self.reason) = (description, reason)
        }

        init(_ error: any Error) {
            description = "\(error)"
            reason =
                switch error {
                case let error as StartError: error.reason
                case let error as ListenError: Reason(error.reason)
                case is TLSIdentityError: .identity
                case is CairnAuthorityError, is Objection: .configuration
                default: .other
                }
        }

        /// The causes.
        public struct Reason: RawRepresentable, Hashable, Sendable {
            /// The name of the cause.
            public let rawValue: String

            /// Accepts any name; more causes may come.
            public init(rawValue: String) { self.rawValue = rawValue }

            /// A setting has an invalid value, or two settings contradict each other.
            public static let configuration = Reason(rawValue: "configuration")
            /// The address and port are in use.
            public static let addressInUse = Reason(rawValue: "addressInUse")
            /// The machine does not have the address.
            public static let addressNotAvailable = Reason(rawValue: "addressNotAvailable")
            /// The user is not allowed to listen on the port.
            public static let permissionDenied = Reason(rawValue: "permissionDenied")
            /// The certificate or private key of ``TestCA/Configuration/Listener/security`` cannot be used.
            public static let identity = Reason(rawValue: "identity")
            /// Anything else; ``StartError/description`` has the operating system's message.
            public static let other = Reason(rawValue: "other")
        }
    }

    /// Invalid values for settings.
    public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was refused, and why.
        public let refused: [CairnRefusedSetting]

        init(_ faults: [SettingFault]) { refused = faults.map(CairnRefusedSetting.init) }

        /// `policy.maximumIdentifiers: expected a whole number of at least 1, got 0`; several are joined by `; `.
        public var description: String { refused.map { "\($0.path): \($0.reason)" }.joined(separator: "; ") }
    }

    /// Something that cannot be done to an object of the CA, or read of it.
    ///
    /// ```swift
    /// do {
    ///     try ca.accounts.revoke(account)
    /// } catch where error.reason == .unknown {
    ///     …
    /// }
    /// ```
    public struct ObjectError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The cause, for programs.
        public let reason: Reason
        /// What was expected and what there is, with the name of the object.
        public let description: String

        package init(_ reason: Reason, _ description: String) {
            (self.reason, self.description) = (reason, description)
        }

        init(_ objection: Objection) {
            let reason: Reason =
                switch objection.cause {
                case .unknown: .unknown
                case .status: .status
                case .exists: .exists
                case .limit: .limit
                case .invalid: .invalid
                }
            self.init(reason, objection.description)
        }

        /// What a refusal says that concerns one object.
        init(_ refusal: Refusal) {
            let isUnknown = refusal.problem.type == .accountDoesNotExist || refusal.problem.cause == .unknownPage
            self.init(isUnknown ? .unknown : .status, refusal.problem.detail)
        }

        /// The causes.
        public struct Reason: RawRepresentable, Hashable, Sendable {
            /// The name of the cause.
            public let rawValue: String

            /// Accepts any name; more causes may come.
            public init(rawValue: String) { self.rawValue = rawValue }

            /// There is no such object, or it was forgotten.
            public static let unknown = Reason(rawValue: "unknown")
            /// The object has a status in which it cannot be done, such as a deactivated account.
            public static let status = Reason(rawValue: "status")
            /// There is an object of that name already.
            public static let exists = Reason(rawValue: "exists")
            /// The CA has as many as ``TestCA/Configuration/bounds`` allow.
            public static let limit = Reason(rawValue: "limit")
            /// No object can have such a value, whatever there is.
            public static let invalid = Reason(rawValue: "invalid")
            /// The CA could not sign it.
            public static let signing = Reason(rawValue: "signing")
        }
    }
}

extension TestCA.StartError.Reason {
    fileprivate init(_ reason: ListenError.Reason) {
        self =
            switch reason {
            case .addressInUse: .addressInUse
            case .permissionDenied: .permissionDenied
            case .addressNotAvailable: .addressNotAvailable
            case .other: .other
            }
    }
}
