import ACME
import CertificateAuthority

/// What an order may ask for.
enum OrderRules {
    /// The identifiers in their canonical form, each once, in the order of the request.
    static func identifiers(of request: NewOrder, maximum: Int) throws(Refusal) -> [Identifier] {
        guard !request.identifiers.isEmpty else {
            throw Refusal(.malformed, "expected at least one identifier, got none (RFC 8555 §7.4)")
        }
        var identifiers: [Identifier] = []
        var problems: [Problem] = []
        for requested in request.identifiers {
            do {
                let identifier = try IdentifierRules.check(requested)
                if !identifiers.contains(identifier) { identifiers.append(identifier) }
            } catch {
                var problem = error
                problem.identifier = requested
                problems.append(problem)
            }
            // Before the whole list is looked at, so that a long one is not worked through and answered name by name.
            guard identifiers.count + problems.count <= maximum else {
                throw Refusal(
                    .malformed,
                    "expected at most \(maximum) identifiers, got \(maximum + 1) or more (RFC 8555 §7.4)")
            }
        }
        if let refusal = refusal(of: problems) { throw refusal }
        return identifiers
    }

    /// One problem about all the identifiers that were refused, with a subproblem for each (RFC 8555 §6.7.1).
    static func refusal(of problems: [Problem]) -> Refusal? {
        guard let first = problems.first else { return nil }
        guard problems.count > 1 else {
            return Refusal(
                Problem(first.type, first.detail, status: first.status, subproblems: problems))
        }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let names = problems.compactMap { $0.identifier.map { "\"\($0)\"" } }.joined(separator: ", ")
        return Refusal(
            Problem(
                type, "\(problems.count) identifiers were refused: \(names) (RFC 8555 §6.7.1)", subproblems: problems))
    }

    static func profile(
        of request: NewOrder, among profiles: [CertificateProfile]
    ) throws(Refusal) -> CertificateProfile {
        let chosen = request.profile.map { name in profiles.first { $0.name == name } } ?? profiles.first
        guard let chosen else {
            let names = profiles.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Refusal(
                .invalidProfile,
                "expected one of the profiles \(names), got \"\(request.profile ?? "")\" (draft-ietf-acme-profiles §4)")
        }
        return chosen
    }

    /// Refuses validity periods that the CA will not certify as they are asked for (RFC 8555 §7.4).
    static func checkValidity(
        of request: NewOrder, profile: CertificateProfile, at now: Instant
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
