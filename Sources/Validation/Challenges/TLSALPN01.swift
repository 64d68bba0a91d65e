import ACME
import Addressing

/// The validation of a `tls-alpn-01` challenge (RFC 8737 §3, RFC 8738 §6).
///
/// A TLS server at the identifier must choose `acme-tls/1` and show a certificate whose only subject alternative name is
/// the identifier, and which holds the digest of the key authorization in one critical `acmeIdentifier`. Neither its
/// signature nor its times are looked at, and its key may be of any kind.
///
/// Deviation: the configured port stands for port 443.
///
/// The name in the SNI is the identifier, or for an address its name in reverse. Of the addresses the first IPv6 one is
/// tried and, if there is no connection to it, the first IPv4 one.
///
/// | what came | problem |
/// |---|---|
/// | no address | `dns` |
/// | no connection, its end, or a time-out | `connection` |
/// | a failed handshake | `tls` |
/// | another protocol; a certificate that says something else, named in the detail | `unauthorized` |
/// | no certificate, or one that cannot be read | `incorrectResponse` |
package struct TLSALPN01: Sendable {
    /// What is to be done next.
    package enum Action: Hashable, Sendable {
        /// Look up the addresses of a host, then call ``TLSALPN01/resolved(_:)``.
        case resolve(String)
        /// Make a handshake, then call ``TLSALPN01/shook(_:)``.
        case handshake(TLSProbe)
        case finished(Verdict)
    }

    private let attempt: ValidationAttempt
    private let configuration: ValidationConfiguration
    private var record: ValidationRecord
    /// The addresses that are still to be tried, the one under way first.
    private var candidates: [IPAddress] = []

    package init(_ attempt: ValidationAttempt, _ configuration: ValidationConfiguration) {
        self.attempt = attempt
        self.configuration = configuration
        record = ValidationRecord(host: attempt.identifier.value, port: configuration.tlsPort)
    }

    package mutating func start() -> Action {
        .resolve(attempt.identifier.value)
    }

    package mutating func resolved(_ lookup: AddressLookup) -> Action {
        record.lookups = lookup.answers.map(ValidationRecord.Lookup.init)
        record.addressesResolved = lookup.addresses
        candidates = lookup.candidates(configuration.addresses)
        guard !candidates.isEmpty else { return finish(lookup.problem) }
        return shakeHandsWithNextAddress()
    }

    package mutating func shook(_ outcome: TLSProbe.Outcome) -> Action {
        switch outcome {
        case .failure(let failure):
            if failure.isBeforeConnection, candidates.count > 1 {
                record.addressesTried.append(candidates.removeFirst())
                return shakeHandsWithNextAddress()
            }
            return finish(failure.problem(place))
        case .completed(let applicationProtocol, let certificate):
            do {
                try check(applicationProtocol)
                try ValidationCertificate(der: certificate).check(
                    for: attempt.identifier, digest: attempt.keyAuthorization.digest)
            } catch let flaw as CertificateFlaw {
                return finish(Problem(flaw.type, "\(place): \(flaw.reason)"))
            } catch {
                return finish(Problem(.incorrectResponse, "\(place): expected a certificate in DER, got \(error)"))
            }
            return .finished(Verdict(.valid, records: [record]))
        }
    }

    private func check(_ applicationProtocol: String?) throws {
        guard applicationProtocol == "acme-tls/1" else {
            let got = applicationProtocol.map { "\"\(Excerpt.of(Array($0.utf8)))\"" } ?? "no protocol"
            throw CertificateFlaw("ALPN: expected the server to choose \"acme-tls/1\", got \(got) (RFC 8737 §3)")
        }
    }

    private mutating func shakeHandsWithNextAddress() -> Action {
        guard let address = candidates.first else { return finish(Problem(.dns, "\(record.host) has no address")) }
        record.addressUsed = address
        return .handshake(
            TLSProbe(
                address: address, port: configuration.tlsPort, host: attempt.identifier.value,
                timeout: configuration.timeout))
    }

    private var place: String {
        let address = record.addressUsed.map { " from \($0.endpoint(configuration.tlsPort))" } ?? ""
        return "validation certificate for \(attempt.identifier)\(address)"
    }

    private func finish(_ problem: Problem) -> Action {
        .finished(Verdict(.invalid(problem), records: [record]))
    }
}
