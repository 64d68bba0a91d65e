import CairnModel

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
package struct HTTP01: Sendable {
    /// What is to be done next.
    package enum Action: Hashable, Sendable {
        /// Look up the addresses of a host, then call ``HTTP01/resolved(_:)``.
        case resolve(String)
        /// Send a request, then call ``HTTP01/fetched(_:)``.
        case fetch(HTTPProbe)
        case finished(Verdict)
    }

    private let attempt: ValidationAttempt
    private let configuration: CairnValidationConfiguration
    private var target: WebAddress
    private var fetched: Set<WebAddress> = []
    private var redirects = 0
    /// The addresses that are still to be tried, the one under way first.
    private var candidates: [CairnIPAddress] = []
    /// The hops so far; the last is under way.
    private var records: [ValidationRecord] = []

    package init(_ attempt: ValidationAttempt, _ configuration: CairnValidationConfiguration) {
        self.attempt = attempt
        self.configuration = configuration
        target = WebAddress(
            host: attempt.identifier.value, port: configuration.hostIncludesPort ? configuration.httpPort : nil,
            path: "/.well-known/acme-challenge/\(attempt.token)")
    }

    package mutating func start() -> Action {
        fetched.insert(target)
        records.append(ValidationRecord(host: target.host, url: target.text, port: port))
        return .resolve(target.host)
    }

    package mutating func resolved(_ lookup: AddressLookup) -> Action {
        note { record in
            record.lookups = lookup.answers.map(ValidationRecord.Lookup.init)
            record.addressesResolved = lookup.addresses
        }
        candidates = lookup.candidates(configuration.addresses)
        guard !candidates.isEmpty else { return finish(lookup.problem) }
        return fetchFromNextAddress()
    }

    package mutating func fetched(_ outcome: HTTPProbe.Outcome) -> Action {
        switch outcome {
        case .failure(let failure):
            if failure.isBeforeConnection, candidates.count > 1 {
                let address = candidates.removeFirst()
                note { $0.addressesTried.append(address) }
                return fetchFromNextAddress()
            }
            return finish(failure.problem(fetching))
        case .response(let status, let location, let body):
            note { $0.status = status }
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

    private mutating func fetchFromNextAddress() -> Action {
        guard let address = candidates.first else { return finish(ACMEProblem(.dns, "\(target.host) has no address")) }
        note { $0.addressUsed = address }
        return .fetch(
            HTTPProbe(
                address: address, port: port, isTLS: target.isTLS, host: target.host, authority: target.authority,
                path: target.path, bodyLimit: configuration.bodyLimit + 1, timeout: configuration.timeout))
    }

    private func compare(_ body: [UInt8]) -> Action {
        let expected = attempt.keyAuthorization.text
        guard body.count <= configuration.bodyLimit else {
            return finish(
                ACMEProblem(
                    .unauthorized,
                    "\(fetching): expected at most \(configuration.bodyLimit) octets, got more, "
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
        return .finished(Verdict(.valid, records: records))
    }

    private mutating func follow(_ location: String?, _ status: Int) -> Action {
        guard let location else { return refuse("expected a Location with status \(status), got none") }
        redirects += 1
        guard redirects <= configuration.redirectLimit else {
            return refuse("too many redirects: expected at most \(configuration.redirectLimit), got one more")
        }
        do {
            let next = try target.following(location)
            if let address = CairnIPAddress(next.host), !address.isLoopback, address != attempt.identifier.address {
                return refuse(
                    "redirect to \(next.text): expected a name or a loopback address, got \(address), "
                        + "as public CAs do not follow it")
            }
            guard configuration.redirectPorts?.contains(next.portInURL) != false else {
                let ports = (configuration.redirectPorts ?? []).sorted().map { "\($0)" }.joined(separator: ", ")
                return refuse("redirect to \(next.text): expected a port among \(ports), got \(next.portInURL)")
            }
            guard !fetched.contains(next) else { return refuse("redirect loop: \(next.text) was fetched before") }
            target = next
        } catch {
            return refuse("redirect to \"\(Excerpt.of(Array(location.utf8)))\": \(error.reason)")
        }
        return start()
    }

    private func refuse(_ reason: String) -> Action {
        finish(ACMEProblem(.incorrectResponse, "\(fetching): \(reason)"))
    }

    private func finish(_ problem: ACMEProblem) -> Action {
        .finished(Verdict(.invalid(problem), records: records))
    }

    private mutating func note(_ change: (inout ValidationRecord) -> Void) {
        guard let last = records.indices.last else { return }
        change(&records[last])
    }

    /// What the URL's port stands for here.
    private var port: Int {
        target.port ?? (target.isTLS ? configuration.tlsPort : configuration.httpPort)
    }

    private var fetching: String {
        let place = records.last?.addressUsed.map { " from \($0.endpoint(port))" } ?? ""
        return "fetching \(target.text)\(place)"
    }
}
