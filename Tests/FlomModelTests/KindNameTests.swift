import FlomModel
import FlomRandom
import Testing

/// The grammar of names beyond the simple ones: section 1 of the semantics.
@Suite struct KindNameTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let accepted: [(text: String, kind: ResourceKind)] = [
        ("n[1]", .numeric(capacity: 1)), ("foo[007]", .numeric(capacity: 7)), ("N9[2147483647]", .numeric(capacity: .max)),
        ("a.b", .set(elements: [bytes("a"), bytes("b")])), ("a.a", .set(elements: [bytes("a"), bytes("a")])),
        ("S1.S2.x", .set(elements: [bytes("S1"), bytes("S2"), bytes("x")])),
        ("/a", .hierarchical(levels: [bytes("a")])), ("/a b/c d", .hierarchical(levels: [bytes("a b"), bytes("c d")])),
        ("/a.b[2]", .hierarchical(levels: [bytes("a.b[2]")])), ("/_s_x[1]", .hierarchical(levels: [bytes("_s_x[1]")])),
        ("/a/../b", .hierarchical(levels: [bytes("a"), bytes(".."), bytes("b")])), ("/é", .hierarchical(levels: [bytes("é")])),
        ("_s_a[1]", .sequence(isTransactional: false, capacity: 1)), ("_S_b2[3]", .sequence(isTransactional: true, capacity: 3)),
    ]

    @Test(arguments: accepted)
    func theKindFollowsFromTheName(text: String, kind: ResourceKind) throws {
        let name = try ResourceName(Self.bytes(text))
        #expect(name.kind == kind)
        #expect(name.description == text)
    }

    /// The text, and the offset of the first byte that does not belong.
    static let refused: [(text: String, offset: Int)] = [
        ("foo[-1]", 4), ("foo[+1]", 4), ("foo[]", 4), ("foo[1.5]", 5), ("foo[", 4), ("foo[1", 5), ("foo[1]x", 6), ("foo[0]", 4),
        ("foo[000]", 4), ("foo[2147483648]", 4), ("foo[4294967297]", 4), ("foo[99999999999999999999999999]", 4), ("foo[1]\n", 6),
        (".a", 0), ("a.", 2), ("a..b", 2), ("a.1", 2), ("a.b[2]", 3), ("a.b c", 3), ("a.b\nc", 3),
        ("/", 1), ("/a/", 3), ("//a", 1), ("/a//b", 3), ("/a\\b", 2), ("/a\nb", 2), ("/a\u{0}", 2),
        ("_s_a", 4), ("_s_1[1]", 3), ("_s_[1]", 3), ("_s_a.b[1]", 4), ("_S_a[0]", 5), ("_x_a[1]", 0), ("_s", 0), ("_T_%S[1]", 0),
        ("_t_[1]", 3), ("_t_%S", 5), ("_t_-%S[1]", 3), ("_t_1%S[1]", 3), ("_t_.%S[1]", 3), ("_t_%Y-%S[1]", 5), ("_t_%S%S/[1]", 7),
        ("_t_%S [1]", 5), ("_t_%S[0]", 6), ("_t_%Y[1]", 3), ("_t_plain[1]", 3), ("_t_%%S[1]", 3), ("_t_%[1]", 3), ("_t_%N[1]", 4),
        ("_t_%Es%S[1]", 5), ("_t_%#f%S[1]", 4), ("_t_%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c[1]", 3),
        ("_t_%S%352X[1]", 3), ("_t_%S%176z[1]", 3),
    ]

    @Test(arguments: refused)
    func noName(_ text: String, _ offset: Int) {
        let invalid = #expect(throws: ResourceName.Invalid.self) { try ResourceName(Self.bytes(text)) }
        #expect(invalid?.offset == offset, "\(invalid?.reason ?? "")")
        #expect(invalid?.reason.isEmpty == false)
        #expect(
            invalid?.isImpossiblePool == ["foo[0]", "foo[000]", "foo[2147483648]", "foo[4294967297]"].contains(text)
                || text.count > 30)
    }

    @Test func pathsOfOneRootAreOneResource() throws {
        let names = try ["/a", "/a/b", "/a/c/d", "/ab", "a", "a.b", "b.a", "n[2]", "n[02]"].map {
            try ResourceName(Self.bytes($0))
        }
        #expect(names.map(\.identity.description) == ["/a", "/a", "/a", "/ab", "a", "a.b", "b.a", "n[2]", "n[02]"])
        #expect(Set(names).count == names.count)
    }

    /// Granule and cycle in microseconds: the finest unit that the text really shows, and when texts come round.
    static let stamps: [(format: String, granule: Int64, cycle: Int64?)] = {
        let second: Int64 = 1_000_000
        let day = 86_400 * second
        return [
            ("%Y%m%d%H%M%S#ffffff", 1, nil), ("%Y%m%d.%H%M%S.#fff", 1000, nil), ("%c#f", 100_000, nil), ("%s", second, nil),
            ("%Y%m%d%H%M%S", second, nil), ("%D%T", second, nil), ("%F%R", 60 * second, nil), ("%Y%j%H", 3600 * second, nil),
            ("%T", second, day), ("%H:%M", 60 * second, day), ("%M", 60 * second, 3600 * second), ("%S", second, 60 * second),
            ("%S\\%M", second, 3600 * second), ("%I", 3600 * second, day / 2), ("%r", second, day), ("#f", 100_000, second),
            ("%d%H", 3600 * second, 28 * day), ("%m%d%X", second, 365 * day), ("%G%V%u%H", 3600 * second, nil),
            ("%Y%V%u%H", 3600 * second, 350 * day), ("%a%H", 3600 * second, 7 * day), ("%OS%EY", second, 60 * second),
            ("%%S%S", second, 60 * second), ("%k", 3600 * second, day),
        ]
    }()

    @Test(arguments: stamps)
    func granules(format: String, granule: Int64, cycle: Int64?) throws {
        guard case .timestamp(let parsed, 1) = try ResourceName(Self.bytes("_t_\(format)[1]")).kind else {
            Issue.record("no time stamp")
            return
        }
        #expect(parsed.granuleMicroseconds == granule)
        #expect(parsed.cycleMicroseconds == cycle)
    }

    @Test func fractionsAreDigitsBeforeStrftimeSeesThem() throws {
        guard case .timestamp(let format, _) = try ResourceName(Self.bytes("_t_%S#f#fff#ffffffff##f#[1]")).kind else { return }
        #expect(String(decoding: format.pattern(microseconds: 123_456), as: UTF8.self) == "%S.1.123.123456ff#.1#")
        #expect(String(decoding: format.pattern(microseconds: 7), as: UTF8.self) == "%S.0.000.000007ff#.0#")
    }

    /// Whatever the bytes: no trap, and what is accepted is read again as itself, prefix by prefix of the grammar.
    @Test func anyBytes() {
        var random = SeededRandom(seed: 11)
        let alphabet = Array("aS1_st[]./%#fHM0\\\n \u{E9}".utf8)
        var accepted = 0
        for _ in 0..<200_000 {
            let start = random.pick(["", "/", "_s_", "_S_a", "_t_%S", "a[", "a.", "_t_#"])
            let bytes =
                Array(start.utf8) + (0..<random.below(9)).map { _ in random.pick(alphabet[...]) }
                + (random.chance(percent: 40) ? Array("[1]".utf8) : [])
            do {
                let name = try ResourceName(bytes)
                accepted += 1
                if name.bytes != bytes || bytes.contains(10) { Issue.record("\(bytes)") }
            } catch {
                if error.offset < 0 || error.offset > bytes.count { Issue.record("\(bytes): \(error)") }
            }
        }
        #expect(accepted > 10_000)
    }
}
