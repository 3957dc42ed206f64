/// SplitMix64: the same seed gives the same numbers on every machine and with every release of Swift, so that a schedule that
/// failed once fails again.
///
/// The choices are made here and not by the standard library's `random(in:using:)`, whose use of the generator may change.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `bound`, which is above 0.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "nothing is below \(bound)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    package mutating func chance(percent: Int) -> Bool { below(100) < percent }

    /// One of `choices`, which must not be empty.
    package mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// A separate generator, so that the draws of one part do not shift those of another part.
    package mutating func branch() -> SeededRandom { SeededRandom(seed: next()) }
}
