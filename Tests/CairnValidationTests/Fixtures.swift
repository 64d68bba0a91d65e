import CairnDNS
import CairnModel
import CairnValidation
import Synchronization
import Testing

/// The vectors that most of these tests use.
enum Vector {
    static let token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
    static let thumbprint = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
    static let keyAuthorization = "\(token).\(thumbprint)"
    static let txtValue = "lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM"
    static let sanA = "7ea0aaa69214e71e02cebb18bb867736.09b730209baabf60e43d4999979ff139.token.acme.invalid"
    static let sanB = "94233b719c905dc5472b69e75b78e302.1353dc5be6d7c50dfa45996649caa183.ka.acme.invalid"
    static let digest: [UInt8] = [
        0x94, 0x23, 0x3b, 0x71, 0x9c, 0x90, 0x5d, 0xc5, 0x47, 0x2b, 0x69, 0xe7, 0x5b, 0x78, 0xe3, 0x02,
        0x13, 0x53, 0xdc, 0x5b, 0xe6, 0xd7, 0xc5, 0x0d, 0xfa, 0x45, 0x99, 0x66, 0x49, 0xca, 0xa1, 0x83,
    ]
}

func attempt(_ type: ACMEChallengeType, _ identifier: ACMEIdentifier = "www.example.test") -> ValidationAttempt {
    ValidationAttempt(
        type, identifier: identifier, token: Vector.token,
        keyAuthorization: KeyAuthorization(token: Vector.token, thumbprint: Vector.thumbprint),
        accountURL: "https://ca.test/account/1")
}

extension ValidationAttempt {
    /// For whom CAA records are checked; `nil` checks none.
    var issuer: CAAIssuer? {
        get { caaIdentities.map { CAAIssuer(identities: $0, accountURL: accountURL) } }
        set { (caaIdentities, accountURL) = (newValue?.identities, newValue?.accountURL ?? accountURL) }
    }
}

extension CairnProbeEvent.Step {
    /// The DNS questions, in order: `TXT _acme-challenge.example.test`.
    var questions: [Substring] { lookups.map { $0.prefix { $0 != ":" } } }
}

/// A prober that answers from closures at once and keeps what it was asked.
final class ScriptedProber: Prober {
    private let fetching: @Sendable (HTTPProbe) -> HTTPProbe.Outcome
    private let shaking: @Sendable (TLSProbe) -> TLSProbe.Outcome
    private let seen = Mutex<(http: [HTTPProbe], tls: [TLSProbe])>(([], []))

    init(
        fetch: @escaping @Sendable (HTTPProbe) -> HTTPProbe.Outcome = { _ in .failure(.other("nothing scripted")) },
        handshake: @escaping @Sendable (TLSProbe) -> TLSProbe.Outcome = { _ in .failure(.other("nothing scripted")) }
    ) {
        (fetching, shaking) = (fetch, handshake)
    }

    var httpProbes: [HTTPProbe] { seen.withLock { $0.http } }
    var tlsProbes: [TLSProbe] { seen.withLock { $0.tls } }

    func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        seen.withLock { $0.http.append(probe) }
        completion(fetching(probe))
    }

    func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        seen.withLock { $0.tls.append(probe) }
        completion(shaking(probe))
    }
}

/// A prober that keeps the completions, to call them when the test wants.
final class PatientProber: Prober {
    private let waiting = Mutex<[@Sendable (HTTPProbe.Outcome) -> Void]>([])

    func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        waiting.withLock { $0.append(completion) }
    }

    func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        completion(.failure(.refused))
    }

    func answer(_ outcome: HTTPProbe.Outcome) {
        waiting.withLock { $0.popLast() }?(outcome)
    }
}

extension ValidationAuthority {
    /// The verdict of a validation that does not have to wait; `nil` if there was none or more than one.
    func verdict(on attempt: ValidationAttempt) -> Verdict? {
        let verdicts = Verdicts()
        validate(attempt) { verdicts.append($0) }
        return verdicts.only
    }
}

final class Verdicts: Sendable {
    private let state = Mutex<[Verdict]>([])
    func append(_ verdict: Verdict) { state.withLock { $0.append(verdict) } }
    var all: [Verdict] { state.withLock { $0 } }
    var only: Verdict? { all.count == 1 ? all[0] : nil }
}

extension HTTPProbe.Outcome {
    static func ok(_ body: String) -> Self { .response(status: 200, location: nil, body: Array(body.utf8)) }
    static func redirect(_ location: String?, status: Int = 302) -> Self {
        .response(status: status, location: location, body: [])
    }
}
