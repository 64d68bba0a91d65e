import CairnModel
import HTTPTypes

extension Gateway {
    /// Says in the header fields of an answer what its body is.
    func addMediaType(to answer: inout Answer) {
        switch answer.body {
        case .empty: break
        case .json: answer.fields[.contentType] = answer.problem == nil ? MediaType.json : MediaType.problem
        case .bytes(_, let type): answer.fields[.contentType] = type
        }
    }

    /// Renders an answer as bytes.
    func render(_ answer: Answer) -> CairnDelivery {
        let head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        return switch answer.body {
        case .empty: CairnDelivery(head)
        case .json(let value): CairnDelivery(head, body: text(of: value))
        case .bytes(let bytes, _): CairnDelivery(head, body: bytes)
        }
    }

    /// Two spaces a level and a line feed at the end: what the most clients have seen, and people can read.
    private func text(of value: CairnJSON) -> [UInt8] {
        var text = value.serialized(.indented)
        text.append(UInt8(ascii: "\n"))
        return text
    }
}
