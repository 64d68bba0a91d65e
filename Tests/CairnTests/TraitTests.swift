import Cairn
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import Synchronization
import Testing
import XCTest

@Suite("The trait of Swift Testing", .testCA, .timeLimit(.minutes(5)))
struct TraitTests {
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

    @Test("A closure configures it", .testCA { $0.seed = 98 })
    func configuring() throws {
        #expect(try TestCA.current.seed == 98)
    }

    @Test("A seed may be given alone, and replaces that of a configuration", .testCA(.with { $0.seed = 1 }, seed: 97))
    func seeded() throws {
        #expect(try TestCA.current.seed == 97)
    }
}

@Suite("Without the trait of Swift Testing", .timeLimit(.minutes(5)))
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
        try await notesOf {
            await #expect(throws: Mishap.self) {
                try await trait.provideScope(for: test, testCase: nil) {
                    let ca = try TestCA.current
                    #expect(try await onOwnThread { ca.answers })
                    found.withLock { $0 = ca }
                    throw Mishap()
                }
            }
        }
        let ca = try #require(found.withLock { $0 })
        #expect(try await onOwnThread { !ca.answers })
    }
}

@Suite("A test that fails with a CA", .timeLimit(.minutes(5)))
struct FailureTests {
    private struct Mishap: Error {}

    @Test("It tells the seed, and what the CA saw last, when an expectation is not met")
    func expectation() async throws {
        let notes = try await notesOf {
            try await withTestCA(seed: 77) { ca in
                try await ca.issue("www.example.test")
                Issue.record("one of the expectations")
            }
        }
        let note = try #require(notes.first { $0.contains("seed 77") })
        #expect(note.contains("CAIRN_SEED=77"))
        #expect(note.contains("GET") || note.contains("POST"))
        #expect(note.split(separator: "\n").count == 11)
    }

    @Test("It tells the seed when it throws, and the error comes through")
    func error() async throws {
        let notes = try await notesOf {
            await #expect(throws: Mishap.self) {
                try await withTestCA(configure: { $0.seed = 78 }) { _ in throw Mishap() }
            }
        }
        #expect(notes.contains { $0.contains("CAIRN_SEED=78") && $0.contains("Its journal is empty.") })
    }

    @Test("One that passes tells nothing, also if it has issues that are known")
    func passes() async throws {
        let notes = try await notesOf {
            try await withTestCA { ca in
                withKnownIssue { Issue.record("known") }
                #expect(ca.journal.entries.isEmpty)
            }
        }
        #expect(notes.isEmpty)
    }
}

@Suite("What a test itself gets wrong", .timeLimit(.minutes(5)))
struct MistakeTests {
    @Test("A value that a setting cannot have fails the scope, though the journal was cleared; the client is blameless")
    func refusedSetting() async throws {
        let failures = try await notesOf {
            try await withTestCA { ca in
                ca.policy.maximumIdentifiers = 0
                ca.probes.httpPort = 0
                ca.journal.clear()
                #expect(ca.expectNoFindings())
            }
        }
        let mistakes = try #require(failures.first { $0.contains("assigned in vain") })
        #expect(
            mistakes == """
                expected values that the settings can have, got 2 that the test assigned in vain:
                  policy.maximumIdentifiers: expected a whole number from 1 to 10000, got 0
                  probes.httpPort: expected a port from 1 to 65535, got 0
                """)
    }

    @Test("An error that the test caught fails nothing, nor does what was before a reset")
    func caught() async throws {
        try await withTestCA { ca in
            #expect(throws: TestCA.SettingError.self) { try ca.updatePolicy { $0.maximumIdentifiers = 0 } }
            ca.policy.maximumIdentifiers = 0
            ca.reset()
        }
    }

    @Test("Where no test of Swift Testing runs, the scope throws it")
    func thrown() async throws {
        let failure = await Task.detached { () -> String? in
            do {
                try await withTestCA { $0.authority.profiles = [] }
                return nil
            } catch { return "\(error)" }
        }.value
        #expect(failure?.contains("\n  authority.profiles: ") == true)
    }
}

