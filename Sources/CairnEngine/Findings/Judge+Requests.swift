import CairnModel
import DequeModule

extension Judge {
    /// A request with what the rules ask of it again and again.
    struct Act {
        let request: CairnRequestEvent
        let event: Int
        let at: CairnInstant
        let endpoint: ACMEEndpoint
        let duty: Duty
        let wasDelivered: Bool
        let isRFC: Bool
        let isPost: Bool
        let isBadNonce: Bool

        // These are put together where something is to be found out: a correct client needs few of them.
        var client: Client { Client(world: request.world, source: request.source, name: request.client ?? "") }
        var sender: Sender { request.signer.map(Sender.account) ?? .client(client) }
        var errand: Errand { Errand(sender: sender, path: WireText(request.path)) }
        /// The same without the account: whether that was known can differ from one try to the next.
        var errandOfClient: Errand { Errand(sender: .client(client), path: WireText(request.path)) }
        /// The path up to its last part, which a directory and what it lists have in common.
        var folder: String { String(request.path.text(before: "?").parent) }
        /// The last part but one of the path: the object that is finalized or has the challenge.
        var owner: Substring? {
            let parent = request.path[...].parent
            return parent.isEmpty ? nil : Substring(parent[parent.parent.endIndex...].utf8.dropFirst())
        }
        /// The order of the certificate in the path.
        var orderOfCertificate: String? {
            let parts = request.path.texts(between: "/")
            guard let kind = parts.lastIndex(of: "certificate"), kind + 1 < parts.count else { return nil }
            return String(parts[kind + 1])
        }

        init?(_ request: CairnRequestEvent, _ event: Int, at instant: CairnInstant) {
            guard let endpoint = request.endpoint, let duty = Self.duties[endpoint] else { return nil }
            (self.request, self.event, at) = (request, event, instant)
            (self.endpoint, self.duty) = (endpoint, duty)
            wasDelivered = request.sent.map { $0.ending == .complete } ?? true
            isRFC = request.dialect == "RFC 8555"
            isPost = request.method == "POST"
            isBadNonce = request.problem?.type == .badNonce
        }

        /// The endpoints whose requests are judged.
        private static let duties: [ACMEEndpoint: Duty] = [
            .directory: .directory, .newNonce: .newNonce, .newAccount: .newAccount, .newOrder: .newOrder,
            .finalize: .finalize, .certificate: .certificate, .order: .order, .authorization: .authorization,
            .challenge: .challenge, .newAuthz: .other, .revokeCert: .other, .keyChange: .other, .account: .other,
            .orders: .other,
        ]
    }

    /// As what a request is judged.
    enum Duty {
        case directory, newNonce
        case newAccount, newOrder, finalize, certificate, order, authorization, challenge, other

        var isSigned: Bool { self != .directory && self != .newNonce }
        var isPolled: Bool { self == .order || self == .authorization || self == .challenge }
    }

    /// Refusals that are the same however often one asks.
    private static let fatal: Set<ACMEProblemType> = [
        .rejectedIdentifier, .unsupportedIdentifier, .badCSR, .invalidContact, .unsupportedContact, .invalidProfile,
        .malformed,
    ]

    mutating func see(_ request: CairnRequestEvent, _ event: Int, at instant: CairnInstant) {
        guard let act = Act(request, event, at: instant) else { return }
        judgeForm(act)
        judgeHaste(act)
        judgePatience(act)
        if act.duty == .directory { seeDirectory(act) }
        if act.duty == .certificate { seeDownload(act) }
        if act.duty.isPolled { judgePoll(act) }
        guard act.duty.isSigned, act.isPost else { return }
        judgeNonce(act)
        judgeRefusal(act)
        switch act.duty {
        case .newAccount:
            if request.status == 201, let account = request.signer { newAccounts[account] = event }
        case .newOrder: judgeOrder(act)
        case .finalize: judgeFinalize(act)
        case .certificate: judgeDownload(act)
        case .authorization: seeAuthorization(act)
        case .challenge: judgeResponse(act)
        case .directory, .newNonce, .order, .other: break
        }
    }

    // MARK: Form

    private mutating func judgeForm(_ act: Act) {
        let request = act.request
        if request.client?.isEmpty != false {
            note(
                .noUserAgent, "expected a User-Agent in \(request.method) \(request.path.plain), got none", request,
                about: "\(act.client)", events: [act.event])
        }
        guard act.duty.isSigned, act.isRFC else { return }
        if request.method == "GET" {
            note(
                .plainGET, "expected POST-as-GET of \(request.path.plain), got GET", request,
                about: "\(act.client) \(act.endpoint)", events: [act.event])
        }
        guard act.isPost else { return }
        let type = request.contentType
        if type?.text(before: ";").trimmed.isSameIgnoringCase(as: "application/jose+json") != true {
            note(
                .wrongMediaType, "expected application/jose+json, got \(type?.quoted ?? "no Content-Type")", request,
                about: "\(act.client) \(act.endpoint)", events: [act.event])
        }
    }

    // MARK: Nonces

