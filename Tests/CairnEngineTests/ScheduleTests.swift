import CairnModel
import Testing

@testable import CairnEngine

@Suite("The schedule", .timeLimit(.minutes(5)))
struct ScheduleTests {
    private static let start = CivilTime(year: 2026, month: 11, day: 22, hour: 8).instant

    private func task(_ number: Int) -> Schedule.Task { .expireOrder(Order.ID(bits: UInt128(number))) }

    @Test("To keep it small costs a constant for each task on average, whether tasks are pointless or not")
    func sweeps() {
        for isPointless in [true, false] {
            var schedule = Schedule()
            var looks = 0
            for number in 0..<20_000 {
                if schedule.isCrowded {
                    schedule.removeAll { _, _ in
                        looks += 1
                        return isPointless
                    }
                }
                schedule.add(task(number), at: Self.start + .seconds(number))
            }
            #expect(looks < 60_000)
            #expect(schedule.count == (isPointless ? schedule.count % 65 : 20_000))
        }
    }

    @Test("It is small again when what made it large is done")
    func drained() {
        var schedule = Schedule()
        for number in 0..<20_000 {
            if schedule.isCrowded { schedule.removeAll { _, _ in false } }
            schedule.add(task(number), at: Self.start + .seconds(number))
        }
        for _ in 0..<(20_000 - 10) { #expect(schedule.next(at: Self.start + .seconds(20_000 - 11)) != nil) }
        #expect(schedule.next(at: Self.start + .seconds(20_000 - 11)) == nil)
        #expect(schedule.count == 10)
        for _ in 0..<64 where !schedule.isCrowded { schedule.add(task(0), at: Self.start + .days(1)) }
        #expect(schedule.isCrowded)
        #expect(schedule.count <= 64)
    }
}
