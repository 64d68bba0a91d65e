import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// The page where a human ends the pause of identifiers: GET asks, POST does it.
    func unpause(_ id: Pause.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            let pause = try engine.pause(id, at: exchange.now)
            return page(
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
        return page("The pause has ended", "<p>Certificates can be ordered again for:</p>\n\(list(ended))")
    }

    private func list(_ pause: Pause) -> String {
        let items = pause.identifiers.sorted().map { "<li>\($0.value.escaped)</li>" }
        return "<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private func page(_ title: String, _ body: String) -> Answer {
        let text = """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <h1>\(title)</h1>
            \(body)
            </html>

            """
        return Answer(.ok, .bytes(Array(text.utf8), type: MediaType.html))
    }
}

extension String {
    /// The text as HTML.
    fileprivate var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            default: text.append(character)
            }
        }
    }
}
