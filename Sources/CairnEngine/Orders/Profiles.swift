package import CairnCertificates
import CairnModel
import Synchronization

/// The profile of orders that name none (draft-ietf-acme-profiles §4).
public enum CairnDefaultProfile: Hashable, Sendable {
    /// The first of ``CairnAuthorityConfiguration/profiles``.
    case first
    /// The profile with a name; the first if it is no longer offered.
    case named(String)
    /// A random one for each order, drawn from the seed, as with Pebble.
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

    /// The profile of an order.
    ///
    /// - Parameter name: what the order names; `nil` if it names none.
    mutating func choose(
        _ name: String?, orElse standard: CairnDefaultProfile
    ) throws(Refusal) -> Shared<CairnCertificateProfile> {
        guard let chosen = name.map({ name in profiles.first { $0.value.name.isSame(as: name) } }) ?? draw(by: standard)
        else {
            let names = profiles.map { "\"\($0.value.name)\"" }.joined(separator: ", ")
            throw Refusal(
                .invalidProfile,
                "expected one of the profiles \(names), got \((name ?? "").quoted) (draft-ietf-acme-profiles §4)")
        }
        return chosen
    }

    private mutating func draw(by standard: CairnDefaultProfile) -> Shared<CairnCertificateProfile>? {
        switch standard {
        case .first: profiles.first
        case .named(let name): profiles.first { $0.value.name.isSame(as: name) } ?? profiles.first
        case .random: profiles.randomElement(using: &generator)
        }
    }
}

extension Engine {
    /// What may be issued from now on; never empty, and no two of the same name.
    package var profiles: [CairnCertificateProfile] {
        get { offer.withLock { $0.profiles.map(\.value) } }
        set { offer.withLock { $0.offer(newValue) } }
    }

    /// The profile of an order that names this one, or none.
    func profile(_ name: String?, _ policy: CairnPolicy) throws(Refusal) -> Shared<CairnCertificateProfile> {
        try offer.withLock { (offer) in
            Result { () throws(Refusal) in try offer.choose(name, orElse: policy.defaultProfile) }
        }.get()
    }

    /// Refuses to issue under a profile that is no longer offered, unless the policy keeps to what it promised.
    func requireOffered(_ profile: CairnCertificateProfile, _ opened: CairnPolicy?) throws(Refusal) {
        guard !offer.withLock({ $0.has(profile.name) }), (opened ?? policy).removedProfile == .refused else { return }
        throw Refusal(
            .invalidProfile,
            "expected an order of a profile that is still offered, got one of \(profile.name.quoted) "
                + "(draft-ietf-acme-profiles §5)")
    }
}
