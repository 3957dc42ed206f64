import Testing

@testable import FlomStore

@Suite struct TextSearchTests {
    private func matches(_ name: String, _ pattern: String) -> Bool {
        Array(name.utf8).withUnsafeBytes { name in
            Array(pattern.utf8).withUnsafeBytes { TextSearch.matches(name, $0) }
        }
    }

    @Test(arguments: [
        ("db", "db", true), ("db", "d?", true), ("db", "*", true), ("", "*", true), ("", "", true), ("db", "", false),
        ("backup.daily", "back*daily", true), ("backup.daily", "*up*ai*", true), ("backup", "*down*", false),
        ("R[3]", "R[3]", true), ("R3", "R[3]", false), ("ab", "?", false), ("ab", "???", false), ("aXbXc", "a*Xc", true),
    ])
    func patterns(name: String, pattern: String, isMatch: Bool) {
        #expect(matches(name, pattern) == isMatch)
    }

    /// A pattern that makes a search with backtracking over every star take for ever.
    @Test func noPatternTakesLong() {
        let name = String(repeating: "a", count: 10_000)
        #expect(!matches(name, String(repeating: "a*", count: 100) + "b"))
    }
}
