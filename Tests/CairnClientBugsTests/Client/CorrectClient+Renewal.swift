import Cairn
import CairnReferenceClient
import Crypto
import Foundation

extension CorrectClient {
    // MARK: Renewals

    /// Has a new certificate in the place of an old one.
    func renew(_ old: Certificate, names: String...) throws -> Certificate {
        // An order that is still open would do; one that is gone does no harm.
        let order = try call(old.order, nil)
        if order.status >= 400, has(.trustsAnOldOrder) { throw refusal(order) }
        return try obtain(names[0], replacing: old)
    }

    /// Whether it is time for a new certificate (RFC 9773 §4.2).
    func isDue(_ certificate: Certificate) throws -> Bool {
        let (from, to) = (try certificate.notBefore, try certificate.notAfter)
        if has(.renewsThirtyDaysBefore) { return now >= to - .days(30) }
        guard let window = try window(of: certificate) else { return now >= from + (to - from) * 2 / 3 }
        if has(.trustsAStaleWindow) {
            let first = firstWindow ?? window
            firstWindow = first
            return now >= first.start && from < first.start
        }
        return now >= window.start
    }

    /// What the CA suggests; `nil` if it suggests nothing, or what cannot be.
    private func window(of certificate: Certificate) throws -> (start: CairnInstant, end: CairnInstant)? {
        guard let base = try directory()["renewalInfo"] as? String else { return nil }
        let answer = try get("\(base)/\(certificate.id)")
        if has(.needsRetryAfterOfRenewalInfo), answer["Retry-After"] == nil {
            throw Failure(description: "unexpectedly found nil in the renewal information")
        }
        guard let window = answer.json["suggestedWindow"] as? [String: Any], let start = window["start"] as? String,
            let end = window["end"] as? String
        else { return nil }
        let (from, to) = (try timestamp(start), try timestamp(end))
        return from < to ? (from, to) : nil
    }

    /// Puts a certificate to use, once it is valid by the client's own clock.
    func use(_ certificate: Certificate) throws {
        if !has(.usesCertificatesAtOnce) { wait(try certificate.notBefore - now) }
        report.append("uses it at \(now)")
    }

    // MARK: Accounts

    /// The binding to an external account, whose key is base64url (RFC 8555 §7.3.4).
    func binding(to external: (identifier: String, macKeyText: String), url: String) throws -> [String: Any] {
        var text = external.macKeyText
        if !has(.decodesKeysAsPlainBase64) {
            text = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        }
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let macKey = SymmetricKey(data: Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
        let header = try JSONSerialization.data(withJSONObject: [
            "alg": "HS256", "kid": external.identifier, "url": url,
        ])
        let protected = base64URL(header)
        let payload = base64URL(try JSONSerialization.data(withJSONObject: key.jwk))
        let mac = HMAC<SHA256>.authenticationCode(for: Data("\(protected).\(payload)".utf8), using: macKey)
        return ["protected": protected, "payload": payload, "signature": base64URL(mac)]
    }

    /// Gives the account another key (RFC 8555 §7.3.5).
    func changeKey() throws {
        if kid == nil { try register() }
        let (new, url) = (try AccountKey(), try endpoint("keyChange"))
        var header: [String: Any] = ["alg": new.algorithm, "jwk": new.jwk, "url": url]
        if has(.putsANonceIntoKeyChanges) { header["nonce"] = try nonce() }
        let payload: [String: Any] = ["account": kid ?? "", "oldKey": key.jwk]
        let inner = Message(header: header, payload: try JSONSerialization.data(withJSONObject: payload))
        let signed = try JSONSerialization.jsonObject(with: inner.encoded(by: new)) as? [String: Any]
        let answer = try call(url, signed)
        guard answer.status < 300 else { throw refusal(answer) }
        key = new
    }

    // MARK: Revocations

    /// Revokes a certificate by the account that it was issued to (RFC 8555 §7.6).
    func revoke(_ certificate: Certificate) throws {
        let payload: [String: Any] = ["certificate": base64URL(certificate.chain[0]), "reason": 4]
        let url = try endpoint("revokeCert")
        let answer =
            has(.revokesByAForeignKey)
            ? try post(url, payload, as: .key(AccountKey())) : try call(url, payload)
        guard answer.status < 300 || type(of: answer) == "alreadyRevoked" else { throw refusal(answer) }
    }

    // MARK: People

    /// Does what the program does that people start, and tells them what came of it.
    func run(_ name: String) {
        do {
            _ = try obtain(name)
            report.append("success")
        } catch {
            report.append(has(.showsRefusalsAsSuccess) ? "success" : "\(error)")
        }
    }
}
