import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Crypto
import Foundation

extension CorrectClient {
    /// What a client wants to have.
    struct Wish {
        var names: [String]
        var challenge = "http-01"
        var profile: String?
        /// The certificate that the new one is for.
        var replaces: Certificate?
    }

    /// The authorization of a new order could not be used, or the order came to its end meanwhile.
    private struct Dead: Error {}

    /// Goes all the way to a certificate, with a second order where the first one came to nothing by no fault of its names.
    func obtain(
        _ names: String..., by challenge: String = "http-01", profile: String? = nil, replacing: Certificate? = nil
    ) throws -> Certificate {
        let wish = Wish(names: names, challenge: challenge, profile: profile, replaces: replacing)
        do { return try attempt(wish) } catch is Dead { return try attempt(wish) }
    }

    private func attempt(_ wish: Wish) throws -> Certificate {
        let placed = try placeOrder(wish)
        guard let url = placed["Location"] else { throw Failure(description: "the order has no URL") }
        try check(placed.json, against: wish.names)
        let expires = try (placed.json["expires"] as? String).map(timestamp)
        let authorizations = placed.json["authorizations"] as? [String] ?? []
        do {
            try authorize(authorizations, for: wish, of: url)
        } catch {
            if !has(.leavesAuthorizationsPending) {
                for authorization in authorizations where try call(authorization, nil).state == "pending" {
                    _ = try call(authorization, ["status": "deactivated"])
                }
            }
            throw error
        }
        return try finish(placed, at: url, for: wish, expires: expires)
    }

    // MARK: The order

    func placeOrder(_ wish: Wish) throws -> Response {
        let names = try directory()
        let meta = names["meta"] as? [String: Any]
        var payload: [String: Any] = [
            "identifiers": wish.names.map { name in
                let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
                return ["type": isAddress && !has(.sendsAddressesAsNames) ? "ip" : "dns", "value": name]
            }
        ]
        // RFC 9773 §5: only where the CA offers renewal information.
        if let old = wish.replaces, names["renewalInfo"] != nil || has(.replacesUnasked) {
            payload["replaces"] = try old.id
        }
        if let profile = wish.profile, (meta?["profiles"] as? [String: Any])?[profile] != nil {
            payload["profile"] = profile
        }
        let url = try endpoint("newOrder")
        var response = try call(url, payload)
        if let type = type(of: response), payload["replaces"] != nil, !Self.isAboutNames(type) {
            let isConflict = response.status == 409
            if has(.givesUpOnRefusedReplaces) || has(.knowsConflictsAlone) && !isConflict { throw refusal(response) }
            payload["replaces"] = nil
            response = try call(url, payload)
        }
        if let type = type(of: response), payload["profile"] != nil, !Self.isAboutNames(type) {
            if has(.knowsOneRefusalOfProfiles), type != "invalidProfile" { throw refusal(response) }
            payload["profile"] = nil
            response = try call(url, payload)
        }
        guard response.status == 201 else {
            if has(.ignoresSubproblems) { throw Failure(description: response.detail, problem: type(of: response)) }
            throw refusal(response)
        }
        return response
    }

    private static func isAboutNames(_ type: String) -> Bool {
        ["rejectedIdentifier", "unsupportedIdentifier", "compound", "rateLimited", "userActionRequired"].contains(type)
    }

