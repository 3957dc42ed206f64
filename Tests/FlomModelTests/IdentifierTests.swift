import FlomModel
import Testing

@Suite struct IdentifierTests {
    @Test func aTokenIsEpochAndCounter() {
        let token = FencingToken(epoch: 3, counter: 5)
        #expect(token.value == 3 * 137_438_953_472 + 5)
        #expect(token.epoch == 3)
        #expect(token.counter == 5)
        #expect(FencingToken(token.value) == token)
    }

    @Test func aLaterEpochOutranksEveryCounter() {
        let lastOfOne = FencingToken(epoch: 1, counter: FencingToken.largestCounter)
        #expect(lastOfOne < FencingToken(epoch: 2, counter: 0))
        #expect(lastOfOne.epoch == 1)
    }

    @Test func tokensAreExactInJSON() {
        let largest = FencingToken(epoch: FencingToken.largestEpoch, counter: FencingToken.largestCounter)
        #expect(largest.value == (1 << 53) - 1)
        #expect(Int64(Double(largest.value)) == largest.value)
    }

    @Test func ticketsCompareByNumber() {
        #expect(RequestID(2) < RequestID(10))
        #expect(!(RequestID(10) < RequestID(10)))
    }

    @Test func momentsDoNotOverflow() {
        let moment = Instant(nanoseconds: 5)
        #expect(moment.advanced(byMilliseconds: 2).nanoseconds == 2_000_005)
        #expect(moment.advanced(byMilliseconds: .max).nanoseconds == .max)
        #expect(Instant(nanoseconds: .max - 1).advanced(byMilliseconds: 1).nanoseconds == .max)
    }

    static let spans: [(from: Int64, to: Int64, milliseconds: Int64)] = [
        (0, 0, 0), (0, 999_999, 0), (0, 1_000_000, 1), (0, 1_999_999, 1), (500_000, 1_499_999, 0), (2_000_000, 0, -2),
    ]

    @Test(arguments: spans)
    func wholeMilliseconds(from: Int64, to: Int64, milliseconds: Int64) {
        #expect(Instant(nanoseconds: to).milliseconds(since: Instant(nanoseconds: from)) == milliseconds)
    }

    @Test func aPartOfAMillisecondBackIsRoundedDown() {
        #expect(Instant(nanoseconds: 0).milliseconds(since: Instant(nanoseconds: 1)) == -1)
    }
}
