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
        /// What programs tell these errors apart by.
        public let reason: Reason
        /// What was wrong, with the address, the setting or the certificate that it was wrong with.
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
                case is CairnAuthorityError, is CairnExternalAccountKeyError: .configuration
                default: .other
                }
        }

        /// The kinds of reasons why a CA cannot be started.
        public struct Reason: RawRepresentable, Hashable, Sendable {
            /// The name of the reason.
            public let rawValue: String

            /// Takes any name; more reasons may come.
            public init(rawValue: String) { self.rawValue = rawValue }

            /// A setting has a value that it cannot have, or two settings contradict each other.
            public static let configuration = Reason(rawValue: "configuration")
            /// Another socket listens on the address and port.
            public static let addressInUse = Reason(rawValue: "addressInUse")
            /// The machine does not have the address.
            public static let addressNotAvailable = Reason(rawValue: "addressNotAvailable")
            /// The user may not listen on the port.
            public static let permissionDenied = Reason(rawValue: "permissionDenied")
            /// The certificate or private key of ``TestCA/Configuration/Listener/security`` cannot be used.
            public static let identity = Reason(rawValue: "identity")
            /// Anything else; ``StartError/description`` has the words of the operating system.
            public static let other = Reason(rawValue: "other")
        }
    }

    /// Settings that were to have values that no configuration could have.
    public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was refused, and why.
        public let refused: [CairnRefusedSetting]

        init(_ faults: [SettingFault]) { refused = faults.map(CairnRefusedSetting.init) }

        /// `policy.maximumIdentifiers: expected a whole number of at least 1, got 0`; several are joined by `; `.
        public var description: String { refused.map { "\($0.path): \($0.reason)" }.joined(separator: "; ") }
    }

    /// A test named an object that the CA does not have.
    public struct UnknownObject: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was looked for, in words.
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// A grant that cannot be made.
    public struct GrantError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, in words.
        public let description: String

        package init(_ description: String) {
            self.description = description
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
