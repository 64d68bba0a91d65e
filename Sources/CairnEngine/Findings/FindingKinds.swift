public import CairnCertificates
import CairnModel

extension CairnFinding.Kind {
    /// What is known of a kind.
    fileprivate struct Entry {
        let grade: CairnFinding.Grade
        let section: String
        let summary: String
    }

    /// What is described here: all that is judged from the journal, by section, and last what is noted in requests.
    private static let judged: [(CairnFinding.Kind, Entry)] = [
        (noUserAgent, Entry(.must, "RFC 8555 §6.1", "requests without `User-Agent`")),
        (
            wrongMediaType,
            Entry(.must, "RFC 8555 §6.2", "a POST to a resource of ACME that is not `application/jose+json`")
        ),
        (plainGET, Entry(.must, "RFC 8555 §6.3", "a GET of a resource that is read by POST-as-GET")),
        (reusedNonce, Entry(.must, "RFC 8555 §6.5", "a nonce that was in an earlier request of the client")),
        (
            gaveUpOnBadNonce,
            Entry(
                .should, "RFC 8555 §6.5",
                "a request that was answered with `badNonce` and not sent again; five answers in a row excuse it")
        ),
        (
            ignoredFreshNonce,
            Entry(
                .should, "RFC 8555 §6.5",
                "a request again after `badNonce`, with a bad nonce that is not the one which came with the refusal")
        ),
        (
            ignoredRetryAfter,
            Entry(
                .should, "RFC 9110 §10.2.3",
                "the same request again, before the time in the `Retry-After` of a refusal")
        ),
        (
            hammered,
            Entry(.should, "RFC 9110 §15.5.4", "ten refusals of one type in a row, at one resource, within ten minutes")
        ),
        (
            retriedFatalRefusal,
            Entry(
                .should, "RFC 9110 §15.5.4",
                "the same request again after a refusal that waiting does not change, such as `rejectedIdentifier`, and "
                    + "no look at the directory between them")
        ),
        (
            gaveUpTooSoon,
            Entry(
                .may, "RFC 9110 §15.6",
                "no second request after an answer that passes (429, 500, 502, 503, 504), or after one of directory or "
                    + "newNonce that did not come")
        ),
        (
            newAccountEachRun,
            Entry(.may, "RFC 8555 §7.3", "new accounts of one client, three of which order the same identifiers")
        ),
        (
            polledAfterTheEnd,
            Entry(
                .should, "RFC 8555 §7.1.6",
                "an order, authorization or challenge read a third time in one run though it was shown as final, and not as "
                    + "`valid`")
        ),
        (finalizedBeforeReady, Entry(.may, "RFC 8555 §7.4", "a finalize of an order that is pending")),
        (
            finalizedTwice,
            Entry(
                .should, "RFC 8555 §7.4",
                "a finalize of an order whose finalize had succeeded, and whose answer was sent whole")
        ),
        (
            downloadedBeforeValid,
            Entry(.should, "RFC 8555 §7.4", "a request for the certificate of an order that is not valid yet")
        ),
        (
            neverDownloaded,
            Entry(.may, "RFC 8555 §7.4.2", "an order that was finalized, and whose certificate was never asked for")
        ),
        (
            polledTooFast,
            Entry(
                .should, "RFC 8555 §7.4, §7.5.1",
                "an order, authorization or challenge read again before the time in its `Retry-After`")
        ),
        (
            answeredValidAuthorization,
            Entry(
                .should, "RFC 8555 §7.5.1",
                "the response to a challenge of an authorization that the client had been shown as valid")
        ),
        (
            answeredDeadAuthorization,
            Entry(
                .should, "RFC 8555 §7.5.1",
                "the response to a challenge of an authorization that the client had been shown as one that can be used no "
                    + "more")
        ),
        (
            leftAuthorizationsPending,
            Entry(
                .may, "RFC 8555 §7.5.2", "authorizations that are pending at the end, neither answered nor deactivated")
        ),
        (
            answeredBeforeReachable,
            Entry(
                .should, "RFC 8555 §8.2",
                "a challenge that the CA found not fulfilled, and fulfilled when it looked again")
        ),
        (
            replacesWithoutRenewalInfo,
            Entry(.should, "RFC 9773 §5", "`replaces` in an order, where the directory has no `renewalInfo`")
        ),
        (
            gaveUpOnReplaces,
            Entry(
                .may, "RFC 9773 §5",
                "an order with `replaces` that was refused, though not for its names, and none without it afterwards")
        ),
        (
            renewedTooEarly,
            Entry(
                .may, "RFC 9773 §4.2",
                "three certificates of an account for the same identifiers, each before half of the lifetime of the one "
                    + "before")
        ),
        (malformedOCSPRequest, Entry(.must, "RFC 6960 §4.1.1", "an OCSP request that cannot be read")),
        (
            mixedDialects,
            Entry(
                .should, "RFC 8555 §6.2",
                "two versions of ACME at once, or one after the other with the same account")
        ),
    ]

