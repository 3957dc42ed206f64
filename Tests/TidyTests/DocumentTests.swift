import Testing

/// The pages as they are now.
@Suite struct DocumentTests {
    private let repository = Repository.here
    private var paths: Set<String> { Set(repository.files.map(\.path)) }
    private var migrations: [String] {
        repository.files(under: "Migrations").map { String($0.path.dropFirst("Migrations/".count)) }.filter {
            $0.hasSuffix(".sql")
        }
    }

    private func isPage(_ path: String) -> Bool {
        (path.hasPrefix("docs/") || !path.contains("/")) && path.hasSuffix(".md")
    }

    @Test func everyPathOfAPageExists() {
        let pages = repository.files.filter { isPage($0.path) }
        #expect(pages.count > 20)
        let paths = paths
        let complaints = repository.complaints(about: isPage) { Documents.deadPaths(path: $0, text: $1, files: paths) }
        for complaint in complaints { Issue.record("\(complaint)") }
    }

    /// A file that has moved is missed by programs that name it in a text.
    @Test func everyPathOfAToolOrATestExists() {
        let paths = paths
        func isMeant(_ path: String) -> Bool { path.hasPrefix("tools/") || path.hasPrefix("Tests/EndToEndTests/") }
        let complaints = repository.complaints(about: isMeant) { Documents.deadProgramPaths(path: $0, text: $1, files: paths) }
        for complaint in complaints { Issue.record("\(complaint)") }
    }

