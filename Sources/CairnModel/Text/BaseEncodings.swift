/// Base64url without padding, the only form that JOSE and ACME know (RFC 7515 §2, RFC 8555 §6.1).
///
/// Written with tables, because every request decodes three of these texts and Foundation spends more time on one of
/// them than a P-256 signature takes.
package enum Base64URL {
    /// The text of `bytes`, without padding.
    @inlinable package static func encode(_ bytes: some Collection<UInt8>) -> String {
        bytes.withContiguousStorageIfAvailable(encode(contiguous:))
            ?? Array(bytes).withUnsafeBufferPointer(encode(contiguous:))
    }

    /// The bytes that `text` stands for; see ``decode(utf8:)``.
    @inlinable package static func decode(_ text: some StringProtocol) throws(Base64URLError) -> [UInt8] {
        try decode(utf8: text.utf8)
    }

    /// The bytes that an ASCII text stands for.
    ///
    /// Strict: each sequence of bytes has exactly one text. Padding, line breaks and other foreign characters, lengths
    /// that no sequence of bytes has, and unused bits that are not zero (RFC 4648 §3.5) are refused.
    @inlinable package static func decode(utf8 text: some Collection<UInt8>) throws(Base64URLError) -> [UInt8] {
        let result =
            text.withContiguousStorageIfAvailable(decode(contiguous:))
            ?? Array(text).withUnsafeBufferPointer(decode(contiguous:))
        return try result.get()
    }

    /// What is wrong with a text that is to be base64url; `nil` if nothing is.
    package static func fault(in text: some StringProtocol) -> Base64URLError? {
        text.withOctets { octets in
            values.withUnsafeBufferPointer { values in
                // What the last character may have no bits of, for each length of the last group.
                let unused: UInt8 = octets.count % 4 == 2 ? 15 : octets.count % 4 == 3 ? 3 : 0
                let isText =
                    octets.count % 4 != 1 && octets.allSatisfy { values[Int($0)] < 64 }
                    && values[Int(octets.last ?? UInt8(ascii: "A"))] & unused == 0
                return isText ? nil : Base64URLError(explaining: octets, values: values)
            }
        }
    }

    /// The number of 128 bits, big-endian, that a text stands for; `nil` if it stands for anything else.
    @inlinable package static func number(_ text: some StringProtocol) -> UInt128? {
        text.withOctets(number(contiguous:))
    }

    @usableFromInline static func number(contiguous octets: UnsafeBufferPointer<UInt8>) -> UInt128? {
        guard octets.count == 22 else { return nil }
        return values.withUnsafeBufferPointer { values in
            var bits: UInt128 = 0
            for place in 0..<21 {
                let value = values[Int(octets[place])]
                guard value < 64 else { return nil }
                bits = bits << 6 | UInt128(value)
            }
            // Of the last six bits, four stand for nothing.
            let last = values[Int(octets[21])]
            return last < 64 && last & 15 == 0 ? bits << 2 | UInt128(last >> 4) : nil
        }
    }

    /// The same of a number of 128 bits, big-endian: the reverse of ``number(_:)``.
    package static func encode(_ number: UInt128) -> String {
        withUnsafeBytes(of: number.bigEndian) { encode(contiguous: $0.assumingMemoryBound(to: UInt8.self)) }
    }

    @usableFromInline static func encode(contiguous bytes: UnsafeBufferPointer<UInt8>) -> String {
        let (whole, rest) = bytes.count.quotientAndRemainder(dividingBy: 3)
        let length = whole * 4 + (rest == 0 ? 0 : rest + 1)
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let digits = alphabet.utf8Start
        return String(unsafeUninitializedCapacity: length) { text in
            for group in 0..<whole {
                let (i, o) = (group * 3, group * 4)
                let bits = UInt32(bytes[i]) << 16 | UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i + 2])
                text[o] = digits[Int(bits >> 18)]
                text[o + 1] = digits[Int(bits >> 12 & 63)]
                text[o + 2] = digits[Int(bits >> 6 & 63)]
                text[o + 3] = digits[Int(bits & 63)]
            }
            let (i, o) = (whole * 3, whole * 4)
            if rest > 0 {
                let bits = UInt32(bytes[i]) << 16 | (rest == 2 ? UInt32(bytes[i + 1]) << 8 : 0)
                text[o] = digits[Int(bits >> 18)]
                text[o + 1] = digits[Int(bits >> 12 & 63)]
                if rest == 2 { text[o + 2] = digits[Int(bits >> 6 & 63)] }
            }
            return length
        }
    }

    @usableFromInline static func decode(
        contiguous text: UnsafeBufferPointer<UInt8>
    ) -> Result<[UInt8], Base64URLError> {
        let (whole, rest) = text.count.quotientAndRemainder(dividingBy: 4)
        let length = whole * 3 + (rest == 0 ? 0 : rest - 1)
        var failure: Base64URLError?
        let bytes = values.withUnsafeBufferPointer { values in
            [UInt8](unsafeUninitializedCapacity: max(length, 0)) { bytes, count in
                func value(_ index: Int) -> UInt32 { UInt32(values[Int(text[index])]) }
                var foreign: UInt32 = 0
                for group in 0..<whole {
                    let (i, o) = (group * 4, group * 3)
                    let (a, b, c, d) = (value(i), value(i + 1), value(i + 2), value(i + 3))
                    foreign |= a | b | c | d
                    let bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | d & 63
                    bytes[o] = UInt8(truncatingIfNeeded: bits >> 16)
                    bytes[o + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    bytes[o + 2] = UInt8(truncatingIfNeeded: bits)
                }
                var unused: UInt32 = 0
                let (i, o) = (whole * 4, whole * 3)
                if rest > 1 {
                    let (a, b, c) = (value(i), value(i + 1), rest == 3 ? value(i + 2) : 0)
                    foreign |= a | b | c
                    let bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6
                    bytes[o] = UInt8(truncatingIfNeeded: bits >> 16)
                    if rest == 3 { bytes[o + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
                    unused = rest == 2 ? bits & 0xffff : bits & 0xff
                }
                if foreign > 63 || rest == 1 || unused != 0 {
                    failure = Base64URLError(explaining: text, values: values)
                } else {
                    count = length
                }
            }
        }
        return failure.map(Result.failure) ?? .success(bytes)
    }

    /// The six bits that each byte stands for; 255 if it is not in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.enumerated() {
            values[Int(digit)] = UInt8(value)
        }
        return values
    }()
}

