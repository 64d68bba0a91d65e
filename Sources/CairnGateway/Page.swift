import CairnModel
import HTTPTypes

extension Answer {
    /// A page for people, without script or style.
    ///
    /// - Parameter body: HTML.
    static func page(_ title: String, _ body: String) -> Answer {
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
    /// The text as it stands in HTML, in attributes too.
    var escaped: String {
        reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.append(character)
            }
        }
    }
}
