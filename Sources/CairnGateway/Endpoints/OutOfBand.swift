import CairnEngine
package import CairnModel
import HTTPTypes

extension Gateway {
    /// The page where a human approves or denies an `oob-01` challenge: GET asks, POST does it (ACME draft of March 2017,
    /// "Out-of-Band").
    ///
    /// Whoever has its URL may decide.
    func outOfBand(_ id: OutOfBandPage.ID, _ exchange: Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            let (page, authorization) = try engine.outOfBandPage(id, at: exchange.now)
            return answer(page, authorization, exchange.links)
        }
        let decision: Verdict.Outcome
        switch try formField("decision", of: exchange.request) {
        case "approve": decision = .valid
        case "deny": decision = .invalid(.deniedOutOfBand)
        case let other:
            throw Refusal(
                .malformed,
                "expected a field \"decision\" in the form that is \"approve\" or \"deny\", got "
                    + (other?.quoted ?? "none"))
        }
        let (page, authorization) = try engine.decide(id, decision, at: exchange.now)
        return answer(page, authorization, exchange.links)
    }

    private func answer(_ page: OutOfBandPage, _ authorization: Authorization, _ links: Links) -> Answer {
        .page(
            "Validation",
            """
            <p>Account: <code>\(links.url(.account(authorization.account)).escaped)</code></p>
            <p>Identifier: <code>\(authorization.orderedIdentifier.value.escaped)</code></p>
            \(matter(of: page, authorization))
            """)
    }

    private func matter(of page: OutOfBandPage, _ authorization: Authorization) -> String {
        let status = authorization.challenges[page.challenge].state.status
        guard authorization.state.status == .pending, status == .pending || status == .processing else {
            return
                "<p>There is nothing left to decide: the authorization is \(authorization.state.status.rawValue).</p>"
        }
        let form = """
            <form method="post">
            <button name="decision" value="approve">Approve</button>
            <button name="decision" value="deny">Deny</button>
            </form>
            """
        let words =
            switch page.decision {
            case nil: "Approve this if the account controls the identifier."
            case .valid?: "This has been approved."
            case .invalid?: "This has been denied."
            }
        // Until the client answers, somebody may change his mind.
        return "<p>\(words)</p>" + (page.decision == nil || status == .pending ? "\n\(form)" : "")
    }
}

extension ACMEProblem {
    /// What becomes of a challenge that somebody denies without a reason.
    package static let deniedOutOfBand = ACMEProblem(
        .unauthorized, "the validation was denied out of band (ACME draft of March 2017, \"Out-of-Band\")")
}
