import Cairn
import HTTPTypes

/// Pebble's management interface: the hierarchy with its private keys, the status of certificates, and renewal information.
///
/// As there, no path looks at the method, but for the one that changes something. What Pebble answers without a word has a
/// problem document here. The keys of ECDSA are there too, which Pebble says that it has not.
struct PebbleManagement {
    let ca: TestCA

    init(_ ca: TestCA) { self.ca = ca }

    static let renewalPath = "/set-renewal-info/"
    private static let statusPath = "cert-status-by-serial"

    /// A list of numbered things.
    private struct Folder {
        let name: String
        let certificates: [CairnCACertificate]
        /// Whether it shows the private keys, not the certificates.
        let isOfKeys: Bool
    }

    private var folders: [Folder] {
        [
            Folder(name: "roots", certificates: ca.authority.roots, isOfKeys: false),
            Folder(name: "root-keys", certificates: ca.authority.roots, isOfKeys: true),
            Folder(name: "intermediates", certificates: ca.authority.intermediates, isOfKeys: false),
            Folder(name: "intermediate-keys", certificates: ca.authority.intermediates, isOfKeys: true),
        ]
    }

    /// What can be read.
    var paths: [String] {
        folders.flatMap { folder in folder.certificates.indices.map { "/\(folder.name)/\($0)" } }
            + ca.certificates.suffix(1).map { "/\(Self.statusPath)/\(Self.text(of: $0.id))" }
    }

    /// Answers a request to one of the paths; `nil` for any other.
    func respond(to request: CairnRequest, at parts: [String]) throws(ACMEProblem) -> CairnDelivery? {
        guard let first = parts.first else { return nil }
        if first.isSame(as: "set-renewal-info"), parts.count == 1 || parts == [first, ""] {
            return try setRenewalInfo(request)
        }
        guard parts.count == 2 else { return nil }
        if first.isSame(as: Self.statusPath) { return try status(of: parts[1]) }
        guard let folder = folders.first(where: { $0.name.isSame(as: first) }) else { return nil }
        return try show(parts[1], in: folder, request)
    }

    // MARK: The hierarchy

    private func show(
        _ number: String, in folder: Folder, _ request: CairnRequest
    ) throws(ACMEProblem) -> CairnDelivery {
        let list = folder.certificates
        guard let index = Int(number), "\(index)".isSame(as: number), list.indices.contains(index) else {
            let expected =
                list.isEmpty ? "this CA has no \(folder.name)" : "expected a number from 0 to \(list.count - 1)"
            throw ACMEProblem(.malformed, "\(expected) in \("/\(folder.name)/\(number)".quoted)", status: 404)
        }
        let (text, type): (String?, String) =
            folder.isOfKeys
            ? (ca.authority.privateKeyPEM(of: list[index]), "application/x-pem-file; charset=utf-8")
            : (list[index].pem, "application/pem-certificate-chain; charset=utf-8")
        guard let text else {
            throw ACMEProblem(.malformed, "there is no key for \("/\(folder.name)/\(number)".quoted)", status: 404)
        }
        var delivery = CairnDelivery(
            HTTPResponse(status: .ok, headerFields: [.contentType: type]), body: Array(text.utf8))
        let origin = "\(request.head.scheme ?? "https")://\(request.head.authority ?? "localhost")"
        for other in alternatives(to: index, in: folder) {
            delivery.head.headerFields.append(
                HTTPField(name: .link, value: "<\(origin)/\(folder.name)/\(other)>;rel=\"alternate\""))
        }
        return delivery
    }

    /// The numbers of what stands in the same place of the other chains.
    private func alternatives(to index: Int, in folder: Folder) -> [Int] {
        let count: Int
        if folder.name.begins(with: "root") {
            count = folder.certificates.count
        } else {
            // Those that sign leaves come first; those above them are in no other chain's place.
            count = Set(ca.authority.chains.compactMap(\.intermediates.first)).count
        }
        return index < count ? (0..<count).filter { $0 != index } : []
    }

    // MARK: The status of certificates

    private func status(of text: String) throws(ACMEProblem) -> CairnDelivery {
        guard let serialNumber = CairnSerialNumber(typed: text) else {
            throw ACMEProblem(.malformed, "expected a serial number in hexadecimal digits, got \(text.quoted)")
        }
        guard let record = ca.certificates.first(where: { $0.id == serialNumber }) else {
            throw ACMEProblem(
                .malformed, "there is no certificate with the serial number \(text.quoted)", status: 404)
        }
        var object: CairnJSONObject = [
            "Certificate": .string(record.pem), "Serial": .string(Self.text(of: serialNumber)),
            "Status": .string(record.revocation == nil ? "Valid" : "Revoked"),
        ]
        object["Reason"] = record.revocation?.reason.map { .integer($0.rawValue) }
        object["RevokedAt"] = record.revocation.map { .string(Self.text(of: $0.at)) }
        return CairnDelivery(.object(object), type: "application/json; charset=utf-8")
    }

    /// Without zeros in front, as a number is written.
    private static func text(of serialNumber: CairnSerialNumber) -> String {
        let digits = "\(serialNumber)".drop { $0 == "0" }
        return digits.isEmpty ? "0" : String(digits)
    }

    /// An instant as Go writes it for people: `2026-11-30 13:06:10.5 +0000 UTC`.
    private static func text(of instant: CairnInstant) -> String {
        let text = instant.rfc3339
        let (date, time) = (text.text(before: "T"), text.dropFirst(text.text(before: "T").count + 1).text(before: "Z"))
        return "\(date) \(time) +0000 UTC"
    }

    // MARK: Renewal information

    private func setRenewalInfo(_ request: CairnRequest) throws(ACMEProblem) -> CairnDelivery {
        guard request.head.method == .post else {
            var delivery = CairnDelivery(
                ACMEProblem(
                    .malformed, "expected POST for \(Self.renewalPath.quoted), got \(request.head.method.rawValue)",
                    status: 405))
            delivery.head.headerFields[.allow] = "POST"
            return delivery
        }
        let arguments = try Arguments(request)
        let (pem, body) = (try arguments.string("Certificate"), try arguments.string("ARIResponse"))
        guard let der = PEM.content(of: "CERTIFICATE", in: pem) else {
            throw ACMEProblem(
                .malformed, "expected a certificate in PEM in \"Certificate\", got none that can be read (RFC 7468 §5)")
        }
        guard let record = ca.certificates.first(where: { $0.derEncoded == der }) else {
            throw ACMEProblem(
                .malformed, "expected a certificate of this CA in \"Certificate\", got another", status: 404)
        }
        do throws(TestCA.ObjectError) { try ca.setRenewalInfoBody(body, of: record.id) } catch {
            throw ACMEProblem(error)
        }
        return CairnDelivery(HTTPResponse(status: .ok))
    }
}
