import CairnModel
import Crypto

/// Mistakes that clients are known to make, recognised in what came instead of the right answer.
enum NearMiss {
    /// What is wrong with the text of a TXT record, if it can be told.
    static func explain(textValue: String, _ attempt: ValidationAttempt) -> String? {
        let expected = attempt.keyAuthorization.txtValue
        let authorization = attempt.keyAuthorization.text
        let bare = trimmed(textValue)
        if bare == expected {
            return textValue.contains("\"")
                ? "that is the right value with quotation marks around it"
                : "that is the right value with white space around it"
        }
        switch bare {
        case authorization: return "that is the key authorization itself, not its digest"
        case attempt.token: return "that is the token, not the digest of the key authorization"
        case expected + "=":
            return "that is the right digest with padding, which base64url here has not (RFC 8555 §6.1)"
        case Excerpt.hexadecimal(attempt.keyAuthorization.digest):
            return "that is the right digest in hexadecimal, not in base64url"
        case Base64URL.encode(digest(authorization + "\n")):
            return "that is the digest of the key authorization with a line feed behind it"
        case Base64URL.encode(digest(attempt.token)):
            return "that is the digest of the token alone, without the thumbprint of the account key"
        case Base64URL.encode(Array(Excerpt.hexadecimal(attempt.keyAuthorization.digest).utf8)):
            return "that is the hexadecimal text of the digest in base64url; the octets of the digest are wanted"
        default: break
        }
        if bare.lowercased() == expected.lowercased() {
            return "that is the right value with the case of letters changed"
        }
        if bare.map({ $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }).elementsEqual(expected + "=") {
            return "that is the right digest in ordinary Base64; base64url has - and _ and no padding"
        }
        if bare.utf8.count == 43, (try? Base64URL.decode(bare))?.count == 32 {
            return "that may be the digest of another key authorization: of another token or another account key"
        }
        return nil
    }

    /// What is wrong with the body of an `http-01` response, if it can be told.
    static func explain(body: [UInt8], _ attempt: ValidationAttempt) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        let bare = trimmed(text)
        let authorization = attempt.keyAuthorization.text
        switch bare {
        case "": return "the body is empty"
        case authorization:
            if text.contains("\"") { return "that is the key authorization with quotation marks around it" }
            if text.hasPrefix("\u{feff}") { return "that is the key authorization behind a byte order mark" }
            return "that is the key authorization with white space before it"
        case attempt.token: return "that is the token alone, without a period and the thumbprint of the account key"
        case attempt.keyAuthorization.txtValue: return "that is the digest for dns-01, not the key authorization"
        default: break
        }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 2, parts[1].utf8.count == 43 {
            let wanted = authorization.split(separator: ".", omittingEmptySubsequences: false)
            if String(parts[0]) == attempt.token {
                return "that is the key authorization of another account key"
            }
            if parts[1] == wanted.last { return "that is the key authorization of another challenge of this account" }
        }
        if bare.hasPrefix("<") { return "that is a page of HTML" }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let noise: Set<Character> = [" ", "\t", "\r", "\n", "\r\n", "\"", "\u{feff}"]
        var rest = text[...]
        while let first = rest.first, noise.contains(first) { rest.removeFirst() }
        while let last = rest.last, noise.contains(last) { rest.removeLast() }
        return String(rest)
    }

    private static func digest(_ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }
}
