import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// A fresh nonce (RFC 8555 §7.2): 200 for HEAD, unless the dialect has it otherwise, and 204 for GET and POST-as-GET.
    func newNonce(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        if exchange.request.head.method == .post {
            try exchange.requirePostAsGet(try signedByAccount(&exchange).jws)
        }
        return Answer(exchange.request.head.method == .head ? exchange.dialect.conduct.nonceStatus : .noContent)
    }
}
