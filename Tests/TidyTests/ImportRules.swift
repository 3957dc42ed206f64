/// Which modules the Swift files of a folder may import. The compiler finds only what no dependency makes reachable.
enum ImportRules {
    private static let network = [
        "FlomWire", "FlomModel", "FlomSystem", "CFlomSystem", "Glibc", "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "NIOSSL",
        "NIOTLS", "Synchronization", "Dispatch",
    ]

    static let products: [String: [String]] = [
        "Migrations": [],
        "Sources/FlomModel": [],
        "Sources/FlomEngine": ["FlomModel"],
        "Sources/FlomCore": ["FlomEngine", "FlomModel"],
        "Sources/FlomWire": ["FlomModel"],
        "Sources/FlomSystem": ["CFlomSystem", "Glibc", "Synchronization"],
        "Sources/FlomStore": ["FlomModel", "FlomSystem", "Migrations", "CSQLite", "Glibc"],
        "Sources/FlomNetCore": ["FlomModel", "FlomSystem", "CFlomSystem", "Glibc", "Synchronization"],
        "Sources/FlomNet": network + ["FlomNetCore", "NIOHTTP1"],
        // No network: the fuzzer is built from these two.
        "Sources/FlomSettings": [
            "FlomNetCore", "FlomStore", "FlomEngine", "FlomModel", "FlomSystem", "CFlomSystem", "Glibc", "Synchronization",
        ],
        "Sources/FlomConfiguration": ["FlomModel", "FlomSystem", "Glibc"],
        "Sources/FlomOptions": [
            "FlomConfiguration", "FlomSettings", "FlomReports", "FlomStore", "FlomNetCore", "FlomWire", "FlomModel", "FlomSystem",
            "Glibc",
        ],
        "Sources/FlomDaemon": network + [
            "FlomCore", "FlomMonitor", "FlomStatusFiles", "FlomNetCore", "FlomSettings", "FlomEngine", "FlomStore", "FlomNet",
        ],
        "Sources/FlomMonitor": [
            "FlomNet", "FlomNetCore", "FlomOptions", "FlomReports", "FlomStore", "FlomModel", "FlomSystem", "CZlib",
        ],
        "Sources/FlomStatusFiles": ["FlomReports", "FlomModel", "FlomSystem", "CFuse", "Glibc", "Synchronization"],
        "Sources/FlomClient": [
            "FlomCore", "FlomModel", "FlomWire", "FlomNet", "FlomNetCore", "FlomSystem", "CFlomSystem", "Glibc",
            "Synchronization",
        ],
        "Sources/FlomLibrary": [
            "CFlomLibrary", "FlomClient", "FlomConfiguration", "FlomModel", "FlomNetCore", "FlomSystem", "FlomWire",
            "CFlomSystem", "Glibc",
            "Synchronization",
        ],
        "Sources/FlomReports": ["FlomModel", "FlomStore", "FlomSystem", "Glibc"],
        "Sources/flom": ["FlomCommand"],
        "Sources/FlomCommand": [
            "FlomClient", "FlomConfiguration", "FlomCore", "FlomOptions", "FlomSettings", "FlomDaemon", "FlomReports", "FlomNet",
            "FlomNetCore",
            "FlomStore", "FlomWire", "FlomModel", "FlomSystem", "CFlomSystem", "Glibc",
        ],
    ]

    /// Beside the product.
    static let verification: [String: [String]] = [
        "Verification/FlomTestKit": ["FlomRandom", "Foundation", "Glibc", "Synchronization"],
        "Verification/FlomLibraryProbe": ["FlomClient", "Glibc"],
        "Verification/FlomBench": ["FlomStore", "FlomEngine", "FlomModel", "Glibc", "Foundation"],
        "Verification/FlomMakeJournal": ["FlomStore", "FlomModel", "FlomRandom", "Glibc"],
        "Verification/FlomRandom": [],
        "Verification/FlomOracles": ["FlomModel", "Glibc"],
        "Verification/Fuzz": [
            "FlomFuzz", "FlomOptions", "FlomNetCore", "FlomStore", "FlomWire", "FlomModel", "FlomSystem", "FlomOracles", "Glibc",
        ],
        // It is to know nothing of what it judges.
        "Verification/FlomChecker": [],
        "Verification/FlomSimulator": ["FlomCore", "FlomEngine", "FlomModel", "FlomChecker", "FlomRandom"],
        "Verification/FlomSimulate": ["FlomSimulator", "FlomStore", "FlomModel", "Glibc"],
    ]

    static let allowed = products.merging(verification) { _, _ in preconditionFailure("a folder stands in both tables") }

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
            // Most lines are none, and the pattern is slow.
            guard line.utf8.firstRange(of: "import".utf8) != nil else { continue }
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

    /// The row that a path belongs to; nil if it is no file of a module.
    static func folder(of path: String) -> String? {
        let parts = path.split(separator: "/")
        if parts.first == "Migrations" { return "Migrations" }
        guard parts.first == "Sources" || parts.first == "Verification", parts.count > 2 else { return nil }
        return "\(parts[0])/\(parts[1])"
    }
}