/// Why a text is not base64url, and where.
package struct Base64URLError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The text ends in `=` (RFC 8555 §6.1).
        case padding
        /// A byte outside the alphabet of RFC 4648 §5.
        case foreign(UInt8)
        /// One character more than a multiple of four: no sequence of bytes has such a text.
        case impossibleLength(Int)
        /// The last character has bits that stand for nothing and are not zero (RFC 4648 §3.5).
        case trailingBits
    }

    package var reason: Reason
    /// How many bytes of the text come before the place.
    package var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// Finds out what is wrong with a text that is known to be wrong.
    fileprivate init(explaining text: UnsafeBufferPointer<UInt8>, values: UnsafeBufferPointer<UInt8>) {
        if let offset = text.firstIndex(where: { values[Int($0)] == 255 }) {
            let isPadding = text[offset...].allSatisfy { $0 == UInt8(ascii: "=") }
            self.init(isPadding ? .padding : .foreign(text[offset]), at: offset)
        } else if text.count % 4 == 1 {
            self.init(.impossibleLength(text.count), at: text.count - 1)
        } else {
            self.init(.trailingBits, at: text.count - 1)
        }
    }

    package var description: String {
        switch reason {
        case .padding:
            "expected base64url without padding, got '=' at byte \(offset) (RFC 8555 §6.1, RFC 7515 §2)"
        case .foreign(UInt8(ascii: "+")), .foreign(UInt8(ascii: "/")):
            "expected base64url, got \(byteText) of ordinary Base64 at byte \(offset): "
                + "'-' and '_' stand for '+' and '/' (RFC 4648 §5)"
        case .foreign:
            "expected base64url, got \(byteText) at byte \(offset) (RFC 4648 §5)"
        case .impossibleLength(let length):
            "expected base64url, got \(length) characters, a length that no sequence of bytes has (RFC 4648 §5)"
        case .trailingBits:
            "expected the unused bits of the last character, at byte \(offset), to be zero (RFC 4648 §3.5)"
        }
    }

    private var byteText: String {
        if case .foreign(let byte) = reason { byte.inSentence } else { "" }
    }
}

