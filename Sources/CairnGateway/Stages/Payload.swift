import CairnCertificates
import CairnEngine
import CairnModel

/// The payload of a request, read member by member.
///
/// Members that nobody asks for are ignored (RFC 8555 §7.1). A member of the wrong kind is refused by name, with the
/// section that describes the payload.
///
/// Members are asked for by the names that RFC 8555 gives them; the dialect has its own.
package struct Payload {
    let object: JSONObject
    let section: String
    let dialect: any Dialect

    /// An object in this one, read alike.
    func within(_ object: JSONObject) -> Payload {
        Payload(object: object, section: section, dialect: dialect)
    }

    func optional<Value>(
        _ name: String, _ kind: String, _ read: (JSON) -> Value?
    ) throws(Refusal) -> Value? {
        guard let name = dialect.name(of: name), let member = object[name] else { return nil }
        guard let value = read(member) else {
            throw Refusal(.malformed, "expected \"\(name)\" to be \(kind), got \(member.kind) (RFC 8555 \(section))")
        }
        return value
    }

    func required<Value>(_ name: String, _ kind: String, _ read: (JSON) -> Value?) throws(Refusal) -> Value {
        guard let value = try optional(name, kind, read) else {
            throw Refusal(
                .malformed, "expected a member \"\(dialect.name(of: name) ?? name)\", got none (RFC 8555 \(section))")
        }
        return value
    }

    /// A member of any kind.
    func member(_ name: String) -> JSON? { dialect.name(of: name).flatMap { object[$0] } }

    func bool(_ name: String) throws(Refusal) -> Bool {
        try optional(name, "a boolean", \.bool) ?? false
    }

    func string(_ name: String) throws(Refusal) -> String? {
        try optional(name, "a string", \.string)
    }

    func strings(_ name: String) throws(Refusal) -> [String]? {
        try optional(name, "an array of strings") { value in
            guard let array = value.array else { return nil }
            let strings = array.compactMap(\.string)
            return strings.count == array.count ? strings : nil
        }
    }

    func instant(_ name: String) throws(Refusal) -> Instant? {
        guard let text = try string(name) else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            throw Refusal(
                .malformed,
                "expected \"\(name)\" as a date like \"2026-11-22T08:00:00Z\", got \"\(text)\" (RFC 8555 \(section), RFC 3339)"
            )
        }
        return instant
    }

    /// What this object names, if it is an identifier.
    func identifier() throws(Refusal) -> Identifier {
        Identifier(
            type: IdentifierType(rawValue: try required("type", "a string", \.string)),
            value: try required("value", "a string", \.string))
    }

    /// A JSON Web Key.
    func key(_ name: String) throws(Refusal) -> PublicKey {
        let jwk = try required(name, "a JWK") { $0.object == nil ? nil : $0 }
        do { return try PublicKey(jwk: jwk) } catch {
            throw Refusal(.malformed, "\"\(name)\": \(error.detail) (RFC 8555 \(section))")
        }
    }

    /// The name of a certificate (RFC 9773 §4.1).
    func certID(_ name: String) throws(Refusal) -> CertID? {
        guard object[name] != nil else { return nil }
        let text = try required(name, "a string", \.string)
        do { return try CertID(parsing: text) } catch { throw Refusal(error) }
    }

    /// Octets in base64url without padding.
    func octets(_ name: String) throws(Refusal) -> [UInt8] {
        let text = try required(name, "a string", \.string)
        do {
            return try Base64URL.decode(text)
        } catch {
            throw Refusal(.malformed, "\"\(name)\": \(error) (RFC 8555 §6.1)")
        }
    }
}
