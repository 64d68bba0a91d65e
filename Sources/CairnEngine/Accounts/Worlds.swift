/// Something that has a URL of its own, and whose it is.
package enum OwnedThing: Sendable {
    case object(NamedObject)
    /// What is paused, on its page.
    case pause(Pause.ID)
    /// The page of an `oob-01` challenge.
    case page(OutOfBandPage.ID)
}

extension Engine {
    /// Whether something belongs to another world than the one in which it is asked for.
    ///
    /// What is not there at all belongs to none.
    package func isForeign(_ thing: OwnedThing, to world: String?) -> Bool {
        inspect { state in
            guard let owner = state.owner(of: thing) else { return false }
            return state.accounts.worlds[owner] != world
        }
    }
}

extension State {
    fileprivate func owner(of thing: OwnedThing) -> Account.ID? {
        switch thing {
        case .object(.account(let id)): accounts[id]?.id
        case .object(.order(let id)): orders[id]?.account
        case .object(.authorization(let id)), .object(.challenge(let id, _)): authorizations[id]?.account
        case .object(.certificate(let id)): certificates[id]?.account
        case .pause(let id): pauses[id]?.account
        case .page(let id): outOfBand[id].flatMap { authorizations[$0.authorization]?.account }
        }
    }
}