extension UInt8 {
    /// The byte as a sentence shows it: `'x'` if it is printable ASCII, otherwise `byte 0x0a`.
    var inSentence: String {
        (0x20...0x7e).contains(self)
            ? "'\(Character(Unicode.Scalar(self)))'" : "byte 0x\(CollectionOfOne(self).hexadecimal)"
    }
}

extension Sequence<UInt8> {
    /// Two digits for each octet, in lower case (RFC 4648 §8).
    @inlinable package var hexadecimal: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * underestimatedCount)
        func append(_ digit: UInt8) {
            digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        for octet in self {
            append(octet >> 4)
            append(octet & 15)
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// The ordinary Base64 of RFC 4648 §4, with padding, in which secrets are written.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits = Base64URL.encode(bytes).utf8.map { octet in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        return String(decoding: digits + padding, as: UTF8.self)
    }

    /// The bytes that a text stands for; `nil` if it is none, or lacks its padding.
    package static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 4), !text.utf8.contains(where: { "-_".utf8.contains($0) }) else {
            return nil
        }
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding < 3 else { return nil }
        let digits = text.utf8.dropLast(padding).map { octet in
            switch octet {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: octet
            }
        }
        return try? Base64URL.decode(utf8: digits)
    }
}

/// The textual encoding of RFC 7468: base64 in lines of 64 columns between two boundaries.
package enum PEM {
    /// One block, ended by a line feed, so that blocks can be put one after the other.
    ///
    /// - Parameter label: what the block holds, as RFC 7468 §4 names it: `CERTIFICATE`, `PRIVATE KEY`.
    package static func block(_ label: String, _ content: [UInt8]) -> [UInt8] {
        let characters = (content.count + 2) / 3 * 4
        var text: [UInt8] = []
        text.reserveCapacity(characters + characters / 64 + 2 * (label.utf8.count + 17) + 2)
        text += "-----BEGIN \(label)-----\n".utf8
        appendBase64(content, to: &text)
        text += "-----END \(label)-----\n".utf8
        return text
    }

    /// The content of the first block with a label; `nil` if there is none that can be read.
    ///
    /// White space counts for nothing, and text around the block neither (RFC 7468 §2).
    package static func content(of label: String, in text: some StringProtocol) -> [UInt8]? {
        let (begin, end) = ("-----BEGIN \(label)-----", "-----END \(label)-----")
        guard let start = text.utf8.firstRange(of: begin.utf8)?.upperBound,
            let stop = text.utf8[start...].firstRange(of: end.utf8)?.lowerBound
        else { return nil }
        var digits: [UInt8] = []
        for octet in text.utf8[start..<stop] {
            switch octet {
            case 0x09, 0x0a, 0x0d, 0x20, padding: continue
            case UInt8(ascii: "+"): digits.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): digits.append(UInt8(ascii: "_"))
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: digits.append(octet)
            }
        }
        return try? Base64URL.decode(utf8: digits)
    }

    private static func appendBase64(_ content: [UInt8], to text: inout [UInt8]) {
        // A line at a time, so that it is looked less often whether there is room.
        let octetsPerLine = 48
        for start in stride(from: 0, to: content.count, by: octetsPerLine) {
            let octets = content[start..<min(start + octetsPerLine, content.count)]
            text += [UInt8](unsafeUninitializedCapacity: 65) { line, count in
                var place = octets.startIndex
                while place < octets.endIndex {
                    let left = octets.endIndex - place
                    let (second, third) = (left > 1 ? octets[place + 1] : 0, left > 2 ? octets[place + 2] : 0)
                    let group = UInt32(octets[place]) << 16 | UInt32(second) << 8 | UInt32(third)
                    line[count] = digit(group >> 18)
                    line[count + 1] = digit(group >> 12)
                    line[count + 2] = left > 1 ? digit(group >> 6) : padding
                    line[count + 3] = left > 2 ? digit(group) : padding
                    (place, count) = (place + 3, count + 4)
                }
                line[count] = lineFeed
                count += 1
            }
        }
    }

    private static func digit(_ group: UInt32) -> UInt8 { alphabet[Int(group & 0x3f)] }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let lineFeed = UInt8(ascii: "\n")
}
