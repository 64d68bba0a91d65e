import ACME
import CairnTesting
import XCTest

final class RenewalTests: XCTestCase {
    func testRenewsAfterTwoMonths() async throws {
        let ca = try await startTestCA()
        ca.validation["www.example.test"] = .approve
        let client = try ACMEClient(directory: ca.directoryURL, trusting: ca.trustRoots.map(\.derEncoded))
        let first = try await client.certificate(for: "www.example.test") { _, _ in }
        ca.clock.advance(by: .days(61))
        let second = try await client.certificate(for: "www.example.test") { _, _ in }
        XCTAssertNotEqual(first, second)
        XCTAssertEqual(ca.journal.requests(to: .newAccount).count, 1)
        XCTAssertEqual(ca.journal.requests(to: .newOrder).count, 2)
    }
}
