/// What IDNA2008 says of a code point, derived from its Unicode properties (RFC 5892 §3).
enum DerivedProperty: Equatable {
    case valid
    /// Allowed where its neighbours satisfy a rule.
    case contextual
    case disallowed
    case unassigned

    init(of scalar: Unicode.Scalar) {
        self = Self.exception(scalar) ?? Self.derived(scalar)
    }

    private static func derived(_ scalar: Unicode.Scalar) -> DerivedProperty {
        let properties = scalar.properties
        if properties.generalCategory == .unassigned, !properties.isNoncharacterCodePoint { return .unassigned }
        if isLDH(scalar) { return .valid }
        if properties.isJoinControl { return .contextual }
        if properties.changesWhenNFKCCaseFolded || properties.isDefaultIgnorableCodePoint || properties.isWhitespace
            || properties.isNoncharacterCodePoint || isInIgnorableBlock(scalar) || isOldHangulJamo(scalar)
        {
            return .disallowed
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .decimalNumber, .modifierLetter, .nonspacingMark,
            .spacingMark:
            return .valid
        default: return .disallowed
        }
    }

    /// RFC 5892 §2.6.
    private static func exception(_ scalar: Unicode.Scalar) -> DerivedProperty? {
        switch scalar.value {
        case 0x00df, 0x03c2, 0x06fd, 0x06fe, 0x0f0b, 0x3007: .valid
        case 0x00b7, 0x0375, 0x05f3, 0x05f4, 0x30fb, 0x0660...0x0669, 0x06f0...0x06f9: .contextual
        case 0x0640, 0x07fa, 0x302e, 0x302f, 0x3031...0x3035, 0x303b: .disallowed
        default: nil
        }
    }

    /// RFC 5892 §2.5.
    private static func isLDH(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-": true
        default: false
        }
    }

    /// RFC 5892 §2.4.
    private static func isInIgnorableBlock(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20d0...0x20ff, 0x1d100...0x1d1ff, 0x1d200...0x1d24f: true
        default: false
        }
    }

    /// RFC 5892 §2.9.
    private static func isOldHangulJamo(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x11ff, 0xa960...0xa97c, 0xd7b0...0xd7c6, 0xd7cb...0xd7fb: true
        default: false
        }
    }
}
