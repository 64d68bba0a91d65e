import CairnCertificates
import Testing

@Suite("Reasons for revocation (RFC 5280 §5.3.1)", .timeLimit(.minutes(5)))
struct RevocationReasonTests {
    @Test("the assigned numbers are 0 to 10 without 7")
    func assigned() {
        #expect(ACMERevocationReason.assigned.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10])
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: 7)))
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: 11)))
        #expect(!ACMERevocationReason.assigned.contains(ACMERevocationReason(rawValue: -1)))
    }

    @Test("a subscriber may give 0, 1, 3, 4 and 5")
    func forSubscribers() {
        #expect(ACMERevocationReason.forSubscribers.map(\.rawValue) == [0, 1, 3, 4, 5])
    }

    @Test("each has the name of the standard, and others their number")
    func names() {
        #expect(
            ACMERevocationReason.assigned.map(\.description) == [
                "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
                "cessationOfOperation", "certificateHold", "removeFromCRL", "privilegeWithdrawn", "aACompromise",
            ])
        #expect(ACMERevocationReason(rawValue: 7).description == "7")
    }
}