@Suite("The seed in the environment", .timeLimit(.minutes(5)))
struct SeedVariableTests {
    @Test("It is a number, or nothing")
    func number() throws {
        #expect(try CairnSeed(variable: "0") == 0)
        #expect(try CairnSeed(variable: "18446744073709551615") == CairnSeed(.max))
        #expect(try CairnSeed(variable: "") == nil)
    }

    @Test("Anything else is refused with words", arguments: ["-5", "x", "18446744073709551616", "4 2"])
    func refused(_ text: String) {
        let error = #expect(throws: TestCA.StartError.self) { try CairnSeed(variable: text) }
        #expect(
            error?.description
                == "CAIRN_SEED: expected a whole number from 0 to 18446744073709551615, got \"\(text)\"")
    }
}

@Suite("Instants and dates", .timeLimit(.minutes(5)))
struct DateTests {
    @Test("Each is the other", arguments: [0, -1, 1_900_000_000])
    func converted(_ seconds: Int64) {
        let instant = CairnInstant(secondsSinceEpoch: seconds) + .milliseconds(500)
        #expect(Date(instant) == Date(timeIntervalSince1970: Double(seconds) + 0.5))
        #expect(CairnInstant(Date(instant)) == instant)
    }

    @Test("Dates that no calendar has are taken for the last ones that make sense")
    func bounded() {
        for seconds in [Double.infinity, 1e300] {
            let (late, early) = (Date(timeIntervalSince1970: seconds), Date(timeIntervalSince1970: -seconds))
            #expect(CairnInstant(late) == CairnInstant(sinceEpoch: .days(1_000_000)))
            #expect(CairnInstant(early) == CairnInstant(sinceEpoch: .days(-1_000_000)))
        }
        #expect(CairnInstant(Date(timeIntervalSince1970: .nan)) == CairnInstant(sinceEpoch: .zero))
    }
}

@Suite("Dates and URLs of Foundation", .timeLimit(.minutes(5)))
struct FoundationTests {
    @Test("Instants compare with dates, from either side")
    func compared() {
        let date = Date(noon)
        let (earlier, later) = (noon - .seconds(1), noon + .seconds(1))
        #expect(noon == date && date == noon && !(noon != date) && !(date != noon))
        #expect(earlier != date && date != later)
        #expect(earlier < date && date < later && !(noon < date) && !(date < noon))
        #expect(later > date && date > earlier && !(noon > date) && !(date > noon))
        #expect(noon <= date && date <= noon && earlier <= date && date <= later)
        #expect(noon >= date && date >= noon && later >= date && date >= earlier)
    }

    @Test("A clock starts at a date, and is set to one")
    func clock() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: Date(timeIntervalSince1970: 1_900_000_000)) })
        #expect(ca.clock.now == Date(timeIntervalSince1970: 1_900_000_000))
        ca.clock.set(to: Date(noon))
        #expect(ca.clock.now == noon)
    }

    @Test("All URLs are there for Foundation too")
    func urls() async throws {
        let ca = try TestCA.inMemory(.with { $0.origin = "https://[::1]:14000" })
        #expect(ca.urls.directory.absoluteString == ca.directoryURL)
        #expect(ca.urls.draftDirectory.absoluteString == "https://[::1]:14000/draft/dir")
        #expect(ca.urls.directory.port == 14000)
        #expect(ca.urls.dnsOverHTTPS == nil && ca.urls.plain == nil)
        try await withTestCA(
            configure: {
                $0.dnsListener?.httpsPort = 0
                $0.listener.plainPort = 0
            },
            { ca in
                #expect(ca.urls.dnsOverHTTPS?.absoluteString == ca.dnsOverHTTPSURL)
                #expect(ca.urls.dnsOverHTTPS?.path == "/dns-query")
                #expect(ca.urls.plain?.absoluteString == ca.plainURL && ca.urls.plain?.scheme == "http")
            })
    }
}

final class XCTestCaseTests: LimitedTestCase {
    private static let started = Mutex<[TestCA]>([])

    func testACAStartsForEachTestAndCanBeUsed() async throws {
        let ca = try await startTestCA()
        let other = try await startTestCA { $0.seed = 98 }
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