    /// All kinds: those derived from the journal, `malformedOCSPRequest` and `mixedDialects`, the leniencies, and what
    /// certificates leave out of CSRs.
    public static let all: [CairnFinding.Kind] =
        judged.map(\.0) + CairnLeniency.all.map { CairnFinding.Kind($0) } + CairnCSRContent.all.map { csr($0) }

    private static let entries: [CairnFinding.Kind: Entry] = {
        var entries = Dictionary(judged) { first, _ in first }
        for leniency in CairnLeniency.all {
            entries[CairnFinding.Kind(leniency)] = Entry(
                leniency == .mailtoHeaderFields ? .should : .must, leniency.section, leniency.accepts)
        }
        for content in CairnCSRContent.all where entries[csr(content)] == nil {
            entries[csr(content)] = Entry(
                .may, "RFC 8555 §7.4", "a signing request for something that its certificate does not have")
        }
        return entries
    }()

    private var entry: Entry? {
        // `csr.extension.1.2.3.4` is a case of `csr.extension`.
        Self.entries[self] ?? (rawValue.begins(with: "csr.") ? Self.entries[Self.csr(.subject)] : nil)
    }

    /// How binding the requirement is; `MAY` for unknown kinds.
    public var grade: CairnFinding.Grade { entry?.grade ?? .may }
    /// The section of the requirement; empty for unknown kinds.
    public var section: String { entry?.section ?? "" }
    /// A description; empty for unknown kinds.
    public var summary: String { entry?.summary ?? "" }
}

extension CairnFinding.Kind.Entry {
    fileprivate init(_ grade: CairnFinding.Grade, _ section: String, _ summary: String) {
        (self.grade, self.section, self.summary) = (grade, section, summary)
    }
}

extension CairnLeniency {
    /// The first section that its letter names.
    fileprivate var section: String {
        guard let start = letter.utf8.firstRange(of: "RFC ".utf8)?.lowerBound else { return "" }
        return String(letter[start...].prefix { $0 != ")" && $0 != "," && $0 != ";" })
            .split(separator: " ").prefix(3).joined(separator: " ")
    }
}

// MARK: - Their names

