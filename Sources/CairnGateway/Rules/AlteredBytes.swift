import CairnModel

extension CairnRule.Action {
    /// Writes a body in another way, and tells whether that changed anything.
    ///
    /// - Parameter json: what the body says, if it is JSON.
    func rewrite(_ body: inout [UInt8], _ json: CairnJSON?, _ rule: inout LiveRule) -> Bool {
        let before = body
        switch self {
        case .jsonStyle(let style):
            guard var json, !body.isEmpty else { return false }
            if style.memberOrder != .asWritten { json = json.reordered(style.memberOrder, &rule) }
            body = style.bytes(json)
            // A style that the body has already is a style that the client has seen.
            return true
        case .pemStyle(let style):
            guard let blocks = PEMBlock.blocks(in: body), !blocks.isEmpty else { return false }
            body = style.bytes(blocks)
            return true
        case .truncate(let count): body = Array(body.prefix(count))
        case .garble(let count):
            guard !body.isEmpty else { return false }
            rule.draw { generator in
                for _ in 0..<min(count, body.count) {
                    let place = Int.random(in: body.indices, using: &generator)
                    // Any other octet than the one that is there.
                    body[place] ^= UInt8.random(in: 1...255, using: &generator)
                }
            }
        default: return false
        }
        return body != before
    }
}

extension CairnJSON {
    /// The members of all objects in another order.
    fileprivate func reordered(_ order: CairnJSONStyle.MemberOrder, _ rule: inout LiveRule) -> CairnJSON {
        switch self {
        case .array(let elements): return .array(elements.map { $0.reordered(order, &rule) })
        case .object(let object):
            var members = object.members
            switch order {
            case .asWritten: break
            case .sorted: members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            case .reversed: members.reverse()
            case .shuffled: rule.draw { members.shuffle(using: &$0) }
            }
            return .object(
                members.reduce(into: CairnJSONObject()) { $0[$1.name] = $1.value.reordered(order, &rule) })
        default: return self
        }
    }
}

extension CairnJSONStyle {
    /// A value in this style.
    fileprivate func bytes(_ json: CairnJSON) -> [UInt8] {
        let style = CairnJSON.Style(
            indentation: indentation, escapesSlashes: escapesSlashes, escapesNonASCII: escapesNonASCII)
        var bytes = json.serialized(style)
        if duplicatesMember, let first = json.object?.members.first {
            // No value of JSON has a member twice, so it is put into the text.
            let alone = CairnJSON.object([first.name: first.value]).serialized(style)
            let inner = alone.dropFirst().dropLast(indentation == nil ? 1 : 2)
            bytes = [UInt8(ascii: "{")] + inner + [UInt8(ascii: ",")] + bytes.dropFirst()
        }
        if beginsWithByteOrderMark { bytes = [0xef, 0xbb, 0xbf] + bytes }
        if endsWithNewline { bytes.append(0x0a) }
        return bytes
    }
}

/// One block of PEM (RFC 7468).
private struct PEMBlock {
    let label: String
    let base64: [UInt8]

    /// The blocks of a text as the server writes it; `nil` if it is none.
    static func blocks(in text: [UInt8]) -> [PEMBlock]? {
        let (begin, end, dashes) = (Array("-----BEGIN ".utf8), Array("-----END ".utf8), Array("-----".utf8))
        guard text.starts(with: begin) else { return nil }
        var blocks: [PEMBlock] = []
        var (label, base64): (String?, [UInt8]) = (nil, [])
        for line in text.split(separator: 0x0a) {
            if line.starts(with: begin) {
                label = String(decoding: line.dropFirst(begin.count).dropLast(dashes.count), as: UTF8.self)
                base64 = []
            } else if line.starts(with: end) {
                if let label { blocks.append(PEMBlock(label: label, base64: base64)) }
                label = nil
            } else {
                base64 += line
            }
        }
        return blocks
    }
}

extension CairnPEMStyle {
    /// Blocks in this style.
    fileprivate func bytes(_ blocks: [PEMBlock]) -> [UInt8] {
        var blocks = blocks
        if let certificates, let last = blocks.last {
            blocks = Array(blocks.prefix(certificates))
            while blocks.count < certificates { blocks.append(last) }
        }
        if let foreignBlock, let last = blocks.last {
            blocks.append(PEMBlock(label: foreignBlock, base64: last.base64))
        }
        let end = lineEnd.bytes
        var bytes: [UInt8] = []
        func line(_ text: some Sequence<UInt8>) { bytes += Array(text) + end }
        if let textBefore { line(textBefore.utf8) }
        for (index, block) in blocks.enumerated() {
            if index > 0 {
                for _ in 0..<blankLines { line([]) }
                if let textBetween { line(textBetween.utf8) }
            }
            line("-----BEGIN \(block.label)-----".utf8)
            var rest = block.base64[...]
            while !rest.isEmpty {
                line(rest.prefix(lineLength))
                rest = rest.dropFirst(lineLength)
            }
            line("-----END \(block.label)-----".utf8)
        }
        if !endsWithNewline { bytes.removeLast(end.count) }
        return bytes
    }
}

extension CairnDelivery {
    /// Does what a rule says, and tells whether that changes anything.
    mutating func apply(_ action: CairnRule.Action, _ aftermath: inout RuleAftermath) -> Bool {
        switch action {
        case .delay(let duration):
            pace.beforeHead += duration
            return duration > .zero
        case .delayBody(let duration):
            pace.beforeBody += duration
            return duration > .zero && !body.isEmpty
        case .dribble(let bytes, let interval):
            pace.dribble = Dribble(bytes: bytes, every: interval)
            return !body.isEmpty
        case .cut(let count, let byReset):
            guard count < body.count else { return false }
            ending = byReset ? .reset(afterBodyBytes: count) : .cut(afterBodyBytes: count)
        case .goAway: aftermath.goesAway = true
        case .close: aftermath.closes = true
        case .reset: aftermath.resetsStream = true
        default: return false
        }
        return true
    }
}
