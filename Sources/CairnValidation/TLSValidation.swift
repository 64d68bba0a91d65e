import CairnDNS
import CairnModel

/// A kind of challenge that is met by the certificate of a TLS server.
protocol TLSKind: ValidatedKind {
    /// A handshake that meets it.
    ///
    /// - Parameters:
    ///   - host: the name or address that is validated.
    ///   - seed: 48 octets that key and serial number are made of.
    func handshake(
        for host: String, keyAuthorization: String, at instant: CairnInstant, seed: [UInt8]
    ) throws -> TLSProbe.Outcome
}

/// How to ask for the certificate of one challenge, and what it has to say.
protocol TLSChallenge: Sendable {
    /// The SNI.
    var serverName: String { get }
    /// The one protocol that is offered in ALPN; `nil` offers none.
    var applicationProtocol: String? { get }

    /// Throws what is wrong with the answer of the server, as a ``CertificateFlaw`` where it could be read.
    ///
    /// - Parameter applicationProtocol: what the server chose.
    func verify(_ certificate: [UInt8], applicationProtocol: String?) throws
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
struct TLSValidation<Challenge: TLSChallenge>: Validation {
    private let challenge: Challenge
    private let type: ACMEChallengeType
    private let identifier: ACMEIdentifier
    private let settings: CairnProbeSettings
    private var step: CairnProbeEvent.Step
    private var addresses = AddressesInTurn()

    init(_ challenge: Challenge, _ attempt: ValidationAttempt, _ settings: CairnProbeSettings) {
        (self.challenge, self.type, self.settings) = (challenge, attempt.type, settings)
        identifier = attempt.identifier
        step = CairnProbeEvent.Step(host: identifier.value, port: settings.tlsPort)
    }

    mutating func start() -> ValidationAction {
        .resolve(identifier.value)
    }

    mutating func resolved(_ lookup: AddressLookup) -> ValidationAction {
        guard let address = addresses.begin(lookup, settings.addresses, &step) else { return finish(lookup.problem) }
        return shakeHands(with: address)
    }

    mutating func shook(_ outcome: TLSProbe.Outcome) -> ValidationAction {
        switch outcome {
        case .failure(let failure):
            if let address = addresses.next(after: failure, &step) { return shakeHands(with: address) }
            return finish(failure.problem(place))
        case .completed(let applicationProtocol, let certificate):
            do {
                try challenge.verify(certificate, applicationProtocol: applicationProtocol)
            } catch let flaw as CertificateFlaw {
                return finish(ACMEProblem(flaw.type, "\(place): \(flaw.reason)"))
            } catch {
                return finish(ACMEProblem(.incorrectResponse, "\(place): expected a certificate in DER, got \(error)"))
            }
            return .finished(Verdict(.valid, steps: [step]))
        }
    }

    private func shakeHands(with address: CairnIPAddress) -> ValidationAction {
        .handshake(
            TLSProbe(
                address: address, port: settings.tlsPort, host: identifier.value,
                serverName: challenge.serverName, offering: challenge.applicationProtocol,
                timeout: settings.timeout, challengeType: type))
    }

    private var place: String {
        let address = step.addressUsed.map { " from \($0.endpoint(settings.tlsPort))" } ?? ""
        return "validation certificate for \(identifier)\(address)"
    }

    private func finish(_ problem: ACMEProblem) -> ValidationAction {
        .finished(Verdict(.invalid(problem), steps: [step]))
    }
}
