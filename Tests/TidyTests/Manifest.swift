/// What `Package.swift` says, as far as the tidy tests ask.
struct Manifest {
    let text: String

    var targets: Set<String> {
        let declaration = /\.(?:target|executableTarget|testTarget|systemLibrary)\(\s*name:\s*"([^"]+)"/
        return Set(uncommented.matches(of: declaration).map { String($0.output.1) })
    }

    /// The files that are built into target Migrations.
    var embedded: [String] {
        uncommented.matches(of: /\.embedInCode\(\s*"([^"]+\.sql)"\s*\)/).map { String($0.output.1) }
    }

    private var uncommented: String {
        Tidy.lines(text).filter { $0.firstMatch(of: /^\s*\/\//) == nil }.joined(separator: "\n")
    }

    /// The folders of targets that do not lie in Sources under their name.
    private var paths: Set<String> { Set(uncommented.matches(of: /path:\s*"([^"]+)"/).map { String($0.output.1) }) }

    func undeclared(folders: [String]) -> [String] {
        folders.filter { folder in !paths.contains(folder) && !targets.contains { folder == "Sources/\($0)" } }
            .map { "\($0) is not a target of Package.swift" }
    }

    /// - Parameter table: the names in the order in which `Migrations.swift` lists them.
    func differentMigrations(files: [String], table: [String]) -> [String] {
        let sorted = files.sorted()
        var complaints: [String] = []
        if embedded.sorted() != sorted { complaints.append("Package.swift embeds \(embedded), Migrations has \(sorted)") }
        if table != sorted { complaints.append("Migrations.swift lists \(table), the folder has \(sorted)") }
        return complaints
    }

    /// The file names in the text of `Migrations.swift`.
    static func migrationTable(in text: String) -> [String] {
        text.matches(of: /fileName:\s*"([^"]+)"/).map { String($0.output.1) }
    }
}
