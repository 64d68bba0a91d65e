package import Foundation

/// A signed request in parts, before it is put together.
///
/// A test changes a part to misbehave in exactly one way.
package struct Message {
    /// The protected header.
    package var header: [String: Any]
    /// The payload: JSON, or empty for a POST-as-GET.
    package var payload: Data
    /// Changes the encoded parts after signing: `protected`, `payload`, `signature` and whatever else is put there.
    package var seal: (inout [String: Any]) -> Void = { _ in }
    /// Changes the signature before it is encoded.
    package var forge: (inout Data) -> Void = { _ in }
    /// Replaces the whole body.
    package var body: Data?
    package var contentType: String? = "application/jose+json"

    package init(header: [String: Any], payload: Data) { (self.header, self.payload) = (header, payload) }

    /// Signs and encodes.
    package func encoded(by key: AccountKey) throws -> Data {
        try encoded { try key.signature(over: $0) }
    }

    /// Encodes, with a signature or a MAC from `sign`.
    func encoded(signingWith sign: (Data) throws -> Data) throws -> Data {
        if let body { return body }
        let header = base64URL(try JSONSerialization.data(withJSONObject: header, options: .sortedKeys))
        let payload = base64URL(payload)
        var signature = try sign(Data("\(header).\(payload)".utf8))
        forge(&signature)
        var parts: [String: Any] = ["protected": header, "payload": payload, "signature": base64URL(signature)]
        seal(&parts)
        return try JSONSerialization.data(withJSONObject: parts, options: .sortedKeys)
    }
}

/// What came back.
package struct Response: Sendable {
    package var status: Int
    /// In the order and spelling in which they came.
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The values of a field, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of a field that must not be there twice.
    package subscript(name: String) -> String? { values(name).first }

    /// The body as a JSON object, or an empty one.
    package var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The media type without its parameters.
    package var mediaType: String? { self["Content-Type"].map { String($0.prefix { $0 != ";" }) } }

    /// The name of the problem in the ACME namespace, if the body is one.
    package var problem: String? {
        guard mediaType == "application/problem+json", let type = json["type"] as? String else {
            return nil
        }
        return type.replacingOccurrences(of: "urn:ietf:params:acme:error:", with: "")
    }

    package var detail: String { json["detail"] as? String ?? "" }

    package var state: String? { json["status"] as? String }

    /// The targets of the links with a relation, whatever other parameters they have.
    package func links(_ relation: String) -> [String] {
        values("Link").compactMap { link in
            guard link.hasPrefix("<"), let end = link.firstIndex(of: ">") else { return nil }
            let parameters = link[end...].dropFirst().split(separator: ";", omittingEmptySubsequences: false)
            guard parameters.first == "", parameters.contains("rel=\"\(relation)\"") else { return nil }
            return String(link[..<end].dropFirst())
        }
    }
}
