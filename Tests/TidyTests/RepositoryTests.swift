import Testing

/// The repository as it is now.
@Suite struct RepositoryTests {
    private let repository = Repository.here
    private var manifest: Manifest { Manifest(text: repository.text("Package.swift")) }

    private func isSwift(_ path: String) -> Bool { path.hasSuffix(".swift") }
    private func isSource(_ path: String) -> Bool { path.hasPrefix("Sources/") || path.hasPrefix("Verification/") }

    /// A reader that finds nothing would find nothing wrong.
    @Test func itIsReadFromItsRoot() {
        #expect(repository.files.contains { $0.path == "Package.swift" })
        #expect(repository.files(under: "Sources/FlomEngine").count > 5)
        #expect(repository.files(under: "Tests/TidyTests").count > 3)
        #expect(!manifest.targets.isEmpty)
        #expect(!manifest.embedded.isEmpty)
    }

    @Test func importsAreThoseOfTheTable() {
        expectNone(repository.complaints(about: isSwift) { ImportRules.complaints(path: $0, text: $1) })
    }

    @Test func dependenciesAreThoseThatAreImported() {
        let targets = manifest.swiftTargets
        #expect(targets.count > 30)
        for target in targets {
            // A target may have its folder in that of another one.
            let inner = targets.map(\.folder).filter { $0.hasPrefix(target.folder + "/") }
            let files = repository.files(under: target.folder).filter { file in
                isSwift(file.path) && !inner.contains { file.path.hasPrefix($0 + "/") }
            }
            #expect(!files.isEmpty || ["CFlomSystem", "CFlomLibrary", "flom-floor"].contains(target.name), "\(target.folder)")
            let imports = Set(files.flatMap { ImportRules.imports(in: repository.text($0.path)).map(\.module) })
            expectNone(manifest.differentDependencies(of: target, imports: imports))
        }
    }

    @Test func noProductUsesFoundation() {
        let modules = ImportRules.products.values.joined()
        #expect(modules.allSatisfy { !$0.hasPrefix("Foundation") })
    }

    @Test func everyFolderOfSourcesIsATarget() {
        // Packages and data of their own.
        let others: Set = ["Verification/Fuzz", "Verification/Chaos", "Verification/Monitor", "Verification/PlantedBugs"]
        let folders = ["Sources", "Verification"].flatMap { top in repository.subfolders(of: top).map { "\(top)/\($0)" } }
        #expect(folders.count > 10)
        expectNone(manifest.undeclared(folders: folders.filter { !others.contains($0) }))
    }

    /// docs/architecture.md has one row for each folder, with the modules of ours that it may import.
    @Test func theFolderTableIsTrue() {
        let rows = repository.text("docs/architecture.md").matches(of: /\n\| `([^`]+)` \| [^|]+ \| ([^|]*) \|/)
        let stated = Dictionary(rows.map { (String($0.output.1), String($0.output.2)) }, uniquingKeysWith: { first, _ in first })
        #expect(stated.count > 10)
        for (folder, modules) in ImportRules.allowed {
            let ours = modules.filter { $0.hasPrefix("Flom") || $0 == "Migrations" }
            #expect(stated[folder] == (ours.isEmpty ? "–" : ours.joined(separator: ", ")), "the row of \(folder)")
        }
    }

    @Test func migrationsAreEmbeddedAndListed() {
        let files = repository.files(under: "Migrations").map { String($0.path.dropFirst("Migrations/".count)) }
        expectNone(
            manifest.differentMigrations(
                files: files.filter { $0.hasSuffix(".sql") },
                table: Manifest.migrationTable(in: repository.text("Migrations/Migrations.swift"))))
    }

    @Test func noSourceIsTooLong() { expectNone(repository.complaints(about: isSource, Tidy.tooLong)) }

    @Test func whiteSpaceIsTidy() { expectNone(repository.complaints(about: isSwift, Tidy.untidyWhiteSpace)) }

    @Test func noPathOfOneMachine() { expectNone(repository.complaints(about: { _ in true }, Tidy.absolutePaths)) }

    @Test func noPromisesInSources() { expectNone(repository.complaints(about: isSource, Tidy.promises)) }

    @Test func commentsAreInPlainEnglish() {
        // The tidy tests themselves have bad samples.
        let isClean = { (path: String) in path.hasSuffix(".swift") && !path.hasPrefix("Tests/TidyTests/") }
        expectNone(repository.complaints(about: isClean, Tidy.oddEnglish))
    }

    @Test func theRulesAreFullOfAssertions() {
        for folder in ["Sources/FlomEngine", "Sources/FlomCore"] {
            let texts = repository.files(under: folder).filter { isSwift($0.path) }.compactMap(\.text)
            #expect(texts.count > 3)
            expectNone(Tidy.tooFewAssertions(folder: folder, texts: texts))
        }
    }

    @Test func everyToolCanBeExecuted() {
        // What ends in .sh is sourced by the others.
        let tools = repository.files(under: "tools").filter { !$0.path.hasSuffix(".sh") }
        expectNone(tools.flatMap { Tidy.notExecutable(path: $0.path, permissions: $0.permissions) })
    }

    /// What docs/testing.md says that a test shows.
    @Test func theTestsOfTheSituationsAreThere() {
        let tests = repository.files(under: "Tests").filter { isSwift($0.path) }.compactMap(\.text)
        let rows = repository.text("docs/testing.md").split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix("` |") }
        let names = rows.flatMap { $0.split(separator: "|").last?.split(separator: "`").filter { $0.contains("Tests") } ?? [] }
        #expect(names.count > 50)
        for name in names {
            let parts = name.split(separator: ".")
            let isThere = tests.contains { text in
                (text.contains("struct \(parts[0])") || text.contains("class \(parts[0])"))
                    && (parts.count == 1 || text.contains("func \(parts[1])("))
            }
            #expect(isThere, "there is no test \(name)")
        }
    }

    private func expectNone(_ complaints: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for complaint in complaints { Issue.record(Comment(rawValue: complaint), sourceLocation: sourceLocation) }
    }
}
