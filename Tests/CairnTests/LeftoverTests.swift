import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import XCTest

/// What a CA leaves behind.
///
/// These are tests of XCTest, which runs one after the other in a process where nothing else happens: no other test opens
/// what is counted here, or takes a port that has just become free.
final class LeftoverTests: LimitedTestCase {
    private func issue(_ configuration: TestCA.Configuration) async throws -> TestCA {
        try await withTestCA(configuration) { ca in
            try await ca.issue("www.example.test")
            let address = try XCTUnwrap(ca.dnsAddress)
            _ = try Wire(to: "\(address)")
            return ca
        }
    }

    func testItsPortsAreFreeAgain() async throws {
        let ca = try await issue(TestCA.Configuration())
        let (http, dns) = (try XCTUnwrap(ca.address), try XCTUnwrap(ca.dnsAddress))
        XCTAssertThrowsError(try Wire(to: "\(http)"))
        XCTAssertThrowsError(try Wire(to: "\(dns)"))
        let again = try await issue(
            .with {
                $0.listener.port = http.port
                $0.dnsListener?.port = dns.port
            })
        XCTAssertEqual(again.address, http)
        XCTAssertEqual(again.dnsAddress, dns)
    }

    #if os(Linux)
        func testItLeavesNoThreadAndNoSocket() async throws {
            let configuration = TestCA.Configuration.with { $0.threads = 3 }
            // What libraries open once and for all is open after the first.
            _ = try await issue(configuration)
            let (sockets, others) = (try descriptors(ofSockets: true), try descriptors(ofSockets: false))
            let threads = try threads()
            for _ in 0..<20 { _ = try await issue(configuration) }
            XCTAssertEqual(try descriptors(ofSockets: true), sockets)
            // Libraries may open a file or start a thread when they like, but not one each time.
            XCTAssertLessThan(try descriptors(ofSockets: false), others + 20)
            XCTAssertLessThan(try self.threads(), threads + 20)
        }

        func testForgottenOnesLeaveNoThreadAndNoSocketEither() async throws {
            _ = try await issue(TestCA.Configuration())
            let (sockets, threads) = (try descriptors(ofSockets: true), try threads())
            for _ in 0..<10 {
                let ca = try await TestCA.start()
                try await ca.issue("www.example.test")
            }
            let end = ContinuousClock.now + .seconds(60)
            while try descriptors(ofSockets: true) > sockets || self.threads() >= threads + 10 {
                guard ContinuousClock.now < end else { break }
                await Task.yield()
            }
            XCTAssertEqual(try descriptors(ofSockets: true), sockets)
            XCTAssertLessThan(try self.threads(), threads + 10)
        }

        private func descriptors(ofSockets: Bool) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { number in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
                return target?.hasPrefix("socket:") == ofSockets
            }
        }

        private func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }
    #endif
}
