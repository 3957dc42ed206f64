import FlomModel
import FlomOracles
import FlomRandom
import Testing

/// The parser of names against the grammar, over names that are nearly right: see `NameJudge`.
@Suite struct NamePropertyTests {
    private static let count = 10_000

    @Test(arguments: NameGrammar.Shape.allCases)
    func theParserAndTheGrammarAgree(shape: NameGrammar.Shape) {
        var names = RandomNames(seed: 20)
        var accepted = 0
        var complaints = 0
        for _ in 0..<Self.count {
            let bytes = names.next(shape)
            if (try? ResourceName(bytes)) != nil { accepted += 1 }
            guard let complaint = NameJudge.complaint(about: bytes), complaints < 10 else { continue }
            complaints += 1
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription) \(complaint)")
        }
        // Both sides of the border.
        #expect(accepted > Self.count / 8)
        #expect(Self.count - accepted > Self.count / 8)
    }

    @Test func namesAreEqualWhenTheirBytesAre() {
        var names = RandomNames(seed: 21)
        var random = SeededRandom(seed: 22)
        let all = NameGrammar.Shape.allCases.flatMap { shape in (0..<400).map { _ in names.next(shape) } }
        let valid = all.compactMap { try? ResourceName($0) }
        #expect(valid.count > 800)
        #expect(Set(valid).count == Set(valid.map(\.bytes)).count)
        var equal = 0
        for _ in 0..<20_000 {
            let left = random.pick(valid[...])
            // Read anew, so that nothing is shared but the bytes.
            let right = random.chance(percent: 20) ? try? ResourceName(Array(left.bytes)) : random.pick(valid[...])
            if left.bytes == right?.bytes { equal += 1 }
            if (left == right) != (left.bytes == right?.bytes) { Issue.record("\(left) and \(String(describing: right))") }
            if left == right && (left.hashValue != right?.hashValue || left.kind != right?.kind) { Issue.record("\(left)") }
        }
        #expect(equal > 2000)
    }

    @Test func everyNumberAroundTheLimits() throws {
        for shape in ["a[N]", "_s_a[N]", "_S_a[N]", "_t_%S[N]"] {
            for number in [-1, 0, 1, 2, 2_147_483_646, 2_147_483_647, 2_147_483_648, 4_294_967_295, 4_294_967_296, 4_294_967_297]
            {
                for zeros in ["", "0", "0000000000000000000000"] {
                    let text = shape.replacing("N", with: zeros + String(number))
                    let isName = (try? ResourceName(Array(text.utf8))) != nil
                    #expect(isName == (1...2_147_483_647).contains(number), "\(text)")
                    #expect(NameJudge.complaint(about: Array(text.utf8)) == nil, "\(text)")
                }
            }
        }
    }

    /// Nowhere in a name of any shape, also not as its last byte.
    @Test(arguments: [UInt8(ascii: "\n"), 0]) func neverALineBreakNorANul(byte: UInt8) {
        var names = RandomNames(seed: 23)
        for shape in NameGrammar.Shape.allCases {
            for name in (0..<200).map({ _ in names.next(shape) }) where (try? ResourceName(name)) != nil {
                for place in 0...name.count {
                    let broken = name[..<place] + [byte] + name[place...]
                    #expect(throws: ResourceName.Invalid.self) { try ResourceName(Array(broken)) }
                }
            }
        }
    }
}
