import FlomModel
import Testing

@Suite struct HistogramBoundsTests {
    @Test(arguments: [
        ("0.001,0.5,60", [1_000_000, 500_000_000, 60_000_000_000]), ("1", [1_000_000_000]), ("0.000000001", [1]),
        ("1000000000", [1_000_000_000_000_000_000]), ("0.5,1,1.5", [500_000_000, 1_000_000_000, 1_500_000_000]),
    ])
    func secondsAreRead(text: String, nanoseconds: [Int64]) throws {
        let bounds = try #require(HistogramBounds(text: text))
        #expect(bounds.nanoseconds == nanoseconds && bounds.text == text)
    }

    @Test(arguments: [
        "", ",", "1,", ",1", "1,1", "2,1", "0", "0,1", "-1", "+1", "1e3", "1.", ".5", "1.0000000001", "1000000001", "99999999999",
        "1 ,2",
        "a", "0x1", "1.2.3", "Inf", (1...41).map { "\($0)" }.joined(separator: ","),
    ])
    func othersAreNot(text: String) { #expect(HistogramBounds(text: text) == nil) }

    @Test func theUsualOnesCanBeWritten() {
        for bounds in [HistogramBounds.usual, .disk] { #expect(HistogramBounds(text: bounds.text) == bounds) }
    }
}
