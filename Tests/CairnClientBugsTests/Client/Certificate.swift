import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Foundation

/// What a client has at the end.
struct Certificate {
    /// Leaf and intermediates, in DER.
    let chain: [[UInt8]]
    let key: OpenSSLKey
    /// The order that it came from.
    let order: String

    var leaf: OpenSSLCertificate { get throws { try OpenSSLCertificate(derEncoded: chain[0]) } }

    var notBefore: CairnInstant { get throws { CairnInstant(sinceEpoch: .seconds(try leaf.notBefore)) } }
    var notAfter: CairnInstant { get throws { CairnInstant(sinceEpoch: .seconds(try leaf.notAfter)) } }

    /// The certID, made from the certificate alone (RFC 9773 §4.1).
    var id: String {
        get throws {
            let text = try leaf.extension("2.5.29.35")?.text ?? ""
            let octets = text.replacingOccurrences(of: "keyid:", with: "").split { $0 == ":" || $0.isWhitespace }
            return base64URL(octets.compactMap { UInt8($0, radix: 16) }) + "." + base64URL(try leaf.serialNumber)
        }
    }

    /// The common name of the topmost issuer.
    var topIssuer: String {
        get throws {
            guard let last = chain.last else { return "" }
            return try OpenSSLCertificate(derEncoded: last).issuer
        }
    }
}

extension CorrectClient {
    /// The certificates of a PEM file: whatever ends its lines, and whatever text is around the blocks (RFC 7468 §2).
    ///
    /// - Throws: if there is any other block (RFC 8555 §11.4).
    func certificates(in pem: String) throws -> [[UInt8]] {
        if has(.splitsChainsAtLineFeeds) {
            let end = "-----END CERTIFICATE-----\n"
            let blocks = pem.components(separatedBy: end).dropLast()
            guard !blocks.isEmpty, pem.hasSuffix(end) else { throw Failure(description: "the chain has no end") }
            return try blocks.map { block in
                let (begin, body) = ("-----BEGIN CERTIFICATE-----\n", block.dropFirst(28))
                guard block.hasPrefix(begin),
                    let data = Data(base64Encoded: body.replacingOccurrences(of: "\n", with: ""))
                else {
                    throw Failure(description: "the chain has no certificate")
                }
                return Array(data)
            }
        }
        var (certificates, block): ([[UInt8]], String?) = ([], nil)
        for line in pem.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }).map(String.init) {
            switch line {
            case "-----BEGIN CERTIFICATE-----": block = ""
            case "-----END CERTIFICATE-----":
                guard let data = Data(base64Encoded: block ?? "") else {
                    throw Failure(description: "no base64 in the chain")
                }
                certificates.append(Array(data))
                block = nil
            case _ where line.hasPrefix("-----BEGIN "):
                throw Failure(description: "a block that is no certificate: \(line)")
            default: if block != nil { block?.append(line) }
            }
        }
        guard !certificates.isEmpty else { throw Failure(description: "no certificate in the chain") }
        return certificates
    }
}
