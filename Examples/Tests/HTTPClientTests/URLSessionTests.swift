import CairnTesting
import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

// URLSession on Linux cannot be told a root to trust, so this CA speaks HTTP without TLS.
@Test(.testCA { $0.listener.security = .none }) func readsTheDirectoryWithURLSession() async throws {
    let ca = try TestCA.current
    let url = try #require(URL(string: ca.directoryURL))
    let (directory, _) = try await URLSession.shared.data(from: url)
    #expect(try JSONDecoder().decode(Directory.self, from: directory).newNonce.hasPrefix("http://"))
    #expect(ca.journal.requests(to: .directory).count == 1)
}

private struct Directory: Decodable { let newNonce: String }
