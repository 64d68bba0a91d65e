package import CairnCertificates
import CairnModel
import Synchronization

/// The profile of orders that name none (draft-ietf-acme-profiles §4).
public enum CairnDefaultProfile: Hashable, Sendable {
    /// The first of ``CairnAuthorityConfiguration/profiles`` that the account may order.
    case first
    /// The one of that name, which has to be on offer; an account that may not order it is refused.
    case named(String)
    /// Any of those that the account may order with the same probability, drawn from the seed for each order, as Pebble does it.
    case random
}

/// What happens to orders whose profile is no longer offered when they are finalized.
public enum CairnRemovedProfile: String, CaseIterable, Hashable, Sendable {
    /// Finalize is refused as `invalidProfile` (draft-ietf-acme-profiles §5), and the order stays `ready`, in case the
    /// profile comes back.
    case refused
    /// The certificate is issued under the old profile.
    case issued
}

/// The profiles on offer, which can change, and the choice among them.
struct ProfileOffer: Sendable {
    private(set) var profiles: [Shared<CairnCertificateProfile>]
    private let beginning: [Shared<CairnCertificateProfile>]
    private let firstGenerator: SeededGenerator
    private var generator: SeededGenerator

    init(_ profiles: [CairnCertificateProfile], seed: CairnSeed) {
        self.profiles = profiles.map(Shared.init)
        beginning = self.profiles
        firstGenerator = seed.generator(for: "default profiles")
        generator = firstGenerator
    }

    mutating func beginAnew() { (profiles, generator) = (beginning, firstGenerator) }

    mutating func offer(_ profiles: [CairnCertificateProfile]) {
        self.profiles = profiles.map(Shared.init)
    }

    func has(_ name: String) -> Bool { profiles.contains { $0.value.name.isSame(as: name) } }

    /// The profile of an order that names one.
    func choose(_ name: String) throws(Refusal) -> Shared<CairnCertificateProfile> {
        guard let chosen = profiles.first(where: { $0.value.name.isSame(as: name) }) else {
            let names = profiles.map { "\"\($0.value.name)\"" }.joined(separator: ", ")
            throw Refusal(
                .invalidProfile,
                "expected one of the profiles \(names), got \(name.quoted) (draft-ietf-acme-profiles §4)")
        }
        return chosen
    }

    /// The profile of an order that names none.
    ///
    /// - Parameter mayOrder: whether the account may order a profile; if it may order none, it gets one and is refused.
    mutating func draw(
        by standard: CairnDefaultProfile, where mayOrder: (String) -> Bool
    ) -> Shared<CairnCertificateProfile> {
        if case .named(let name) = standard, let named = profiles.first(where: { $0.value.name.isSame(as: name) }) {
            return named
        }
        let allowed = profiles.filter { mayOrder($0.value.name) }
        let candidates = allowed.isEmpty ? profiles : allowed
        return (standard == .random ? candidates.randomElement(using: &generator) : nil) ?? candidates[0]
    }
}

extension Engine {
    /// What may be issued from now on; never empty, and no two of the same name.
    package var profiles: [CairnCertificateProfile] {
        get { offer.withLock { $0.profiles.map(\.value) } }
        set { offer.withLock { $0.offer(newValue) } }
    }

    /// The profile of an order of an account that names this one, or none.
    func profile(
        _ name: String?, of account: Account.ID, _ policy: Shared<CairnPolicy>
    ) throws(Refusal) -> Shared<CairnCertificateProfile> {
        if let name {
            return try offer.withLock { (offer) in Result { () throws(Refusal) in try offer.choose(name) } }.get()
        }
        // Most CAs have one profile, which leaves nothing to look up.
        let hasChoice = offer.withLock { $0.profiles.count > 1 }
        let bound = hasChoice ? inspect { $0.boundProfiles(of: account) } : nil
        return offer.withLock { offer in
            offer.draw(by: policy.value.defaultProfile) { profile in
                policy.value.admits(account, to: profile) && bound?.contains(profile) ?? true
            }
        }
    }

    /// Refuses to issue under a profile that is no longer offered, unless the policy keeps to what it promised.
    func requireOffered(_ profile: CairnCertificateProfile, _ opening: Opening?) throws(Refusal) {
        guard !offer.withLock({ $0.has(profile.name) }),
            (opening?.policy ?? sharedPolicy).value.removedProfile == .refused
        else { return }
        throw Refusal(
            .invalidProfile,
            "expected an order of a profile that is still offered, got one of \(profile.name.quoted) "
                + "(draft-ietf-acme-profiles §5)")
    }
}
