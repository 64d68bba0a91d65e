import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import Synchronization
import Testing
import XCTest

@Suite("The trait of Swift Testing", .testCA)
struct TraitTests {
    private static let seen = Mutex<Set<ObjectIdentifier>>([])

    @Test("Each set of arguments has a CA of its own", arguments: 0..<4)
    func arguments(_ number: Int) throws {
        let ca = try TestCA.current
        #expect(ca.dns["mark.example.test"].isEmpty)
        ca.dns["mark.example.test"] = [.txt("\(number)")]
        #expect(try TestCA.current === ca)
    }

    @Test("It can be reached, also from child tasks and threads of the test")
    func reached() async throws {
        let ca = try TestCA.current
        async let child = TestCA.current
        #expect(try await child === ca)
        #expect(try await onOwnThread { try TestCA.current } === ca)
        try await ca.issue("www.example.test")
    }

    @Test("A configuration is used", .testCA(.with { $0.seed = 99 }))
    func configured() throws {
        #expect(try TestCA.current.seed == 99)
    }
}

@Suite("Without the trait of Swift Testing")
struct NoTraitTests {
    @Test("There is no current CA, and the error says what is missing")
    func none() {
        let error = #expect(throws: NoTestCA.self) { try TestCA.current }
        #expect(error?.description.contains(".testCA") == true)
    }

    @Test("A test's CA is shut down when the test has ended, also if it fails")
    func ended() async throws {
        struct Mishap: Error {}
        let trait = TestCATrait.testCA
        let test = try #require(Test.current)
        let found = Mutex<TestCA?>(nil)
        await #expect(throws: Mishap.self) {
            try await trait.provideScope(for: test, testCase: nil) {
                let ca = try TestCA.current
                #expect(try await onOwnThread { ca.answers })
                found.withLock { $0 = ca }
                throw Mishap()
            }
        }
        let ca = try #require(found.withLock { $0 })
        #expect(try await onOwnThread { !ca.answers })
    }
}

final class XCTestCaseTests: XCTestCase {
    private static let started = Mutex<[TestCA]>([])

    func testACAStartsForEachTestAndCanBeUsed() async throws {
        let ca = try await startTestCA()
        let other = try await startTestCA(.with { $0.seed = 98 })
        Self.started.withLock { $0 = [ca, other] }
        XCTAssertEqual(other.seed, 98)
        try await ca.issue("www.example.test")
        try await other.issue("www.example.test")
    }

    override class func tearDown() {
        let ended = started.withLock { $0 }
        XCTAssertEqual(ended.count, 2)
        for ca in ended { XCTAssertFalse(ca.answers) }
        super.tearDown()
    }
}
