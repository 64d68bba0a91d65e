/// In which forms a JWS may come.
package enum JWSSerialization: Hashable, Sendable {
    /// The flattened JSON serialization, without an unprotected header (RFC 8555 §6.2).
    case flattened
    /// Both JSON serializations, with one signature; an unprotected header is ignored (RFC 7515 §7.2).
    case anyJSON
}
