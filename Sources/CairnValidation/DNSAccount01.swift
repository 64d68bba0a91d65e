import CairnDNS
public import CairnModel
import Crypto

extension ACMEChallengeType {
    /// A TXT record at a label of the account below `_acme-challenge` (draft-ietf-acme-dns-account-label).
    ///
    /// Only offered if a list of challenge types such as ``CairnPolicy/challengeTypes`` includes it.
    public static let dnsAccount01 = ACMEChallengeType(rawValue: "dns-account-01")
}

/// The challenge `dns-account-01` (draft-ietf-acme-dns-account-label-03).
///
/// It is `dns-01` at another name: between `_acme-challenge` and what is put before it stands a label that follows from the
/// URL of the account, so that several accounts can prove control of a name at a time, each by a CNAME record of its own.
///
/// ```
/// _ujmmovf2vn55tgye._acme-challenge.example.org
/// ```
///
/// The label is `_` and the first ten octets of the SHA-256 digest of the URL in base32. What stands in the record, which
/// identifiers it is for, wildcards among them, and what CAA records call it is as with `dns-01`.
package struct DNSAccount01: ValidatedKind {
    package let type = ACMEChallengeType.dnsAccount01
    package let showsControlOfZone = true
    private static let document = "draft-ietf-acme-dns-account-label"

    package func fits(_ identifier: ACMEIdentifier) -> Bool { identifier.type == .dns }

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        guard fits(attempt.identifier) else { return Unvalidatable(unfit: attempt, section: Self.document) }
        let (name, account) = (attempt.identifier.value, attempt.accountURL)
        return TXTValidation(
            attempt, at: Self.recordName(for: name, account: account), section: Self.document,
            misplaced: { found in
                let isPlain = found.isSameIgnoringCase(as: DNS01.recordName(for: name))
                return "the right text stands at \(found)\(isPlain ? ", where dns-01 wants it" : "")"
                    + ": expected it below the label \"\(Self.label(of: account))\", which follows from the URL of the "
                    + "account, \(account.quoted)"
            })
    }

    static func recordName(for name: String, account: String) -> String {
        "\(label(of: account)).\(DNS01.recordName(for: name))"
    }

    /// The label of the account with a URL.
    static func label(of account: String) -> String {
        let digest = SHA256.hash(data: Array(account.utf8)).prefix(10)
        return "_" + base32(digest)
    }

    /// Base32 in small letters (RFC 4648 §6) of a number of octets that five divides, and which so has no padding.
    private static func base32(_ octets: some Sequence<UInt8>) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        var (text, bits, count) = ([UInt8](), 0, 0)
        for octet in octets {
            bits = bits << 8 | Int(octet)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(letters[bits >> count & 31])
            }
            bits &= 31
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension CairnChallengeResponder {
    /// Adds the digest of a key authorization to the fake DNS at the label of an account.
    ///
    /// - Parameters:
    ///   - name: the validated domain name, without `*.` for a wildcard.
    ///   - account: the URL of the account.
    ///   - keyAuthorization: the token and the thumbprint of the account's key (RFC 8555 §8.1).
    public func setDNSAccount01(name: String, account: String, keyAuthorization: String) {
        dns.add(
            .txt(KeyAuthorization(text: keyAuthorization).txtValue),
            to: DNSAccount01.recordName(for: name, account: account))
    }

    /// Removes all TXT records that validations of a name for an account check.
    public func removeDNSAccount01(name: String, account: String) {
        dns.removeAll(at: DNSAccount01.recordName(for: name, account: account), type: .txt)
    }
}