    private mutating func judgeNonce(_ act: Act) {
        let request = act.request
        var open: BadNonces?
        if !openBadNonces.isEmpty {
            for errand in [act.errandOfClient, act.errand] {
                open = openBadNonces[errand] ?? open
                openBadNonces[errand] = nil
            }
        }
        if act.isBadNonce, let open { judgeSecondNonce(act, after: open) }
        let nonce = request.nonceSpent
        if act.isBadNonce, let nonce, let first = firstUse(of: nonce) {
            note(
                .reusedNonce, "expected a nonce that is not used, got \(nonce.plain) again", request,
                about: "\(act.sender) \(nonce)", events: [first.event, act.event])
        } else if let nonce {
            nonces.append((TextDigest(nonce), act.event))
            if nonces.count > 4_000 { nonces.removeFirst() }
        }
        guard act.isBadNonce else { return }
        guard act.wasDelivered else { return }
        if open == nil {
            open = BadNonces(
                events: [act.event], account: request.account, request: request.number, path: request.path.plain)
        } else if let count = open?.events.count, count < FindingList.eventLimit {
            open?.events.append(act.event)
        }
        open?.fresh = request.answer.headerFields["Replay-Nonce"]
        openBadNonces[act.errand] = open
    }

    // MARK: Haste

    private func firstUse(of nonce: String) -> (nonce: TextDigest, event: Int)? {
        let digest = TextDigest(nonce)
        return nonces.first { $0.nonce == digest }
    }

    private mutating func judgeHaste(_ act: Act) {
        let request = act.request
        let isRefusal = request.status >= 400
        let until =
            isRefusal || (act.isPost && act.duty.isPolled)
            ? request.answer.retryAfter.flatMap { CairnInstant(retryAfter: $0, from: act.at) } : nil
        guard until != nil || !waits.isEmpty else { return }
        let errand = act.errand
        let key = errand.digest
        let wait = waits[key]
        if let wait {
            // A clock that stands still does not tell whether a client waits.
            let isHasty = act.at > wait.from && act.at < wait.until
            let early = (wait.until - act.at).components
            // What timestamps show as the same second is told in parts of it.
            var earliness: String {
                early.seconds > 0 ? "\(early.seconds) s" : "\(early.attoseconds / 1_000_000_000_000_000) ms"
            }
            if let payload = wait.payload {
                if isHasty, payload == request.signedText {
                    note(
                        .ignoredRetryAfter,
                        "expected \(request.method) \(request.path.plain) not before \(wait.until), got it \(earliness) earlier",
                        request, about: "\(errand)", events: [wait.event, act.event])
                }
            } else if isHasty, act.duty == .order || request.signedText.isEmpty {
                note(
                    .polledTooFast,
                    "expected \(request.path.plain) not before \(wait.until), got it \(earliness) earlier",
                    request, about: "\(errand)", events: [wait.event, act.event])
            }
        }
        guard act.wasDelivered, !act.isBadNonce else { return }
        guard let until else {
            // Another request that is refused for something else leaves the wait as it was.
            if !isRefusal, wait != nil { waits[key] = nil }
            return
        }
        waits[key] = Wait(
            from: act.at, until: until, event: act.event, payload: isRefusal ? request.signedText : nil)
    }

    // MARK: Refusals

    private mutating func judgeRefusal(_ act: Act) {
        let request = act.request
        guard !act.isBadNonce, request.problem != nil || !refusals.isEmpty else { return }
        let errand = act.errand
        var row = refusals[errand]
        if let fatal = row?.fatal, fatal.run == runs[act.client] ?? 0, fatal.payload == request.signedText {
            note(
                .retriedFatalRefusal,
                "expected no second POST of the same to \(request.path.plain) after "
                    + "\(row.map { "\($0.type.name.plain)" } ?? ""), got one", request, about: "\(errand)",
                events: [fatal.event, act.event])
        }
        guard let problem = request.problem, act.wasDelivered, !request.isRefusedAsAsked else {
            if request.problem == nil { refusals[errand] = nil }
            return
        }
        if var same = row, same.type == problem.type, act.at - same.since <= .seconds(600) {
            same.count += 1
            if same.events.count < FindingList.eventLimit { same.events.append(act.event) }
            row = same
        } else {
            row = Refusals(type: problem.type, since: act.at, events: [act.event])
        }
        if Self.fatal.contains(problem.type) {
            row?.fatal = (request.signedText, runs[act.client] ?? 0, act.event)
        } else {
            row?.fatal = nil
        }
        refusals[errand] = row
        if let row, row.count >= 10 {
            note(
                .hammered,
                "expected a client that stops or waits longer, got \(row.type.name.plain) ten times in a row at "
                    + request.path.plain, request, about: "\(errand)", events: row.events)
        }
    }

    // MARK: Orders

    private mutating func seeDirectory(_ act: Act) {
        runs[act.client] = (runs[act.client] ?? 0) + 1
        guard act.request.status == 200, act.wasDelivered, act.request.method == "GET" else { return }
        let (folder, body) = (act.folder, act.request.answer.body)
        if directories[folder]?.body == body { return }
        directories[folder] = act.request.answer.json.map { (body, $0["renewalInfo"]?.string != nil) }
    }

