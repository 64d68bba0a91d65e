import CairnGateway
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("The steps of a delivery", .timeLimit(.minutes(5)))
struct DeliveryPlanTests {
    private func steps(_ delivery: CairnDelivery, omitsBody: Bool = false) -> [DeliveryPlan.Step] {
        var plan = DeliveryPlan(delivery, omitsBody: omitsBody)
        var steps: [DeliveryPlan.Step] = []
        while true {
            steps.append(plan.next())
            if case .finish = steps.last { return steps }
        }
    }

    private func delivery(
        bytes: Int, _ pace: CairnDelivery.Pace = .immediate, _ ending: CairnDelivery.Ending = .complete
    ) -> CairnDelivery {
        CairnDelivery(HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: bytes), pace: pace, ending: ending)
    }

    @Test("A plain response is a head and a body")
    func plain() {
        #expect(
            steps(delivery(bytes: 3)) == [.head(isLast: false), .body(0..<3, isLast: true), .finish(.complete)])
        #expect(steps(delivery(bytes: 0)) == [.head(isLast: true), .finish(.complete)])
        #expect(steps(delivery(bytes: 3), omitsBody: true) == [.head(isLast: true), .finish(.complete)])
    }

    @Test("Waits stand where the pace puts them")
    func waits() {
        let pace = CairnDelivery.Pace(
            beforeHead: .seconds(1), beforeBody: .seconds(2), dribble: .init(bytes: 2, every: .seconds(3)))
        #expect(
            steps(delivery(bytes: 5, pace)) == [
                .wait(.seconds(1)), .head(isLast: false), .wait(.seconds(2)), .body(0..<2, isLast: false),
                .wait(.seconds(3)), .body(2..<4, isLast: false), .wait(.seconds(3)), .body(4..<5, isLast: true),
                .finish(.complete),
            ])
    }

    @Test("A body that nobody waits for is not waited for; one that is cut off is")
    func waitWithoutBody() {
        let pace = CairnDelivery.Pace(beforeBody: .seconds(2))
        #expect(steps(delivery(bytes: 0, pace)) == [.head(isLast: true), .finish(.complete)])
        #expect(
            steps(delivery(bytes: 5, pace, .cut(afterBodyBytes: 0))) == [
                .head(isLast: false), .wait(.seconds(2)), .finish(.cut),
            ])
    }

    @Test("An abrupt ending stops the body where it says")
    func abrupt() {
        #expect(
            steps(delivery(bytes: 5, .immediate, .cut(afterBodyBytes: 2))) == [
                .head(isLast: false), .body(0..<2, isLast: false), .finish(.cut),
            ])
        #expect(
            steps(delivery(bytes: 5, .immediate, .reset(afterBodyBytes: 9))) == [
                .head(isLast: false), .body(0..<5, isLast: false), .finish(.reset),
            ])
        #expect(
            steps(delivery(bytes: 5, .init(beforeHead: .seconds(1)), .reset(afterBodyBytes: nil))) == [
                .wait(.seconds(1)), .finish(.reset),
            ])
    }
}
