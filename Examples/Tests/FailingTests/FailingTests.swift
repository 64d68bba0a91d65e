import CairnTesting
import Foundation
import Testing
import XCTest

// These fail, each in another way, so that Examples/run can read what a failure tells. Otherwise they do not run.

private let isAsked = ProcessInfo.processInfo.environment["CAIRN_FAILING_TESTS"] != nil

private struct Mishap: Error {}

@Suite("Failures", .enabled(if: isAsked))
struct Failures {
    @Test(.testCA) func expectationUnderTheTrait() throws {
        #expect(try TestCA.current.journal.entries.count == 1)
    }

    @Test(.testCA) func errorUnderTheTrait() throws { throw Mishap() }

    @Test(.testCA) func refusedSettingUnderTheTrait() throws {
        let ca = try TestCA.current
        ca.policy.maximumIdentifiers = 0
    }

    @Test func expectationInTheFunction() async throws {
        try await withTestCA { ca in #expect(ca.journal.entries.count == 1) }
    }

    @Test func errorInTheFunction() async throws {
        try await withTestCA { _ in throw Mishap() }
    }
}

final class XCTestFailures: XCTestCase {
    override func setUpWithError() throws { try XCTSkipUnless(isAsked) }

    func testAssertion() async throws {
        let ca = try await startTestCA()
        XCTAssertEqual(ca.journal.entries.count, 1)
    }

    func testRefusedSetting() async throws {
        let ca = try await startTestCA()
        ca.policy.maximumIdentifiers = 0
    }

    func testError() async throws {
        _ = try await startTestCA()
        throw Mishap()
    }

    func testErrorInTheFunction() async throws {
        try await withTestCA { _ in throw Mishap() }
    }
}