    private mutating func judgeOrder(_ act: Act) {
        let request = act.request
        seeReplacement(act)
        if request.status == 201, let account = request.signer, let order = request.object {
            owners[TextDigest(order.id.rawValue)] = account
        }
        if !act.isBadNonce, directories[act.folder]?.hasRenewalInfo == false,
            let replaced = request.payload?["replaces"]?.string
        {
            note(
                .replacesWithoutRenewalInfo,
                "expected no \"replaces\" without renewalInfo in the directory, got \(replaced.quoted)", request,
                about: "\(act.sender)", events: [act.event])
        }
        guard request.status == 201, let account = request.signer, let made = newAccounts[account],
            let object = request.object, object.subject == .order, let order = orders[TextDigest(object.id.rawValue)]
        else { return }
        let key = Interest(client: act.client, names: order.names)
        var accounts = ordering[key] ?? [:]
        guard accounts[account] == nil, accounts.count < 3 else { return }
        accounts[account] = [made, act.event]
        ordering[key] = accounts
        if accounts.count == 3 {
            note(
                .newAccountEachRun,
                "expected one account for the orders of \(order.names), got a new one for each of three", request,
                about: "\(key)", events: accounts.values.flatMap { $0 }.sorted())
        }
    }

    private mutating func judgeFinalize(_ act: Act) {
        let request = act.request
        guard !act.isBadNonce else { return }
        judgeReadiness(act)
        let path = TextDigest(request.path)
        if let first = finalized[path] {
            note(
                .finalizedTwice, "expected one finalize of the order, got another after one that succeeded", request,
                about: request.path, events: [first, act.event])
        } else if request.status < 300, act.wasDelivered,
            let status = request.shownStatus, status == "processing" || status == "valid"
        {
            finalized[path] = act.event
        }
    }

    private mutating func judgeDownload(_ act: Act) {
        let request = act.request
        guard act.isRFC, request.problem != nil, !act.isBadNonce,
            let order = act.orderOfCertificate.flatMap({ orders[TextDigest($0)] })
        else { return }
        note(
            .downloadedBeforeValid,
            "expected a download when the order is valid, got one while it is \(order.status)", request,
            about: request.path, events: [act.event])
    }

    // MARK: Authorizations

    private mutating func seeAuthorization(_ act: Act) {
        let request = act.request
        guard request.status < 300, act.wasDelivered, let object = request.object, object.subject == .authorization,
            let status = request.shownStatus
        else { return }
        let shown = TextDigest(object.id.rawValue)
        if object.status == .valid, status == "valid" { shownValid[shown] = act.event }
        shownDead[shown] = Self.isDead(status) ? (status, act.event) : nil
    }

    private mutating func judgeResponse(_ act: Act) {
        let request = act.request
        guard !act.isBadNonce, let id = act.owner.map(String.init) else { return }
        let (dead, valid) = (shownDead[TextDigest(id)], shownValid[TextDigest(id)])
        guard dead != nil || valid != nil, !request.signedText.isEmpty else { return }
        if let (status, event) = dead {
            note(
                .answeredDeadAuthorization,
                "expected no response to a challenge of authorization \(id.plain), which is \(status), got one",
                request,
                about: id, events: [event, act.event])
        }
        guard let shown = valid else { return }
        note(
            .answeredValidAuthorization,
            "expected no response to a challenge of authorization \(id.plain), which is valid, got one", request,
            about: id, events: [shown, act.event])
    }
}

extension CairnRequestEvent {
    /// The status of the object in the answer: that of the answer itself where rules had a hand in it.
    var shownStatus: String? { rules.isEmpty ? object?.status.rawValue : answer.json?["status"]?.string }

    /// What is signed, as it is encoded; empty for a POST-as-GET and for what is no JWS.
    var signedText: String {
        guard body.first == UInt8(ascii: "{"), let json = try? CairnJSON(parsing: body) else { return "" }
        return json["payload"]?.string ?? ""
    }
}

extension CairnInstant {
    /// When a `Retry-After` is over; `nil` if there is none, or not exactly one that is to be understood
    /// (RFC 9110 §10.2.3).
    fileprivate init?(retryAfter value: String, from now: CairnInstant) {
        if let seconds = Int(value), seconds > 0, seconds <= 366 * 86_400 {
            self = now + .seconds(seconds)
            return
        }
        let words = value.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3 else { return nil }
        let time = CivilTime(
            year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2])
        guard time.isReal, time.instant > now else { return nil }
        // The clock of the client may be the finer one.
        self = time.instant - .seconds(1)
    }
}

extension Substring {
    /// A path up to its last slash.
    fileprivate var parent: Substring { self[..<(utf8.lastIndex(of: UInt8(ascii: "/")) ?? startIndex)] }
}

extension StringProtocol {
    /// Without spaces and tabs around it.
    fileprivate var trimmed: Substring {
        let isBlank = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
        var rest = Substring(self).utf8.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return Substring(rest)
    }
}
