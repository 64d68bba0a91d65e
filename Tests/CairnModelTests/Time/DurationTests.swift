import CairnModel
import Testing

@Suite("Times as people write them", .timeLimit(.minutes(5)))
struct DurationTextTests {
    @Test(
        "Numbers and units are read",
        arguments: [
            ("90d", Duration.seconds(90 * 86_400)), ("1h 30min", .seconds(5_400)), ("1h30m", .seconds(5_400)),
            ("2w", .seconds(14 * 86_400)), ("1.5s", .milliseconds(1_500)), ("250ms", .milliseconds(250)),
            ("45", .seconds(45)), ("0s", .zero), ("0.5h", .seconds(1_800)), (" 7 d ", .seconds(7 * 86_400)),
        ])
    func read(text: String, duration: Duration) {
        #expect(Duration(text: text) == duration)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", " ", "d", "-1d", "+1d", "1x", "1 day", "1d-2h", "1.", ".5s", "1.2.3s", "1e3", "∞", "99999999999d", "٣d",
        ])
    func refused(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test("They are written in the largest whole unit")
    func written() {
        #expect(Duration.seconds(7 * 86_400).text == "7d")
        #expect(Duration.seconds(5_400).text == "90min")
        #expect(Duration.seconds(1).text == "1s")
        #expect(Duration.zero.text == "0s")
        #expect(Duration.milliseconds(250).text == "0.25s")
        #expect(Duration(attoseconds: .max).text.hasSuffix("s"))
    }
}
