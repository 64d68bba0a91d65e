import CairnDNS
package import CairnModel

/// The challenge `http-01`: a file below `/.well-known/acme-challenge/` (RFC 8555 §8.3, RFC 8738 §4).
package struct HTTP01: ValidatedKind {
    package let type = ACMEChallengeType.http01
    package let isInDraft2017 = true

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        HTTP01Validation(attempt, settings)
    }
}

extension CairnChallengeResponder {
    /// Serves a key authorization at the path of a token.
    ///
    /// - Parameter name: the one name or address for which it is served; `nil` for any.
    public func setHTTP01(name: String? = nil, token: String, keyAuthorization: String) {
        set(.http01, asked: token, for: name, keyAuthorization)
    }

    /// Removes the entry for a token and a name, or for a token without a name.
    public func removeHTTP01(name: String? = nil, token: String) {
        set(.http01, asked: token, for: name, nil)
    }
}

/// The validation of an `http-01` challenge (RFC 8555 §8.3, RFC 8738 §4).
///
/// The body at `http://` identifier `/.well-known/acme-challenge/` token must be the key authorization; white space behind
/// it does not count.
///
/// Deviation: ports 80 and 443 of any URL stand for the configured ones, so that nothing leaves the test. Any other port is
/// used as it is.
///
/// Redirects 301, 302, 303, 307 and 308 are followed, up to the configured number, to `http` and to `https` without a look
/// at the certificate: what follows is a GET with each of them (RFC 9110 §15.4). 300, which leaves a choice, 304, 305 and
/// 306 are not. As with Boulder, a URL that was fetched before ends the validation. A redirect to an address is followed
/// only if that is loopback or the identifier; public CAs follow none at all. The configuration may restrict the ports of
/// redirects, and all targets to public addresses (RFC 8555 §10.4).
///
/// Of the addresses of a host the first IPv6 one is tried and, if there is no connection to it, the first IPv4 one.
///
/// | what came | problem |
/// |---|---|
/// | no address | `dns` |
/// | no connection, its end, or a time-out | `connection` |
/// | a failed handshake after a redirect to `https` | `tls` |
/// | something that is not HTTP; a redirect that cannot be followed | `incorrectResponse` |
/// | another status than 200, another body, a body that is too long | `unauthorized` |
struct HTTP01Validation: Validation {
    private let attempt: ValidationAttempt
    private let settings: CairnProbeSettings
    private var target: WebAddress
    private var fetched: Set<WebAddress> = []
    private var redirects = 0
    private var addresses = AddressesInTurn()
    /// The hops so far; the last is under way, from ``start()`` on.
    private var steps: [CairnProbeEvent.Step] = []

    init(_ attempt: ValidationAttempt, _ settings: CairnProbeSettings) {
        self.attempt = attempt
        self.settings = settings
        target = WebAddress(
            host: attempt.identifier.value, port: settings.hostIncludesPort ? settings.httpPort : nil,
            path: "/.well-known/acme-challenge/\(attempt.token)")
    }

    mutating func start() -> ValidationAction {
        fetched.insert(target)
        steps.append(CairnProbeEvent.Step(host: target.host, url: target.text, port: port))
        return .resolve(target.host)
    }

    mutating func resolved(_ lookup: AddressLookup) -> ValidationAction {
        guard let address = addresses.begin(lookup, settings.addresses, &steps[steps.endIndex - 1]) else {
            return finish(lookup.problem)
        }
        return fetch(from: address)
    }

    mutating func fetched(_ outcome: HTTPProbe.Outcome) -> ValidationAction {
        switch outcome {
        case .failure(let failure):
            if let address = addresses.next(after: failure, &steps[steps.endIndex - 1]) { return fetch(from: address) }
            return finish(failure.problem(fetching))
        case .response(let status, let location, let body):
            steps[steps.endIndex - 1].status = status
            switch status {
            case 200: return compare(body)
            case 301, 302, 303, 307, 308: return follow(location, status)
            case 300, 304, 305, 306:
                return finish(
                    ACMEProblem(
                        .unauthorized,
                        "\(fetching): expected status 200, got \(status), which is not followed as 301, 302, 303, 307 and "
                            + "308 are (RFC 8555 §8.3, RFC 9110 §15.4)"))
            default:
                return finish(
                    ACMEProblem(
                        .unauthorized,
                        "\(fetching): expected status 200, got \(status) with the body \"\(Excerpt.of(body))\" "
                            + "(RFC 8555 §8.3)"))
            }
        }
    }

    private func fetch(from address: CairnIPAddress) -> ValidationAction {
        .fetch(
            HTTPProbe(
                address: address, port: port, isTLS: target.isTLS, host: target.host, authority: target.authority,
                path: target.path, userAgent: settings.userAgent, bodyLimit: settings.bodyLimit + 1,
                timeout: settings.timeout))
    }