extension CairnFinding.Kind {
    /// A client uses two versions of ACME with the same account.
    public static let mixedDialects = Self(rawValue: "mixedDialects")
    /// An OCSP request cannot be read (RFC 6960 §4.1.1).
    public static let malformedOCSPRequest = Self(rawValue: "malformedOCSPRequest")
    /// Requests lack a `User-Agent` (RFC 8555 §6.1).
    public static let noUserAgent = Self(rawValue: "noUserAgent")
    /// A POST is not `application/jose+json` (RFC 8555 §6.2).
    public static let wrongMediaType = Self(rawValue: "wrongMediaType")
    /// A resource was read with GET instead of POST-as-GET (RFC 8555 §6.3).
    public static let plainGET = Self(rawValue: "plainGET")
    /// A nonce was reused (RFC 8555 §6.5).
    public static let reusedNonce = Self(rawValue: "reusedNonce")
    /// A request was not repeated after `badNonce` (RFC 8555 §6.5).
    public static let gaveUpOnBadNonce = Self(rawValue: "gaveUpOnBadNonce")
    /// The nonce sent with `badNonce` was not used for the next attempt (RFC 8555 §6.5).
    public static let ignoredFreshNonce = Self(rawValue: "ignoredFreshNonce")
    /// A request was not repeated after a temporary refusal (RFC 9110 §15.6).
    public static let gaveUpTooSoon = Self(rawValue: "gaveUpTooSoon")
    /// An object in a final state was polled further (RFC 8555 §7.1.6).
    public static let polledAfterTheEnd = Self(rawValue: "polledAfterTheEnd")
    /// A pending order was finalized (RFC 8555 §7.4).
    public static let finalizedBeforeReady = Self(rawValue: "finalizedBeforeReady")
    /// The certificate of a finalized order was never downloaded (RFC 8555 §7.4.2).
    public static let neverDownloaded = Self(rawValue: "neverDownloaded")
    /// A challenge was answered although its authorization was shown as unusable (RFC 8555 §7.5.1).
    public static let answeredDeadAuthorization = Self(rawValue: "answeredDeadAuthorization")
    /// An order was abandoned because its `replaces` was refused (RFC 9773 §5).
    public static let gaveUpOnReplaces = Self(rawValue: "gaveUpOnReplaces")
    /// Certificates were repeatedly replaced long before their renewal window (RFC 9773 §4.2).
    public static let renewedTooEarly = Self(rawValue: "renewedTooEarly")
    /// The `Retry-After` of a refusal was ignored (RFC 9110 §10.2.3).
    public static let ignoredRetryAfter = Self(rawValue: "ignoredRetryAfter")
    /// A client kept repeating what was refused (RFC 9110 §15.5.4).
    public static let hammered = Self(rawValue: "hammered")
    /// A request was repeated after a permanent refusal (RFC 9110 §15.5.4).
    public static let retriedFatalRefusal = Self(rawValue: "retriedFatalRefusal")
    /// A client creates a new account each time it runs (RFC 8555 §7.3).
    public static let newAccountEachRun = Self(rawValue: "newAccountEachRun")
    /// An order was finalized again after success (RFC 8555 §7.4).
    public static let finalizedTwice = Self(rawValue: "finalizedTwice")
    /// A certificate was requested before its order was valid (RFC 8555 §7.4).
    public static let downloadedBeforeValid = Self(rawValue: "downloadedBeforeValid")
    /// An object was polled before its `Retry-After` had passed (RFC 8555 §7.4, §7.5.1).
    public static let polledTooFast = Self(rawValue: "polledTooFast")
    /// A challenge was answered although its authorization was shown as valid (RFC 8555 §7.5.1).
    public static let answeredValidAuthorization = Self(rawValue: "answeredValidAuthorization")
    /// Authorizations were left pending (RFC 8555 §7.5.2).
    public static let leftAuthorizationsPending = Self(rawValue: "leftAuthorizationsPending")
    /// A challenge was answered before it was fulfilled (RFC 8555 §8.2).
    public static let answeredBeforeReachable = Self(rawValue: "answeredBeforeReachable")
    /// An order has `replaces` although no `renewalInfo` is offered (RFC 9773 §5).
    public static let replacesWithoutRenewalInfo = Self(rawValue: "replacesWithoutRenewalInfo")

    /// A CSR requested something that its certificate does not have: `csr.extension`, `csr.subject` and so on.
    ///
    /// - Parameter content: one of ``CairnCSRContent/all``; all special cases of a kind share one finding.
    public static func csr(_ content: CairnCSRContent) -> CairnFinding.Kind {
        CairnFinding.Kind(rawValue: "csr.\(content.name)")
    }
}
