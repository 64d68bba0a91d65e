import Testing

@testable import CairnTransport

@Suite("The threads of a CA", .timeLimit(.minutes(5)))
struct EventLoopsTests {
    @Test("They end once what holds them lets go, and nothing new can hold them")
    func holding() async throws {
        let loops = EventLoops()
        #expect(loops.hold())
        let ending = Task { try await loops.shutdown() }
        while loops.hold() {
            loops.release()
            await Task.yield()
        }
        // Without threads no socket could be opened, nor closed again.
        let listener = try await DNSListener.start(on: loops) { _, _, _ in nil }
        await listener.shutdown()
        loops.release()
        try await ending.value
        #expect(!loops.hold())
        try await loops.shutdown()
    }

    @Test("They end at once if nothing holds them, however often they are told to")
    func free() async throws {
        let loops = EventLoops()
        for _ in 0..<3 {
            #expect(loops.hold())
            loops.release()
        }
        async let first: Void = loops.shutdown()
        async let second: Void = loops.shutdown()
        _ = try await (first, second)
    }
}
