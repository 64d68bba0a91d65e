package import CairnGateway
package import CairnModel
package import CairnValidation
import HTTPTypes

/// What servers answer in the place of a client under validation: over HTTP, and in TLS handshakes.
package struct ChallengeAnswers: Sendable {
    private let responder: CairnChallengeResponder
    /// What the web server behind TLS shows, whatever name is asked for.
    private let web: TLSChallengeListener.Presentation

    package init(_ responder: CairnChallengeResponder, now: CairnInstant) throws {
        self.responder = responder
        web = try TLSChallengeListener.Presentation(
            .ephemeral(now: now), applicationProtocols: ["h2", "http/1.1"])
    }

    /// Answers a request for `http-01`.
    ///
    /// What nobody has an answer for has an empty one, as with `pebble-challtestsrv`, so that a validation of it fails for its
    /// content.
    package func respond(
        to request: CairnRequest, isTLS: Bool = false, serverName: String? = nil
    ) -> CairnDelivery {
        let asked = CairnChallengeRequest(
            path: request.head.path ?? "/", authority: request.head.authority ?? "", isTLS: isTLS,
            serverName: serverName, userAgent: request.head.headerFields[.userAgent])
        var delivery = CairnDelivery(HTTPResponse(status: .ok))
        switch responder.serve(asked) {
        case nil: break
        case .keyAuthorization(let text):
            delivery.head.headerFields[.contentType] = "text/plain; charset=utf-8"
            delivery.body = Array(text.utf8)
        case .response(let status, let location, let body):
            delivery.head.status = .init(code: status)
            delivery.head.headerFields[.location] = location
            if location != nil { delivery.head.headerFields[.contentType] = "text/html; charset=utf-8" }
            delivery.body = body
        case .refused, .timedOut, .closed, .certificate, .tlsFailure: delivery.ending = .cut(afterBodyBytes: nil)
        }
        // Nobody validates twice over one connection.
        delivery.persistence = .announcedLast
        return delivery
    }

    /// Serves HTTP to whoever shakes hands, and knows which name was asked for.
    package func serve(_ hello: ClientHello) -> TLSChallengeListener.Choice {
        .serve(web) { respond(to: $0, isTLS: true, serverName: hello.serverName) }
    }

    /// Shows the certificate of `tls-alpn-01` to whoever asks for it (RFC 8737 §3).
    package func show(_ hello: ClientHello) -> TLSChallengeListener.Choice {
        let asked = CairnChallengeRequest(
            .tlsALPN01, serverName: hello.serverName, offering: hello.applicationProtocols)
        do {
            let certificate = try responder.certificate(for: asked)
            guard hello.applicationProtocols == [TLSALPN01.applicationProtocol] else {
                return .refuse(.noApplicationProtocol)
            }
            guard let certificate else { return .refuse(.unrecognizedName) }
            let identity = try TLSIdentity(
                certificateChainPEM: certificate.certificatePEM, privateKeyPEM: certificate.privateKeyPEM)
            return .show(
                try TLSChallengeListener.Presentation(
                    identity, applicationProtocols: [TLSALPN01.applicationProtocol]))
        } catch {
            return .refuse(.internalError)
        }
    }
}
