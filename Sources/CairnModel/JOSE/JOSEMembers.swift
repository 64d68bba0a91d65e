/// The members of what JOSE writes as an object: a JWS, its protected header, a key.
struct JOSEMembers: JSONMembers, Sendable {
    let object: CairnJSONObject
    /// What refusals begin with, before the name of the member.
    var place = ""
    /// As what the object is refused.
    var type = ACMEProblemType.malformed

    subscript(name: String) -> CairnJSON? { object[name] }

    func misfit(_ name: String, expected: String, got actual: String?, by section: String?) -> ACMEProblem {
        let source = section.map { " (\($0))" } ?? ""
        return refusal(of: name, "expected \(expected), got \(actual ?? "nothing")\(source)")
    }

    /// The refusal of a member for what is wrong with it.
    func refusal(of name: String, _ sentence: String) -> ACMEProblem {
        ACMEProblem(type, "\(place)\(name): \(sentence)").caused(by: .notJWS)
    }

    /// A string that must be there.
    ///
    /// - Parameter cause: what it is to have none.
    func string(
        _ name: String, by section: String, otherwise cause: ACMEProblem.Cause? = nil
    ) throws(ACMEProblem) -> String {
        do throws(ACMEProblem) { return try required(name, .string, by: section) } catch {
            throw cause.map { error.caused(by: $0) } ?? error
        }
    }

    /// A string of ASCII that must be there, as URLs are and what a CA calls an external account.
    func asciiString(
        _ name: String, by section: String, otherwise cause: ACMEProblem.Cause? = nil
    ) throws(ACMEProblem) -> String {
        let text = try string(name, by: section, otherwise: cause)
        guard text.isASCII else {
            throw refusal(of: name, "expected ASCII text, got \(text.quoted) (\(section))")
        }
        return text
    }

    /// Octets in base64url that must be there.
    func octets(_ name: String, by section: String) throws(ACMEProblem) -> [UInt8] {
        let text = try string(name, by: section)
        do throws(Base64URLError) {
            return try Base64URL.decode(text)
        } catch {
            throw refusal(of: name, "\(error)")
        }
    }
}