    /// Names come back in whatever order and case (RFC 8555 §7.1.4, RFC 4343 §3).
    private func check(_ order: [String: Any], against names: [String]) throws {
        let came = (order["identifiers"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? String }
        let isSame =
            has(.comparesNamesByCase)
            ? Set(came) == Set(names) : Set(came.map { $0.lowercased() }) == Set(names.map { $0.lowercased() })
        if !isSame { throw Failure(description: "the order is for other names: \(came)") }
        if has(.takesAnErrorMemberAsFailure), order["error"] != nil {
            throw Failure(description: "the order has an error: ")
        }
    }

    // MARK: Authorizations

    /// What is to be answered once everything is published.
    private struct Task {
        let authorization: String
        let challenge: String
        let proof: Proof
    }

    private func authorize(_ authorizations: [String], for wish: Wish, of order: String) throws {
        var tasks: [Task] = []
        for (url, name) in zip(authorizations, wish.names) {
            if let task = try task(url, by: wish.challenge, expecting: name) { tasks.append(task) }
        }
        defer { for task in tasks { withdraw(task.proof, wish.challenge) } }
        for task in tasks { publish(task.proof, wish.challenge) }
        if !tasks.isEmpty { wait(propagation) }
        propagation = .zero
        for task in tasks {
            try lookUp(task.proof, wish.challenge)
            let answer = try call(task.challenge, [:])
            if answer.status >= 300 {
                // Of a challenge that is decided the authorization tells more.
                guard try call(task.authorization, nil).state == "valid" else { throw refusal(answer) }
                continue
            }
            if has(.removesTokensEarly) { withdraw(task.proof, wish.challenge) }
            let outcome = try poll(task.authorization, while: ["pending", "processing"], after: answer)
            guard outcome.state == "valid" else { throw try failure(of: outcome.json, order: order) }
        }
    }

    /// What is to be done for an authorization; `nil` if nothing is.
    private func task(_ url: String, by type: String, expecting place: String) throws -> Task? {
        let authorization = try call(url, nil)
        guard authorization.status == 200 else { throw refusal(authorization) }
        let value = (authorization.json["identifier"] as? [String: Any])?["value"] as? String ?? ""
        let name = has(.assumesTheOrderOfLists) ? place : value
        let challenges = authorization.json["challenges"] as? [[String: Any]] ?? []
        let strange = challenges.compactMap { $0["type"] as? String }.filter {
            !["http-01", "dns-01", "tls-alpn-01"].contains($0)
        }
        if has(.knowsAllChallengeTypes), let type = strange.first {
            throw Failure(description: "no challenge type: \(type)")
        }
        switch authorization.state {
        case "valid" where !has(.answersValidAuthorizations): return nil
        case "pending", "valid": break
        default: if !has(.answersDeadAuthorizations) { throw Dead() }
        }
        guard let challenge = challenges.first(where: { $0["type"] as? String == type }),
            let challengeURL = challenge["url"] as? String, let token = challenge["token"] as? String
        else { throw Failure(description: "no \(type) challenge") }
        let proof = Proof(name: name, token: token, keyAuthorization: "\(token).\(key.thumbprint)")
        return Task(authorization: url, challenge: challengeURL, proof: proof)
    }

    /// Why an authorization failed: what stands on its challenge (RFC 8555 §8).
    private func failure(of authorization: [String: Any], order: String) throws -> Failure {
        if has(.readsTheErrorOfTheOrderAlone) { return invalid(try call(order, nil)) }
        let challenges = authorization["challenges"] as? [[String: Any]] ?? []
        let error = challenges.lazy.compactMap { $0["error"] as? [String: Any] }.first ?? [:]
        let type = (error["type"] as? String)?.split(separator: ":").last.map(String.init)
        return Failure(description: "not authorized, \(type ?? "no reason")\(words(of: error))", problem: type)
    }

    // MARK: The certificate

    private func finish(_ placed: Response, at url: String, for wish: Wish, expires: CairnInstant?) throws
        -> Certificate
    {
        var order = placed
        if !has(.finalizesWithoutLookingAtTheOrder) {
            order = try poll(url, while: ["pending"])
            // It came to its end while the records were on their way, and a new one may be in time.
            if order.state == "invalid", let expires, now >= expires, !has(.neverLooksAtExpires) { throw Dead() }
        }
        guard order.state != "invalid" else { throw invalid(order) }
        guard let finalize = order.json["finalize"] as? String ?? placed.json["finalize"] as? String else {
            throw Failure(description: "the order cannot be finalized")
        }
        let key = try OpenSSLKey(.curve("P-256"))
        let request = ["csr": base64URL(try csr(for: wish.names, key: key))]
        for _ in 0..<3 {
            let answer: Response
            do {
                answer = try call(finalize, request, repeating: has(.finalizesAgainAfterALostAnswer))
            } catch is Lost {
                if has(.startsAnewAfterATimeOut) { throw Failure(description: "finalize took too long") }
                // It may have been carried out: the order tells.
                order = try poll(url, while: ["pending", "processing"])
                if order.state == "ready" { continue }
                break
            }
            if type(of: answer) == "orderNotReady", !has(.finalizesWithoutLookingAtTheOrder),
                !has(.finalizesAgainAfterALostAnswer)
            {
                order = try poll(url, while: ["pending", "processing"])
                continue
            }
            guard answer.status < 300 else { throw refusal(answer) }
            if has(.needsALocationOfFinalize), answer["Location"] == nil {
                throw Failure(description: "finalize has no Location")
            }
            if has(.takesProcessingAsFailure), answer.state == "processing" {
                throw Failure(description: "the order is processing")
            }
            if has(.takesReadyAfterFinalizeAsFailure), answer.state == "ready" {
                throw Failure(description: "the order is ready")
            }
            order = try poll(url, while: ["ready", "processing"], after: answer)
            break
        }
        guard order.state == "valid", let certificate = order.json["certificate"] as? String else {
            throw invalid(order)
        }
        return try download(certificate, key: key, order: url)
    }

    private func invalid(_ order: Response) -> Failure {
        let error = order.json["error"] as? [String: Any] ?? [:]
        let type = (error["type"] as? String)?.split(separator: ":").last.map(String.init)
        return Failure(
            description: "the order is \(order.state ?? "nothing"), \(type ?? "no reason")\(words(of: error))",
            problem: type)
    }

    private func csr(for names: [String], key: OpenSSLKey) throws -> [UInt8] {
        let isAddress = { (name: String) in name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." } }
        let list = names.map { (isAddress($0) && !has(.sendsAddressesAsNames) ? "IP:" : "DNS:") + $0 }
        var request = OpenSSLRequest(key: key, names: list.joined(separator: ","))
        if has(.putsTheFirstNameInTheSubject) { request.subject = [("CN", names[0])] }
        return try request.derEncoded
    }

    private func download(_ url: String, key: OpenSSLKey, order: String) throws -> Certificate {
        let first = try call(url, nil)
        guard first.status == 200 else { throw refusal(first) }
        if has(.comparesMediaTypesAsText), first["Content-Type"] != "application/pem-certificate-chain" {
            throw Failure(description: "no chain, but \(first["Content-Type"] ?? "nothing")")
        }
        let chosen = Certificate(chain: try certificates(in: first.text), key: key, order: order)
        guard let preferredIssuer, !has(.prefersChainsByAnyName) else { return chosen }
        for url in [nil] + first.links("alternate").map(Optional.some) {
            guard let url else {
                if try chosen.topIssuer.contains(preferredIssuer) { return chosen }
                continue
            }
            // An alternate that cannot be had is none.
            guard let chain = try? certificates(in: call(url, nil).text) else { continue }
            let other = Certificate(chain: chain, key: key, order: order)
            if try other.topIssuer.contains(preferredIssuer) { return other }
        }
        return chosen
    }

    // MARK: Waiting

    /// Reads an object until its status is none of `statuses`, as seldom as the CA wants it.
    func poll(_ url: String, while statuses: Set<String>, after answer: Response? = nil) throws -> Response {
        var pause = Duration.seconds(1)
        if let answer, answer.state.map(statuses.contains) ?? true { wait(try retryAfter(answer) ?? pause) }
        for _ in 0..<60 {
            let response = try call(url, nil)
            guard response.status == 200 else { throw refusal(response) }
            var waiting = statuses
            if has(.pollsAfterTheEnd) { waiting.insert("invalid") }
            guard let state = response.state, waiting.contains(state) else { return response }
            wait(try retryAfter(response) ?? pause)
            pause = min(pause * 2, .minutes(1))
        }
        throw Failure(description: "\(url) did not come to an end")
    }
}
