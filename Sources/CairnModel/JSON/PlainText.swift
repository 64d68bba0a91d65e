extension UnsafeBufferPointer<UInt8> {
    /// Where the octets end that stand for themselves in a string of JSON, and nothing else: ASCII but for control
    /// characters, quotation marks and backslashes (RFC 8259 §7).
    ///
    /// Nearly all text of ACME is such, so eight octets are looked at together.
    func endOfPlainText(from start: Int) -> Int {
        var place = start
        if let text = UnsafeRawPointer(baseAddress) {
            while place + 8 <= count {
                let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                let special = word.specialOctets
                if special != 0 { return place + special.trailingZeroBitCount / 8 }
                place += 8
            }
        }
        while place < count, self[place].isPlain { place += 1 }
        return place
    }
}

extension UInt64 {
    /// Eight octets of text, the first in the lowest bits: the highest bit of each that does not stand for itself.
    ///
    /// An octet after one that is reported may be reported too, so that only the first counts.
    fileprivate var specialOctets: UInt64 {
        let (ones, highest): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        func below(_ limit: UInt64, _ word: UInt64) -> UInt64 { word &- ones &* limit & ~word }
        func equal(_ octet: UInt8) -> UInt64 { below(1, self ^ ones &* UInt64(octet)) }
        return (self | below(0x20, self) | equal(UInt8(ascii: "\"")) | equal(UInt8(ascii: "\\"))) & highest
    }
}

extension UInt8 {
    fileprivate var isPlain: Bool {
        self &- 0x20 < 0x60 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}
