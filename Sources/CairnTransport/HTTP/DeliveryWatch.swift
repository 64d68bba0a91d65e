import CairnGateway
package import CairnModel
import NIOCore

/// Whom a server tells what it really sent.
package struct DeliveryReports: Sendable {
    /// The clock that the reports follow.
    package var now: @Sendable () -> CairnInstant
    /// Takes the report on the delivery of a journal entry; called once for each, on an event loop.
    package var take: @Sendable (_ entry: Int, CairnDeliveryReport) -> Void

    package init(
        now: @escaping @Sendable () -> CairnInstant,
        take: @escaping @Sendable (_ entry: Int, CairnDeliveryReport) -> Void
    ) {
        (self.now, self.take) = (now, take)
    }
}

/// What becomes of one delivery on the wire, until that can be reported.
///
/// It belongs to the event loop of its connection.
final class DeliveryWatch {
    /// What one write carries.
    struct Part {
        var hasHead = false
        var bodyBytes = 0
    }

    private let entry: Int
    private let reports: DeliveryReports
    private let connection: Connection
    private let httpVersion: String
    private var headAt: CairnInstant?
    private var bodyBytes = 0
    /// The writes that have neither succeeded nor failed yet.
    private var pending = 0
    /// How the delivery ends if the writes that are pending succeed.
    private var ending: CairnDeliveryReport.Ending?
    private var isReported = false

    /// `nil` for a delivery that nobody wants to hear about.
    init?(_ delivery: CairnDelivery, _ reports: DeliveryReports?, _ connection: Connection, httpVersion: String) {
        guard let reports, let entry = delivery.entry else { return nil }
        (self.entry, self.reports, self.connection, self.httpVersion) = (entry, reports, connection, httpVersion)
    }

    /// Counts what a write carries once the operating system has taken it.
    func follow(_ part: Part, _ written: EventLoopFuture<Void>) {
        pending += 1
        written.assumeIsolated().whenComplete { result in
            self.pending -= 1
            guard case .success = result else { return self.breakOff() }
            if part.hasHead { self.headAt = self.reports.now() }
            self.bodyBytes += part.bodyBytes
            self.settle()
        }
    }

    /// Nothing more is going to be written.
    func end(_ finish: DeliveryPlan.Finish) {
        ending =
            switch finish {
            case .complete: .complete
            case .cut, .drop: .cut
            case .reset, .resetStream: .reset
            }
        settle()
    }

    /// The connection or the stream is gone, and what was still to be sent with it.
    func breakOff() { report(connection.isStopping ? .serverStopped : .clientWentAway) }

    private func settle() {
        if let ending, pending == 0 { report(ending) }
    }

    private func report(_ ending: CairnDeliveryReport.Ending) {
        guard !isReported else { return }
        isReported = true
        reports.take(
            entry,
            CairnDeliveryReport(
                connection: connection.number, httpVersion: httpVersion, headAt: headAt, endedAt: reports.now(),
                bodyBytes: bodyBytes, ending: ending))
    }
}
