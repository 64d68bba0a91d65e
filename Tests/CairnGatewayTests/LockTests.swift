#if DEBUG
    import CairnEngine
    import CairnGateway
    import CairnModel
    import CairnReferenceClient
    import Testing

    @Suite("What a request costs: how often the lock of the engine is taken", .timeLimit(.minutes(5)))
    struct LockTests {
        /// How often `body` takes it.
        private func locks(_ server: TestServer, _ body: () throws -> Void) rethrows -> Int {
            let before = server.engine.lockCount
            try body()
            return server.engine.lockCount - before
        }

        @Test("A newOrder takes it twice: once to open and once to commit (§7.4)")
        func newOrder() throws {
            let server = try TestServer()
            let client = try server.registered()
            let count = try locks(server) {
                let answer = try client.newOrder([("dns", "www.example.test"), ("dns", "example.test")])
                #expect(answer.status == 201)
            }
            #expect(count == 2)
        }

        @Test("A finalize takes it twice, CSR, CAA records and signature included (§7.4)")
        func finalize() throws {
            let server = try TestServer()
            let client = try server.registered()
            let order = try client.readyOrder(["www.example.test"])
            // Long enough for the CAA records to be looked at once more.
            server.advance(by: .hours(8))
            let request = try csr(["www.example.test"])
            let count = try locks(server) {
                let answer = try client.finalize(order, csr: request)
                #expect(answer.state == "valid")
            }
            #expect(count == 2)
        }

        @Test("A finalize that is refused takes it once, for what is known when it comes in (§7.4)")
        func refusedFinalize() throws {
            let server = try TestServer()
            let client = try server.registered()
            let order = try client.order(["www.example.test"])
            let request = try csr(["www.example.test"])
            let count = try locks(server) {
                let answer = try client.finalize(order, csr: request)
                expectRefusal(answer, 403, "orderNotReady", "§7.4")
            }
            #expect(count == 1)
        }

        @Test("A read takes it twice, and once where nothing is told but the policy (§6.3, §7.1.1)")
        func reads() throws {
            let server = try TestServer()
            let client = try server.registered()
            let order = try client.order(["www.example.test"])
            let read = try locks(server) {
                let answer = try client.read(order.url)
                #expect(answer.status == 200)
            }
            #expect(read == 2)
            let directory = try locks(server) {
                let answer = try client.send("GET", "https://ca.example.test/dir")
                #expect(answer.status == 200)
            }
            #expect(directory == 1)
        }
    }
#endif
