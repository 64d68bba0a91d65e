import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// The page where a human ends the pause of identifiers: GET asks, POST does it.
    func unpause(_ id: Pause.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            let pause = try engine.pause(id, at: exchange.now)
            return .page(
                "Paused",
                """
                <p>Validations of these identifiers failed too often for the account
                <code>\(exchange.links.url(.account(pause.account)).escaped)</code>. It gets no more certificates for them
                until you end the pause. Mend what made the validations fail first.</p>
                \(list(pause))
                <form method="post"><button>End the pause</button></form>
                """)
        }
        let ended = try engine.unpause(id, at: exchange.now)
        return .page("The pause has ended", "<p>Certificates can be ordered again for:</p>\n\(list(ended))")
    }

    private func list(_ pause: Pause) -> String {
        let items = pause.identifiers.sorted().map { "<li>\($0.value.escaped)</li>" }
        return "<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }
}