    private func compare(_ body: [UInt8]) -> ValidationAction {
        let expected = attempt.keyAuthorization.text
        guard body.count <= settings.bodyLimit else {
            return finish(
                ACMEProblem(
                    .unauthorized,
                    "\(fetching): expected at most \(settings.bodyLimit) octets, got more, "
                        + "beginning \"\(Excerpt.of(body))\""))
        }
        let whiteSpace: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]
        let end = body.lastIndex { !whiteSpace.contains($0) }.map { $0 + 1 } ?? 0
        guard body[..<end].elementsEqual(expected.utf8) else {
            let hint = NearMiss.explain(body: body, attempt).map { "; \($0)" } ?? ""
            return finish(
                ACMEProblem(
                    .unauthorized,
                    "\(fetching): expected the key authorization \"\(expected)\", got \"\(Excerpt.of(body))\"\(hint) "
                        + "(RFC 8555 §8.3)"))
        }
        return .finished(Verdict(.valid, steps: steps))
    }

    private mutating func follow(_ location: String?, _ status: Int) -> ValidationAction {
        guard let location else { return refuse("expected a Location with status \(status), got none") }
        redirects += 1
        guard redirects <= settings.redirectLimit else {
            return refuse("too many redirects: expected at most \(settings.redirectLimit), got one more")
        }
        do {
            let next = try target.following(location)
            if let address = CairnIPAddress(next.host), !address.isLoopback, address != attempt.identifier.address {
                return refuse(
                    "redirect to \(next.text): expected a name or a loopback address, got \(address), "
                        + "as public CAs do not follow it")
            }
            guard settings.redirectPorts?.contains(next.portInURL) != false else {
                let ports = (settings.redirectPorts ?? []).sorted().map { "\($0)" }.joined(separator: ", ")
                return refuse("redirect to \(next.text): expected a port among \(ports), got \(next.portInURL)")
            }
            guard !fetched.contains(next) else { return refuse("redirect loop: \(next.text) was fetched before") }
            target = next
        } catch {
            return refuse("redirect to \"\(Excerpt.of(Array(location.utf8)))\": \(error.reason)")
        }
        return start()
    }

    private func refuse(_ reason: String) -> ValidationAction {
        finish(ACMEProblem(.incorrectResponse, "\(fetching): \(reason)"))
    }

    private func finish(_ problem: ACMEProblem) -> ValidationAction {
        .finished(Verdict(.invalid(problem), steps: steps))
    }

    /// What the URL's port stands for here.
    private var port: Int {
        target.port ?? (target.isTLS ? settings.tlsPort : settings.httpPort)
    }

    private var fetching: String {
        let place = steps.last?.addressUsed.map { " from \($0.endpoint(port))" } ?? ""
        return "fetching \(target.text)\(place)"
    }
}

/// Mistakes that clients are known to make, recognised in what came instead of the right answer.
enum NearMiss {
    /// What is wrong with the body of an `http-01` response, if it can be told.
    static func explain(body: [UInt8], _ attempt: ValidationAttempt) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        let bare = trimmed(text)
        let authorization = attempt.keyAuthorization.text
        if bare.isEmpty { return "the body is empty" }
        if bare.isSame(as: authorization) {
            if text.utf8.contains(UInt8(ascii: "\"")) {
                return "that is the key authorization with quotation marks around it"
            }
            if text.begins(with: "\u{feff}") { return "that is the key authorization behind a byte order mark" }
            return "that is the key authorization with white space before it"
        }
        if bare.isSame(as: attempt.token) {
            return "that is the token alone, without a period and the thumbprint of the account key"
        }
        if bare.isSame(as: attempt.keyAuthorization.txtValue) {
            return "that is the digest for dns-01, not the key authorization"
        }
        let parts = bare.texts(between: ".")
        if parts.count == 2, parts[1].utf8.count == 43 {
            if parts[0].isSame(as: attempt.token) { return "that is the key authorization of another account key" }
            if let wanted = authorization.texts(between: ".").last, parts[1].isSame(as: wanted) {
                return "that is the key authorization of another challenge of this account"
            }
        }
        if bare.begins(with: "<") { return "that is a page of HTML" }
        return nil
    }

    static func trimmed(_ text: String) -> String {
        let noise: Set<Unicode.Scalar> = [" ", "\t", "\r", "\n", "\"", "\u{feff}"]
        let tail = text.unicodeScalars.drop { noise.contains($0) }
        let end = tail.lastIndex { !noise.contains($0) }.map { tail.index(after: $0) }
        return String(tail[..<(end ?? tail.startIndex)])
    }
}
