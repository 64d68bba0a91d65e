import Cairn
import HTTPTypes

extension API {
    /// Whether the ACME server can be reached.
    static let connectionRoutes: [Route] = [
        .get(
            "/connections", "Whether connections to the ACME server are refused",
            of: Schema.object(["areRefused": Schema.flag])
        ) { ["areRefused": .bool($0.ca.refusesConnections)] },
        .await(.post, "/connections/refuse", "Refuses connections to the ACME server and closes existing ones") {
            try await $0.ca.refuseConnections()
        },
        .await(.post, "/connections/accept", "Accepts connections to the ACME server again") {
            try await $0.ca.acceptConnections()
        },
    ]
}
