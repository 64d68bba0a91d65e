import CairnModel
import HTTPTypes

extension Gateway {
    /// Renders an answer as bytes.
    func render(_ answer: Answer) -> CairnDelivery {
        var delivery = CairnDelivery(HTTPResponse(status: answer.status, headerFields: answer.fields))
        switch answer.body {
        case .empty: break
        case .json(let value):
            delivery.body = text(of: value)
            delivery.head.headerFields[.contentType] = answer.problem == nil ? MediaType.json : MediaType.problem
        case .bytes(let bytes, let type):
            delivery.body = bytes
            delivery.head.headerFields[.contentType] = type
        }
        return delivery
    }

    /// Two spaces a level and a line feed at the end: what the most clients have seen, and people can read.
    private func text(of value: CairnJSON) -> [UInt8] {
        var text = value.serialized(.indented)
        text.append(UInt8(ascii: "\n"))
        return text
    }
}
