/// Normalization Form C, for labels in which every code point is allowed by itself (RFC 5891 §4.2.1).
enum Normalization {
    /// Whether no sequence of the text has a composed or an ordered form.
    static func isComposed(_ text: [Unicode.Scalar]) -> Bool {
        var starter: Unicode.Scalar?
        // The highest combining class between the starter and the present character, which keeps lower ones from combining.
        var between: UInt8 = 0
        var isAdjacent = false
        for scalar in text {
            let combining = scalar.properties.canonicalCombiningClass.rawValue
            if combining > 0, combining < between { return false }
            // Only marks are the second part of a composition, old Hangul aside, which no label has.
            if let starter, scalar.isMark, combining > between || isAdjacent,
                composites.contains(pair(starter, scalar))
            {
                return false
            }
            if combining == 0 {
                (starter, between, isAdjacent) = (scalar, 0, true)
            } else {
                (between, isAdjacent) = (combining, false)
            }
        }
        return true
    }

    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> String {
        var text = String.UnicodeScalarView()
        text.append(first)
        text.append(second)
        return String(text)
    }

    /// Every character that could be a composition, each as a text of its own.
    ///
    /// Texts are equal if they are canonically equivalent, so this finds the decomposed ones. What decomposes in Form C
    /// itself changes when folded, and is not in here.
    private static let composites: Set<String> = {
        let blocks: [ClosedRange<UInt32>] = [0x00c0...0x1fff, 0x3040...0x30ff, 0x11000...0x11fff]
        let scalars = blocks.joined().compactMap { Unicode.Scalar($0) }
        return Set(scalars.filter { DerivedProperty(of: $0) == .valid }.map { String($0) })
    }()
}
