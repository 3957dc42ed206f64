import Testing

/// Every check complains of a bad sample, and of nothing in a good one.
@Suite struct CheckTests {
    static let imports: [(text: String, modules: [String])] = [
        ("import Glibc", ["Glibc"]),
        ("internal import FlomEngine", ["FlomEngine"]),
        ("package import NIOCore // for the loop", ["NIOCore"]),
        ("@testable import FlomEngine", ["FlomEngine"]),
        ("@preconcurrency internal import Foundation", ["Foundation"]),
        ("@_spi(Testing) import FlomStore", ["FlomStore"]),
        ("    import struct Foundation.URL", ["Foundation"]),
        ("public import func Glibc.open", ["Glibc"]),
        ("import A; import B", ["A", "B"]),
        ("#if os(Linux)\nimport Glibc\n#endif", ["Glibc"]),
        ("// import Foundation", []),
        ("let important = 1\nimportant(x)", []),
        ("#if canImport(Foundation)", []),
        ("/// Types that import Foundation are not for us.", []),
        ("reimport Foundation", []),
    ]

    @Test(arguments: imports)
    func importsAreFound(text: String, modules: [String]) {
        #expect(ImportRules.imports(in: text).map(\.module) == modules)
    }

    @Test func importsOutsideTheTable() {
        func complaints(_ path: String, _ text: String) -> [String] { ImportRules.complaints(path: path, text: text) }
        #expect(complaints("Sources/FlomEngine/Queue/Lane.swift", "import FlomWire").count == 1)
        #expect(
            complaints("Sources/FlomEngine/Queue/Lane.swift", "\nimport Glibc") == [
                "Sources/FlomEngine/Queue/Lane.swift:2: Sources/FlomEngine must not import Glibc"
            ])
        #expect(complaints("Sources/FlomStore/Journal.swift", "import FlomNet").count == 1)
        #expect(complaints("Sources/FlomCommand/Run/Command.swift", "internal import NIOCore").count == 1)
        #expect(complaints("Sources/flom/main.swift", "internal import FlomDaemon").count == 1)
        #expect(complaints("Verification/FlomTestKit/Clock.swift", "import FlomStore").count == 1)
        #expect(complaints("Migrations/Migrations.swift", "import FlomStore").count == 1)
        #expect(complaints("Sources/Elsewhere/File.swift", "").count == 1)
        for folder in ImportRules.products.keys {
            #expect(complaints("\(folder)/File.swift", "import Foundation").count == 1)
            #expect(complaints("\(folder)/File.swift", "import FoundationEssentials").count == 1)
        }
        #expect(complaints("Sources/FlomWire/Messages/Messages.swift", "package import FlomModel").isEmpty)
        #expect(complaints("Sources/FlomNet/Client/UnixConnector.swift", "internal import Glibc").isEmpty)
        #expect(complaints("Tests/TidyTests/Repository.swift", "import Foundation").isEmpty)
        #expect(complaints("Sources/CFlomSystem/process.c", "import Foundation").isEmpty)
    }

    @Test func targetsOfTheManifest() {
        let manifest = Manifest(
            text: """
                .target(name: "A", dependencies: ["Z"]),
                .executableTarget(
                    name: "B",
                ),
                .systemLibrary(name: "C", pkgConfig: "c"), .product(name: "D", package: "d"),
                .testTarget(name: "E"),
                .executableTarget(name: "f-tool", path: "Sources/F"),
                // .target(name: "G"),
                """)
        #expect(manifest.targets == ["A", "B", "C", "E", "f-tool"])
        #expect(manifest.undeclared(folders: ["Sources/A", "Sources/B", "Sources/C", "Sources/F"]).isEmpty)
        #expect(manifest.undeclared(folders: ["Sources/A", "Sources/D", "Sources/G", "Sources/Z"]).count == 3)
    }

    @Test func dependenciesOfTheManifest() {
        let manifest = Manifest(
            text: """
                let net: [Target.Dependency] = [
                    .product(name: "N", package: "n"), .product(name: "M", package: "n"),
                ]
                .target(name: "A", swiftSettings: strict),
                .target(name: "B", dependencies: ["A"] + net, path: "Elsewhere/B", swiftSettings: strict),
                .testTarget(
                    name: "C",
                    dependencies: [
                        "A", "B",
                    ],
                    swiftSettings: strict
                ),
                """)
        let targets = manifest.swiftTargets
        #expect(
            targets == [
                .init(name: "A", folder: "Sources/A", dependencies: []),
                .init(name: "B", folder: "Elsewhere/B", dependencies: ["A", "N", "M"]),
                .init(name: "C", folder: "Tests/C", dependencies: ["A", "B"]),
            ])
        #expect(manifest.differentDependencies(of: targets[1], imports: ["A", "N", "M", "Glibc"]).isEmpty)
        #expect(manifest.differentDependencies(of: targets[1], imports: ["A", "N", "C"]).count == 2)
    }

    @Test func migrationsThatDiffer() {
        let manifest = Manifest(
            text: """
                .embedInCode("V0001_a.sql"),
                .embedInCode( "V0002_b.sql" ),
                // .embedInCode("V0003_c.sql"),
                """)
        let table = Manifest.migrationTable(in: #"fileName: "V0001_a.sql", x), f(fileName: "V0002_b.sql")"#)
        let files = ["V0002_b.sql", "V0001_a.sql"]
        #expect(manifest.differentMigrations(files: files, table: table).isEmpty)
        #expect(manifest.differentMigrations(files: files + ["V0003_c.sql"], table: table).count == 2)
        #expect(manifest.differentMigrations(files: ["V0001_a.sql"], table: ["V0001_a.sql"]).count == 1)
        #expect(manifest.differentMigrations(files: files, table: files).count == 1)
    }

    @Test func longFiles() {
        let lines = String(repeating: "x\n", count: Tidy.longestFile)
        #expect(Tidy.tooLong(path: "f", text: lines).isEmpty)
        #expect(Tidy.tooLong(path: "f", text: lines + "x").count == 1)
        #expect(Tidy.tooLong(path: "f", text: lines + "x\n") == ["f has 401 lines, more than 400"])
    }

    @Test func whiteSpace() {
        #expect(Tidy.untidyWhiteSpace(path: "f", text: "a\n\n    b\n").isEmpty)
        #expect(Tidy.untidyWhiteSpace(path: "f", text: "a \nb") == ["f:1: white space at the end"])
        #expect(Tidy.untidyWhiteSpace(path: "f", text: "a\n\u{9}b") == ["f:2: a tab"])
        #expect(Tidy.untidyWhiteSpace(path: "f", text: "a\n    \nb").count == 1)
        #expect(Tidy.untidyWhiteSpace(path: "f", text: "a\r\nb").count == 1)
    }

    /// The names are put together here, or this file would be one of the bad samples.
    @Test(arguments: ["work", "home", "root"])
    func pathsOfOneMachine(_ place: String) {
        func complaints(_ text: String) -> Int { Tidy.absolutePaths(path: "f", text: text).count }
        #expect(complaints("/\(place)/x") == 1)
        #expect(complaints("a\nsee '/\(place)/x'\n\"/\(place)/y\"") == 2)
        #expect(complaints("cd /\(place)/x && ls") == 1)
        #expect(complaints("path=/\(place)/.config") == 1)
        #expect(complaints("file:///\(place)/x is caught as a URL of a file? no") == 0)
        #expect(complaints("docs/\(place)/x, ~/\(place)/x, ${HOME}/\(place)/x, /srv/\(place)/x, \(place)/x") == 0)
        #expect(complaints("/\(place)ers/x, /\(place) and /\(place)/") == 0)
    }

    @Test func promisesInsteadOfWork() {
        for word in ["TODO", "FIXME", "XXX"] {
            #expect(Tidy.promises(path: "f", text: "// \(word): later").count == 1)
            #expect(Tidy.promises(path: "f", text: "x\n/* \(word) */") == ["f:2: /* \(word) */"])
        }
        #expect(Tidy.promises(path: "f", text: "let template = \"name-XXXXXX\" // mastodon, TODOS").isEmpty)
    }

    @Test func tools() {
        #expect(Tidy.notExecutable(path: "tools/run", permissions: 0o755).isEmpty)
        #expect(Tidy.notExecutable(path: "tools/run", permissions: 0o644) == ["tools/run cannot be executed: mode 644"])
        #expect(Tidy.notExecutable(path: "tools/run", permissions: 0o744).count == 1)
    }

    @Test func oddEnglish() {
        func complaints(_ text: String) -> Int { Tidy.oddEnglish(path: "f", text: text).count }
        for beginning in [
            "Of all of them.", "So many are kept.", "So long it waits.", "Those that wait.", "With what it begins.",
            "To be called once a second.", "What of it is there.",
        ] {
            #expect(complaints("    /// \(beginning)\n    var x = 1") == 1)
            #expect(complaints("    /// The holders.\n    /// \(beginning)") == 0, "it begins no comment")
            #expect(complaints("    // \(beginning)") == 0, "it documents nothing")
        }
        #expect(complaints("/// Offers of a lock.\n/// Those. ") == 0)
        let men = ["he", "his", "him", "himself", "He"]
        for man in men { #expect(complaints("// \(man) waits") == 1) }
        #expect(complaints("// the hero's history, this, chimney") == 0)
    }

    @Test func commentsAboutAnybody() {
        func complaints(_ text: String, in path: String = "Sources/f") -> Int { Tidy.oddEnglish(path: path, text: text).count }
        for words in ["Whoever comes", "for whoever comes", "Somebody waits", "for somebody else", "a daemon of ours"] {
            #expect(complaints("    /// It is there, \(words).\n    let x = 1") == 1)
            #expect(complaints("        // It is there, \(words).") == 1)
            #expect(complaints("    let text = \"\(words)\"") == 0, "no comment")
            #expect(complaints("/// It is there, \(words).", in: "Tests/f") == 0)
        }
        #expect(complaints("/// Hours of 60 minutes.") == 0)
    }

    @Test func assertions() {
        func complaints(_ texts: [String]) -> Int { Tidy.tooFewAssertions(folder: "f", texts: texts).count }
        let code = Array(repeating: "let x = 1", count: 24).joined(separator: "\n")
        #expect(complaints([code + "\nprecondition(x)"]) == 0)
        #expect(complaints([code + "\n// precondition(x)\nlet y = 2"]) == 1)
        #expect(complaints([code, code, "precondition(x)\npreconditionFailure(y)\n\n// words"]) == 0)
        #expect(complaints([code, code, "assert(x)\nassertionFailure(y)"]) == 1)
    }
}
