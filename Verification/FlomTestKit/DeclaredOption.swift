import Foundation

/// The options as the sources declare them, read by nothing of the product.
package struct DeclaredOption: Hashable {
    package let short: String?
    package let long: String

    package static func all() throws -> [DeclaredOption] {
        let folder = Program.repository + "/Sources/FlomOptions/Table"
        return Files.names(in: folder).sorted().flatMap { name in
            let text = Files.text(of: "\(folder)/\(name)") ?? ""
            let limits = text.matches(of: /\blimit\(\s*"([a-z-]+)",/).map {
                DeclaredOption(short: nil, long: "--limit-\($0.output.1)")
            }
            return limits
                + text.matches(of: /\bOption\(\s*(?:nil|"(.)"),\s*"([a-z-]+[a-z])"/).map {
                    DeclaredOption(short: $0.output.1.map { "-\($0)" }, long: "--\($0.output.2)")
                }
        }
    }

    /// The text of a suite of tests: of the table, and through the program in whichever room.
    package static func textOfTest(_ name: String) -> String {
        let tests = Program.repository + "/Tests"
        let rooms = Files.names(in: tests + "/EndToEndTests").map { "EndToEndTests/\($0)" } + ["FlomOptionsTests"]
        return rooms.compactMap { Files.text(of: "\(tests)/\($0)/\(name).swift") }.joined()
    }

    /// `[Group] Key` of each.
    package static func keys() -> Set<String> {
        let folder = Program.repository + "/Sources/FlomOptions/Table"
        return Set(
            Files.names(in: folder).flatMap { name in
                let text = Files.text(of: "\(folder)/\(name)") ?? ""
                let limits = text.matches(of: /\blimit\(\s*"[a-z-]+",\s*"([A-Z]\w+)"/).map { "[Limits] \($0.output.1)" }
                return limits
                    + text.matches(of: /\("([A-Z]\w+)", "([A-Z]\w+)"\)/).map { "[\($0.output.1)] \($0.output.2)" }
            })
    }
}
