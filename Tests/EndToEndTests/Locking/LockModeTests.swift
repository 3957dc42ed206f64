import FlomTestKit
import Testing

/// The six modes and their matrix, with the built command.
@Suite struct LockModeTests {
    /// Row: held mode; column: requested mode.
    private static let matrix = """
        held NL CR CW PR PW EX
        NL   +  +  +  +  +  +
        CR   +  +  +  +  +  -
        CW   +  +  +  -  -  -
        PR   +  +  -  +  -  -
        PW   +  +  -  -  -  -
        EX   +  -  -  -  -  -
        """.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }

    @Test(arguments: matrix.dropFirst())
    func modesExcludeEachOtherAsTheMatrixSays(row: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R", options: "-l", row[0])
        for (asked, cell) in zip(Self.matrix[0], row).dropFirst() {
            let outcome = try await box.flom("-r", "R", "-l", asked, "-o", "0", "--", "true")
            #expect(outcome.status == (cell == "+" ? 0 : 98), "held \(row[0]), asked \(asked): \(outcome)")
        }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.history(of: "R").map(\.mode) == [row[0]] + Self.matrix[0].dropFirst())
    }

    private static let spellings = [
        ("NL", "NL"), ("nl", "NL"), ("NullLock", "NL"), ("CR", "CR"), ("ConcurrentRead", "CR"), ("CW", "CW"),
        ("concurrentwrite", "CW"), ("pR", "PR"), ("ProtectedRead", "PR"), ("PW", "PW"), ("PROTECTEDWRITE", "PW"), ("EX", "EX"),
        ("Exclusive", "EX"),
    ]

    @Test func bothSpellingsOfAModeCountInAnyCase() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for (spelling, _) in Self.spellings {
            let outcome = try await box.flom("-r", "R", "-l", spelling, "--", "sh", "-c", "echo $FLOM_LOCK_MODE")
            #expect(outcome.status == 0, "\(spelling): \(outcome)")
        }
        #expect(try await box.history(of: "R").map(\.mode) == Self.spellings.map(\.1))
    }

    @Test func withoutModeTheLockIsExclusive() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "R", "--", "sh", "-c", "echo $FLOM_LOCK_MODE").output == "EX\n")
    }

    @Test(arguments: ["", "EXNL", "R", "Shared", "5", "private", "EX "])
    func anyOtherWordIsRefusedAndTheAcceptedOnesAreNamed(word: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", "R", "-l", word, "--", "echo", "ran")
        #expect(outcome.status == 99 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("lock-mode") && outcome.errors.contains("'\(word)'"), "\(outcome)")
        #expect(outcome.errors.contains("PW (ProtectedWrite)"), "\(outcome)")
        #expect(!Files.exists(box.socket) && !Files.exists(box.record))
    }
}
