import CairnModel
import Crypto

/// Mistakes that clients are known to make, recognised in what came instead of the right answer.
enum NearMiss {
    /// What is wrong with the text of a TXT record, if it can be told.
    static func explain(textValue: String, _ attempt: ValidationAttempt) -> String? {
        let expected = attempt.keyAuthorization.txtValue
        let authorization = attempt.keyAuthorization.text
        let bare = trimmed(textValue)
        if bare.isSame(as: expected) {
            return textValue.utf8.contains(UInt8(ascii: "\""))
                ? "that is the right value with quotation marks around it"
                : "that is the right value with white space around it"
        }
        let known: [(text: String, words: String)] = [
            (authorization, "that is the key authorization itself, not its digest"),
            (attempt.token, "that is the token, not the digest of the key authorization"),
            (expected + "=", "that is the right digest with padding, which base64url here has not (RFC 8555 §6.1)"),
            (
                Excerpt.hexadecimal(attempt.keyAuthorization.digest),
                "that is the right digest in hexadecimal, not in base64url"
            ),
            (
                Base64URL.encode(digest(authorization + "\n")),
                "that is the digest of the key authorization with a line feed behind it"
            ),
            (
                Base64URL.encode(digest(attempt.token)),
                "that is the digest of the token alone, without the thumbprint of the account key"
            ),
            (
                Base64URL.encode(Array(Excerpt.hexadecimal(attempt.keyAuthorization.digest).utf8)),
                "that is the hexadecimal text of the digest in base64url; the octets of the digest are wanted"
            ),
        ]
        if let match = known.first(where: { $0.text.isSame(as: bare) }) { return match.words }
        if bare.isSameIgnoringCase(as: expected) {
            return "that is the right value with the case of letters changed"
        }
        let urlSafe = bare.utf8.map { octet in
            octet == UInt8(ascii: "+") ? UInt8(ascii: "-") : octet == UInt8(ascii: "/") ? UInt8(ascii: "_") : octet
        }
        if urlSafe.elementsEqual((expected + "=").utf8) {
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
        if bare.isEmpty { return "the body is empty" }
        if bare.isSame(as: authorization) {
            if text.utf8.contains(UInt8(ascii: "\"")) {
                return "that is the key authorization with quotation marks around it"
            }
            if text.begins(with: "\u{feff}") { return "that is the key authorization behind a byte order mark" }
            return "that is the key authorization with white space before it"
        }
        if bare.isSame(as: attempt.token) {
            return "that is the token alone, without a period and the thumbprint of the account key"
        }
        if bare.isSame(as: attempt.keyAuthorization.txtValue) {
            return "that is the digest for dns-01, not the key authorization"
        }
        let parts = bare.texts(between: ".")
        if parts.count == 2, parts[1].utf8.count == 43 {
            if parts[0].isSame(as: attempt.token) { return "that is the key authorization of another account key" }
            if let wanted = authorization.texts(between: ".").last, parts[1].isSame(as: wanted) {
                return "that is the key authorization of another challenge of this account"
            }
        }
        if bare.begins(with: "<") { return "that is a page of HTML" }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let noise: Set<Unicode.Scalar> = [" ", "\t", "\r", "\n", "\"", "\u{feff}"]
        let tail = text.unicodeScalars.drop { noise.contains($0) }
        let end = tail.lastIndex { !noise.contains($0) }.map { tail.index(after: $0) }
        return String(tail[..<(end ?? tail.startIndex)])
    }

    private static func digest(_ text: String) -> [UInt8] {
        Array(SHA256.hash(data: Array(text.utf8)))
    }
}
