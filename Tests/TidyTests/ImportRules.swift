/// Which modules the Swift files of a folder may import. The compiler finds only what no dependency makes reachable.
enum ImportRules {
    private static let network = [
        "FlomWire", "FlomEngine", "FlomSystem", "CFlomSystem", "Glibc", "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "NIOSSL",
        "NIOTLS",
        "NIOEmbedded", "Synchronization",
    ]

    static let allowed: [String: [String]] = [
        "Migrations": [],
        "Sources/FlomEngine": [],
        "Sources/FlomWire": ["FlomEngine"],
        "Sources/FlomSystem": ["CFlomSystem", "Glibc"],
        "Sources/FlomStore": ["FlomEngine", "FlomSystem", "Migrations", "CSQLite", "Glibc"],
        "Sources/FlomNet": network,
        "Sources/FlomDaemon": network + ["FlomStore", "FlomNet"],
        "Sources/FlomReports": ["FlomEngine", "FlomStore", "FlomSystem", "Glibc"],
        "Sources/flom": ["FlomCommand"],
        "Sources/FlomCommand": [
            "FlomDaemon", "FlomReports", "FlomNet", "FlomStore", "FlomWire", "FlomEngine", "FlomSystem", "CFlomSystem", "Glibc",
        ],
        // Not products.
        "Sources/FlomTestKit": ["FlomRandom", "Foundation", "Glibc", "Synchronization"],
        "Sources/FlomBench": ["FlomStore", "FlomEngine", "Glibc", "Foundation"],
        "Sources/FlomMakeJournal": ["FlomStore", "FlomEngine", "FlomRandom", "Glibc"],
        "Sources/FlomRandom": [],
        // It is to know nothing of what it judges.
        "Sources/FlomChecker": [],
        "Sources/FlomSimulator": ["FlomEngine", "FlomChecker", "FlomRandom"],
        "Sources/FlomSimulate": ["FlomSimulator", "FlomStore", "FlomEngine", "Glibc"],
    ]

    static let notProducts: Set<String> = [
        "Sources/FlomTestKit", "Sources/FlomBench", "Sources/FlomMakeJournal", "Sources/FlomRandom", "Sources/FlomChecker",
        "Sources/FlomSimulator",
        "Sources/FlomSimulate",
    ]

    /// The modules that a Swift text imports, with their line numbers.
    static func imports(in text: String) -> [(line: Int, module: String)] {
        // Attributes, access, the word, a kind of declaration, and the module up to its first dot.
        let importStatement =
            #/
            \s* (?: @\w+ (?: \( [^)]* \) )? \s+ )*
            (?: (?: public | package | internal | fileprivate | private ) \s+ )?
            import \s+
            (?: (?: struct | class | enum | protocol | typealias | func | var | let | actor ) \s+ )?
            (\w+) (?: \. [\w.]+ )? \s*
            /#
        var found: [(line: Int, module: String)] = []
        for (number, line) in Tidy.lines(text).enumerated() {
            let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
            for statement in code.split(separator: ";") {
                guard let match = statement.wholeMatch(of: importStatement) else { continue }
                found.append((number + 1, String(match.output.1)))
            }
        }
        return found
    }

    /// What a file of this path imports and should not. A folder without a row may import nothing at all.
    static func complaints(path: String, text: String, allowed: [String: [String]] = allowed) -> [String] {
        guard path.hasSuffix(".swift"), let folder = folder(of: path) else { return [] }
        guard let modules = allowed[folder] else { return ["\(path): folder \(folder) has no row in the table of imports"] }
        return imports(in: text).filter { !modules.contains($0.module) }.map { line, module in
            "\(path):\(line): \(folder) must not import \(module)"
        }
    }

    /// The row that a path belongs to; nil if it is neither a source nor a migration.
    static func folder(of path: String) -> String? {
        let parts = path.split(separator: "/")
        if parts.first == "Migrations" { return "Migrations" }
        guard parts.first == "Sources", parts.count > 2 else { return nil }
        return "Sources/\(parts[1])"
    }
}
