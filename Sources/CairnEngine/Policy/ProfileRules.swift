public import CairnModel

/// What orders under one certificate profile may ask for, where that differs from other profiles.
public struct CairnProfileRules: Hashable, Sendable {
    /// The types that identifiers may have.
    ///
    /// Others are `rejectedIdentifier`: the CA knows them, and will not certify them under this profile. Default: `nil`,
    /// all that the CA knows.
    public var identifierTypes: Set<ACMEIdentifierType>?
    /// The challenge types that are offered where they fit, in the order in which they are listed.
    ///
    /// Default: `nil`, those of ``CairnPolicy/challengeTypes``.
    public var challengeTypes: [ACMEChallengeType]?
    /// The most identifiers that one order may have.
    ///
    /// Default: `nil`, those of ``CairnPolicy/maximumIdentifiers``.
    public var maximumIdentifiers: Int?

    /// What is left out is as under any other profile.
    public init(
        identifierTypes: Set<ACMEIdentifierType>? = nil, challengeTypes: [ACMEChallengeType]? = nil,
        maximumIdentifiers: Int? = nil
    ) {
        self.identifierTypes = identifierTypes
        self.challengeTypes = challengeTypes
        self.maximumIdentifiers = maximumIdentifiers
    }
}

extension CairnPolicy {
    /// The most identifiers of an order under a profile.
    func maximumIdentifiers(under profile: String) -> Int {
        profiles[profile]?.maximumIdentifiers ?? maximumIdentifiers
    }

    /// What can prove control of an identifier to be certified under a profile.
    ///
    /// - Parameter own: what takes the place of ``challengeTypes``, if anything does.
    func challengeTypes(
        of kinds: ChallengeKinds, for identifier: ACMEIdentifier, under profile: String,
        insteadOf own: [ACMEChallengeType]? = nil
    ) -> [ACMEChallengeType] {
        kinds.types(among: profiles[profile]?.challengeTypes ?? own ?? challengeTypes, fitting: identifier)
    }
}
