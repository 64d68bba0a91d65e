import CairnModel
import HTTPTypes

extension AlteredAnswer {
    /// Does what a rule says, and tells whether that changed anything.
    mutating func apply(_ action: CairnRule.Action, _ nonces: RuleNonces, _ rule: inout LiveRule) -> Bool {
        switch action {
        case .setStatus(let code):
            status = HTTPResponse.Status(code: code)
            return true
        case .fields(let edits): return edits.map { apply($0) }.contains(true)
        case .json(let edits): return edits.map { apply($0, &rule) }.contains(true)
        case .nonce(let edit): return apply(edit, nonces)
        case .timeStyle(let style): return json?.restyleTimes(style) ?? false
        case .linkStyle(let style): return restyleLinks(style)
        case .mediaType(let edit):
            guard let type = fields[.contentType] else { return false }
            fields[.contentType] =
                switch edit {
                case .parameter(let parameter): "\(type); \(parameter)"
                case .letterCase(let letterCase): letterCase.text(type)
                }
            return true
        case .fieldCase(let letterCase):
            var recased = HTTPFields()
            for field in fields {
                let name = HTTPField.Name(letterCase.text(field.name.rawName)) ?? field.name
                recased.append(HTTPField(name: name, value: field.value))
            }
            fields = recased
            return !fields.isEmpty
        default: return false
        }
    }

    private mutating func apply(_ edit: CairnRule.FieldEdit) -> Bool {
        guard let name = HTTPField.Name(edit.name.rawValue) else { return false }
        let values = fields[values: name]
        switch edit.change {
        case .remove: fields[values: name] = []
        case .set(let new): replace(name, new)
        case .add(let value): fields.append(HTTPField(name: name, value: value))
        case .double: replace(name, values.flatMap { [$0, $0] })
        case .rename(let new):
            guard let new = HTTPField.Name(new.rawValue) else { return false }
            fields[values: name] = []
            for value in values { fields.append(HTTPField(name: new, value: value)) }
        }
        return switch edit.change {
        case .remove, .double, .rename: !values.isEmpty
        case .set, .add: true
        }
    }

    /// Fields of a name as it is written here, in place of those that are there.
    private mutating func replace(_ name: HTTPField.Name, _ values: [String]) {
        fields[values: name] = []
        for value in values { fields.append(HTTPField(name: name, value: value)) }
    }

    private mutating func apply(_ edit: CairnRule.JSONEdit, _ rule: inout LiveRule) -> Bool {
        guard var value = json else { return false }
        let isChanged =
            switch edit {
            case .set(let pointer, let new): value.set(pointer, new)
            case .insert(let pointer, let new): value.insert(new, at: pointer)
            case .remove(let pointer): value.remove(pointer)
            case .rename(let pointer, let name): value.rename(pointer, to: name)
            case .reverse(let pointer): value.editArray(pointer) { $0.reverse() }
            case .shuffle(let pointer):
                value.editArray(pointer) { elements in rule.draw { elements.shuffle(using: &$0) } }
            }
        json = value
        return isChanged
    }

    private mutating func apply(_ edit: CairnRule.NonceEdit, _ nonces: RuleNonces) -> Bool {
        let hadOne = fields[.replayNonce] != nil
        switch edit {
        case .add:
            guard !hadOne else { return false }
            fields[.replayNonce] = nonces.fresh()
        case .remove:
            fields[.replayNonce] = nil
            return hadOne
        case .used: fields[.replayNonce] = nonces.used()
        case .blank: fields[.replayNonce] = ""
        case .two: fields[values: .replayNonce] = [nonces.fresh(), nonces.fresh()]
        case .text(let text): fields[.replayNonce] = text
        }
        return true
    }

    private mutating func restyleLinks(_ style: CairnLinkStyle) -> Bool {
        let links = fields[values: .link]
        guard !links.isEmpty else { return false }
        let restyled = links.map { link in style.text(link) }
        replace(.link, style.joined ? [restyled.joined(separator: ", ")] : restyled)
        return true
    }
}

extension CairnLinkStyle {
    /// One link as the server writes it, `<target>;rel="relation"`, in this style.
    fileprivate func text(_ link: String) -> String {
        guard link.begins(with: "<"), let end = link.utf8.firstIndex(of: UInt8(ascii: ">")) else { return link }
        var target = String(link[link.utf8.index(after: link.startIndex)..<end])
        var rest = String(link[link.utf8.index(after: end)...])
        if let slashes = target.range(of: "://"),
            let path = target[slashes.upperBound...].utf8.firstIndex(of: UInt8(ascii: "/"))
        {
            if relative {
                target = String(target[path...])
            } else if let host {
                target.replaceSubrange(slashes.upperBound..<path, with: host)
            }
        }
        if let relation { rest = rest.replacingFirst("rel=\"", with: "rel=\"\(relation) ") }
        // Two relations cannot do without quotation marks (RFC 8288 §3.3).
        if !quoted, relation == nil { rest = String(rest.unicodeScalars.filter { $0 != "\"" }.map(Character.init)) }
        return "<\(target)>\(rest)"
    }
}

extension String {
    /// Where a text first stands in this one.
    fileprivate func range(of text: String) -> Range<Index>? {
        let (bytes, wanted) = (Array(utf8), Array(text.utf8))
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...(bytes.count - wanted.count) where bytes[start...].starts(with: wanted) {
            let from = utf8.index(startIndex, offsetBy: start)
            return from..<utf8.index(from, offsetBy: wanted.count)
        }
        return nil
    }

    fileprivate func replacingFirst(_ text: String, with other: String) -> String {
        guard let range = range(of: text) else { return self }
        return replacingCharacters(in: range, with: other)
    }

    private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        var text = self
        text.replaceSubrange(range, with: other)
        return text
    }
}

extension CairnJSON {
    /// Changes the list at a place; tells whether there is one.
    mutating func editArray(_ pointer: CairnJSONPointer, _ change: (inout [CairnJSON]) -> Void) -> Bool {
        edit(pointer) { value in
            guard case .array(var elements) = value else { return false }
            change(&elements)
            value = .array(elements)
            return true
        }
    }

    /// Writes all timestamps in another style; tells whether there were any.
    fileprivate mutating func restyleTimes(_ style: CairnTimeStyle) -> Bool {
        switch self {
        case .string(let text):
            guard let first = text.utf8.first, first &- UInt8(ascii: "0") < 10,
                let instant = CairnInstant(rfc3339: text)
            else { return false }
            self = .string(style.text(instant))
            return true
        case .array(var elements):
            var isChanged = false
            for index in elements.indices where elements[index].restyleTimes(style) { isChanged = true }
            self = .array(elements)
            return isChanged
        case .object(var object):
            var isChanged = false
            for member in object.members {
                var value = member.value
                guard value.restyleTimes(style) else { continue }
                object[member.name] = value
                isChanged = true
            }
            self = .object(object)
            return isChanged
        default: return false
        }
    }
}
