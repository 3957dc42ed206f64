import FlomRandom
import Testing

@Suite struct SeededRandomTests {
    /// The published vector of SplitMix64.
    @Test func itIsSplitMix64() {
        var random = SeededRandom(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
        #expect(random.next() == 9_817_491_932_198_370_423)
        #expect(random.next() == 4_593_380_528_125_082_431)
        #expect(random.next() == 16_408_922_859_458_223_821)
    }

    @Test func everyChoiceComesUpAndNoOther() {
        var random = SeededRandom(seed: 7)
        var seen = [Int](repeating: 0, count: 6)
        for _ in 0..<6000 { seen[random.below(6)] += 1 }
        #expect(seen.allSatisfy { (800...1200).contains($0) }, "\(seen)")
        #expect((0..<100).allSatisfy { _ in random.below(1) == 0 })
        #expect((0..<100).allSatisfy { _ in [3, 5, 8].contains(random.pick([3, 5, 8][...])) })
        #expect((0..<100).allSatisfy { _ in random.chance(percent: 100) && !random.chance(percent: 0) })
    }

    @Test func aBranchDrawsOnItsOwn() {
        var random = SeededRandom(seed: 9)
        var branch = random.branch()
        let next = random.next()
        var again = SeededRandom(seed: 9)
        var otherBranch = again.branch()
        for _ in 0..<10 { _ = otherBranch.next() }
        #expect(again.next() == next)
        #expect(branch.next() != next)
    }
}
