import CairnCertificates
import CairnModel

/// What an order may ask for.
enum OrderRules {
    /// The identifiers in their canonical form, each once, in the order of the request, and the problems with the others.
    static func identifiers(of request: NewOrder, maximum: Int) throws(Refusal) -> RequestedIdentifiers {
        guard !request.identifiers.isEmpty else {
            throw Refusal(.malformed, "expected at least one identifier, got none (RFC 8555 §7.4)")
        }
        var result = RequestedIdentifiers()
        for requested in request.identifiers {
            result.add(requested)
            // Before the whole list is looked at, so that a long one is not worked through and answered name by name.
            guard result.count <= maximum else {
                throw Refusal(
                    .malformed,
                    "expected at most \(maximum) identifiers, got \(maximum + 1) or more (RFC 8555 §7.4)")
            }
        }
        return result
    }

    static func profile(
        of request: NewOrder, among profiles: [CairnCertificateProfile]
    ) throws(Refusal) -> CairnCertificateProfile {
        let chosen = request.profile.map { name in profiles.first { $0.name.isSame(as: name) } } ?? profiles.first
        guard let chosen else {
            let names = profiles.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Refusal(
                .invalidProfile,
                "expected one of the profiles \(names), got \((request.profile ?? "").quoted) (draft-ietf-acme-profiles §4)"
            )
        }
        return chosen
    }

    /// Refuses validity periods that the CA will not certify as they are asked for (RFC 8555 §7.4).
    static func checkValidity(
        of request: NewOrder, profile: CairnCertificateProfile, at now: CairnInstant
    ) throws(Refusal) {
        let notBefore = request.notBefore ?? now
        if let notAfter = request.notAfter {
            guard notAfter > notBefore else {
                throw Refusal(.malformed, "expected \"notAfter\" after \(notBefore), got \(notAfter) (RFC 8555 §7.4)")
            }
            guard notAfter > now else {
                throw Refusal(.malformed, "expected \"notAfter\" in the future, got \(notAfter) (RFC 8555 §7.4)")
            }
            guard notAfter - notBefore <= profile.validity else {
                throw Refusal(
                    .malformed,
                    "expected at most \(profile.validity.components.seconds) s from \"notBefore\" to \"notAfter\" "
                        + "in the profile \"\(profile.name)\", got \((notAfter - notBefore).components.seconds) s "
                        + "(RFC 8555 §7.4)")
            }
        }
        guard notBefore >= now - profile.backdate - .days(1), notBefore <= now + .days(365) else {
            throw Refusal(
                .malformed,
                "expected \"notBefore\" from a day before now (\(now)) to a year after it, got \(notBefore) (RFC 8555 §7.4)"
            )
        }
    }
}