    @Test func everyPageIsInItsIndex() {
        for folder in ["docs", "docs/use-cases"] {
            let pages = paths.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".md") }.map {
                String($0.dropFirst(folder.count + 1))
            }
            .filter { !$0.contains("/") && $0 != "README.md" }
            #expect(pages.count > 15)
            for complaint in Documents.unlisted(pages: pages, index: repository.text("\(folder)/README.md")) {
                Issue.record("\(folder)/README.md: \(complaint)")
            }
        }
    }

    /// The version of the schema is the number of the newest migration.
    @Test func thePagesKnowTheVersionOfTheSchema() {
        let version = migrations.count
        #expect(version >= 11)
        #expect(migrations.allSatisfy { $0.firstMatch(of: /^V\d{4}_/) != nil })
        #expect(repository.text("docs/journal.md").contains("this page describes version \(version)."))
        let shown = repository.text("docs/doctor.md").matches(of: /schema (\d+)/).map { String($0.output.1) }
        #expect(!shown.isEmpty && shown.allSatisfy { $0 == String(version) }, "docs/doctor.md shows schema \(shown)")
    }

    /// docs/journal.md says what each version of the schema has brought.
    @Test func everyMigrationIsDescribed() {
        let page = repository.text("docs/journal.md")
        for file in migrations { #expect(page.contains("`\(file)`"), "docs/journal.md does not describe \(file)") }
    }

    /// docs/logging.md has a row for every number of the log.
    @Test func everyNumberOfTheLogIsDescribed() {
        let page = repository.text("docs/logging.md")
        let numbers = repository.text("Sources/FlomDaemon/Log/LogID.swift").matches(of: /"(FLM\d{3}[A-Z])"/)
        #expect(numbers.count > 40)
        for number in numbers { #expect(page.contains(number.output.1), "docs/logging.md does not describe \(number.output.1)") }
    }

    /// A type, a test or a key that a page names stands somewhere else, too. So a name that changes changes in the pages.
    @Test func everyNameOfAPageExists() {
        let systemd: Set = ["KillMode", "BindPaths"]
        var known = systemd
        for file in repository.files where !file.path.hasSuffix(".md") {
            known.formUnion(file.path.split { $0 == "/" || $0 == "." }.map(String.init))
            known.formUnion(Documents.camelCaseWords(file.text ?? ""))
        }
        for page in repository.files where isPage(page.path) {
            for name in Documents.quotedNames(page.text ?? "") where !known.contains(name) {
                Issue.record("\(page.path): nothing has the name \(name)")
            }
        }
    }

    /// The walks of docs/architecture.md name files and functions that are there, in at most nine steps each.
    @Test func everyStepOfTheWalksExists() {
        let steps = WalkStep.steps(of: repository.text("docs/architecture.md"))
        #expect(steps.count > 15)
        for step in steps {
            #expect(step.isIn(repository.text(step.file)), "\(step.file) has no \(step.type).\(step.function)")
        }
    }

    /// A word of the glossary leads to a type that is there.
    @Test func everyTypeOfTheGlossaryExists() {
        let rows = GlossaryRow.rows(of: repository.text("docs/glossary.md"))
        #expect(rows.count > 20)
        for row in rows {
            #expect(!row.types.isEmpty && !row.files.isEmpty, "the row of \(row.word)")
            for file in row.files { #expect(paths.contains(file), "the row of \(row.word): there is no \(file)") }
            for type in row.missing(in: repository.text) {
                Issue.record("the row of \(row.word): \(row.files.joined(separator: ", ")) has no \(type)")
            }
        }
    }
}

/// Every check of pages complains of a bad sample, and of nothing in a good one.
@Suite struct DocumentCheckTests {
    @Test func linksThatLeadNowhere() {
        let files: Set = ["docs/a.md", "docs/b/c.md", "README.md"]
        func complaints(_ text: String, in page: String = "docs/a.md") -> Int {
            Documents.deadPaths(path: page, text: text, files: files).count
        }
        #expect(complaints("[x](b/c.md), [y](../README.md#part), [z](https://example.org/q), [w](#here)") == 0)
        #expect(complaints("[x](../docs/b/c.md)", in: "docs/b/c.md") == 1)
        #expect(complaints("[x](../a.md)", in: "docs/b/c.md") == 0)
        #expect(complaints("[x](c.md)") == 1)
        #expect(complaints("[x](../../outside.md)") == 1)
    }

    @Test func pathsThatAreNotThere() {
        let files: Set = ["Sources/FlomEngine/Kinds/Kind.swift", "tools/run"]
        func complaints(_ text: String) -> Int { Documents.deadPaths(path: "docs/a.md", text: text, files: files).count }
        #expect(complaints("`Sources/FlomEngine/Kinds`, `tools/run -r x`, `FlomEngine/Kinds/`, `a/b`, `/srv/db`") == 0)
        #expect(complaints("`Sources/FlomEngine/Kin`") == 1)
        #expect(complaints("`tools/walk` and `tools/walk --fast`") == 2)
        #expect(complaints("`FlomEngine/Rules`") == 1)
        #expect(complaints("`Migrations/V00NN_word.sql`") == 0)
    }

    @Test func namesBetweenBackticks() {
        #expect(
            Documents.quotedNames("`LockMode.short` and `Engine` beside LockPart, `-d`, `x(QueuePolicy)`") == [
                "LockMode", "QueuePolicy",
            ])
        #expect(Documents.camelCaseWords("let lockMode = LockMode(1) // Lock, TLSSettings, TLS") == ["LockMode", "TLSSettings"])
    }

    @Test func pathsOfPrograms() {
        func complaints(_ text: String) -> Int {
            Documents.deadProgramPaths(path: "tools/a", text: text, files: ["tools/run", "Sources/A/B.swift"]).count
        }
        #expect(complaints("\"$root/tools/run\" $root/Sources \"$root/Sources/A/$name\" $root/.build/x") == 0)
        #expect(complaints("cat \"$root/Sources/B.swift\"") == 1)
        #expect(complaints("Program.repository + \"/tools/run\"") == 0)
        #expect(complaints("Program.repository + \"/tools/walk\"") == 1)
    }

    @Test func pagesThatTheIndexForgets() {
        #expect(Documents.unlisted(pages: ["a.md", "b.md"], index: "[a](a.md) and [b](b.md)").isEmpty)
        #expect(Documents.unlisted(pages: ["a.md", "b.md"], index: "[a](a.md) and b.md") == ["the index has no link to b.md"])
    }

    @Test func stepsOfAWalk() {
        let text =
            "| | what | file | function |\n| 1 | It begins. | `Sources/A/B.swift` | `B.begin` |\n| 2 | It ends. | `C.swift` | `C.init` |"
        let steps = [
            WalkStep(file: "Sources/A/B.swift", type: "B", function: "begin"),
            WalkStep(file: "C.swift", type: "C", function: "init"),
        ]
        #expect(WalkStep.steps(of: text) == steps)
        #expect(steps[0].isIn("extension B {\n    func begin() {}"))
        #expect(!steps[0].isIn("extension B {\n    func beginning() {}"))
        #expect(!steps[0].isIn("extension Bee {\n    func begin() {}"))
        #expect(steps[1].isIn("struct C {\n    init(x: Int) {}"))
    }

    @Test func rowsOfTheGlossary() {
        let text = """
            | word | meaning | type | file |
            |---|---|---|---|
            | lock | what one has | `Lock`, `Lock.Part` | `Sources/A/Lock.swift` |
            """
        let row = GlossaryRow(word: "lock", types: ["Lock", "Lock.Part"], files: ["Sources/A/Lock.swift"])
        #expect(GlossaryRow.rows(of: text) == [row])
        #expect(row.missing { _ in "package struct Lock {\n    enum Part {}" }.isEmpty)
        #expect(row.missing { _ in "struct Lock {}\nstruct Partial {}" } == ["Lock.Part"])
        #expect(row.missing { _ in "struct Locked {}" } == ["Lock", "Lock.Part"])
    }
}
