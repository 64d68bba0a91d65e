import CairnModel

/// A challenge that is met by the certificate of a TLS server: how to ask for it, and what it has to say.
protocol TLSChallenge: Sendable {
    /// The SNI.
    var serverName: String { get }
    /// The one protocol that is offered in ALPN; `nil` offers none.
    var applicationProtocol: String? { get }

    /// Throws what is wrong with the answer of the server, as a ``CertificateFlaw`` where it could be read.
    ///
    /// - Parameter applicationProtocol: what the server chose.
    func check(_ certificate: [UInt8], applicationProtocol: String?) throws
}

/// A validation that makes one TLS handshake.
///
/// Of the addresses of the identifier the first IPv6 one is tried and, if there is no connection to it, the first IPv4 one.
///
/// Deviation: the configured port stands for port 443.
///
/// | what came | problem |
/// |---|---|
/// | no address | `dns` |
/// | no connection, its end, or a time-out | `connection` |
/// | a failed handshake | `tls` |
/// | an answer that the challenge finds wrong, named in the detail | `unauthorized` |
/// | no certificate, or one that cannot be read | `incorrectResponse` |
struct TLSValidation<Challenge: TLSChallenge>: Sendable {
    /// What is to be done next.
    enum Action: Hashable, Sendable {
        /// Look up the addresses of a host, then call ``TLSValidation/resolved(_:)``.
        case resolve(String)
        /// Make a handshake, then call ``TLSValidation/shook(_:)``.
        case handshake(TLSProbe)
        case finished(Verdict)
    }

    private let challenge: Challenge
    private let identifier: ACMEIdentifier
    private let configuration: CairnValidationConfiguration
    private var record: ValidationRecord
    /// The addresses that are still to be tried, the one under way first.
    private var candidates: [CairnIPAddress] = []

    init(_ challenge: Challenge, for identifier: ACMEIdentifier, _ configuration: CairnValidationConfiguration) {
        (self.challenge, self.identifier, self.configuration) = (challenge, identifier, configuration)
        record = ValidationRecord(host: identifier.value, port: configuration.tlsPort)
    }

    mutating func start() -> Action {
        .resolve(identifier.value)
    }

    mutating func resolved(_ lookup: AddressLookup) -> Action {
        record.lookups = lookup.answers.map(ValidationRecord.Lookup.init)
        record.addressesResolved = lookup.addresses
        candidates = lookup.candidates(configuration.addresses)
        guard !candidates.isEmpty else { return finish(lookup.problem) }
        return shakeHandsWithNextAddress()
    }

    mutating func shook(_ outcome: TLSProbe.Outcome) -> Action {
        switch outcome {
        case .failure(let failure):
            if failure.isBeforeConnection, candidates.count > 1 {
                record.addressesTried.append(candidates.removeFirst())
                return shakeHandsWithNextAddress()
            }
            return finish(failure.problem(place))
        case .completed(let applicationProtocol, let certificate):
            do {
                try challenge.check(certificate, applicationProtocol: applicationProtocol)
            } catch let flaw as CertificateFlaw {
                return finish(ACMEProblem(flaw.type, "\(place): \(flaw.reason)"))
            } catch {
                return finish(ACMEProblem(.incorrectResponse, "\(place): expected a certificate in DER, got \(error)"))
            }
            return .finished(Verdict(.valid, records: [record]))
        }
    }

    private mutating func shakeHandsWithNextAddress() -> Action {
        guard let address = candidates.first else { return finish(ACMEProblem(.dns, "\(record.host) has no address")) }
        record.addressUsed = address
        return .handshake(
            TLSProbe(
                address: address, port: configuration.tlsPort, host: identifier.value,
                serverName: challenge.serverName, offering: challenge.applicationProtocol,
                timeout: configuration.timeout))
    }

    private var place: String {
        let address = record.addressUsed.map { " from \($0.endpoint(configuration.tlsPort))" } ?? ""
        return "validation certificate for \(identifier)\(address)"
    }

    private func finish(_ problem: ACMEProblem) -> Action {
        .finished(Verdict(.invalid(problem), records: [record]))
    }
}
