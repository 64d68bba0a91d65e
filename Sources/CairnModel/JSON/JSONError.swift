/// Why a text is not JSON, and where.
public struct CairnJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many bytes of the text come before the place.
    public var offset: Int
    /// The value that was being read, as a JSON Pointer (RFC 6901); empty for the whole text.
    public var pointer: String
    /// What was expected and what came, in a sentence that names the offset.
    public var description: String

    init(_ sentence: String, at offset: Int) {
        self.offset = offset
        pointer = ""
        description = sentence
    }

    /// The same error, seen from the value that contains the one in which it happened.
    func inside(_ token: String) -> CairnJSONError {
        var error = self
        let escaped = token.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        error.pointer = "/" + escaped + pointer
        return error
    }
}
