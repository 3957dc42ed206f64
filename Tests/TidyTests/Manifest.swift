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

    /// A target with Swift files, and the modules that it depends on.
    struct Target: Equatable {
        var name: String
        var folder: String
        var dependencies: Set<String>
    }

    /// The targets with Swift files, as far as each says what it depends on.
    var swiftTargets: [Target] {
        let declaration = /\.(target|executableTarget|testTarget|systemLibrary)\(\s*name:\s*"([^"]+)"/
        let matches = uncommented.matches(of: declaration)
        let ends = matches.dropFirst().map(\.range.lowerBound) + [uncommented.endIndex]
        return zip(matches, ends).compactMap { match, end in
            let (_, kind, name) = match.output
            if kind == "systemLibrary" { return nil }
            let rest = uncommented[match.range.upperBound..<end]
            let folder = rest.firstMatch(of: /path:\s*"([^"]+)"/).map { String($0.output.1) }
            return Target(
                name: String(name),
                folder: folder ?? (kind == "testTarget" ? "Tests/" : "Sources/") + name,
                dependencies: dependencies(in: rest))
        }
    }

    /// The modules in `dependencies: ["A", "B"] + list`.
    private func dependencies(in declaration: Substring) -> Set<String> {
        guard let list = declaration.firstMatch(of: /dependencies:\s*\[([^\]]*)\]((?:\s*\+\s*\w+)*)/) else { return [] }
        let own = list.output.1.matches(of: /"([^"]+)"/).map { String($0.output.1) }
        let shared = list.output.2.matches(of: /\w+/).flatMap { products[String($0.output)] ?? [] }
        return Set(own + shared)
    }

    /// The modules in each `let list: [Target.Dependency]`.
    private var products: [String: [String]] {
        let lists = uncommented.matches(of: /let (\w+): \[Target\.Dependency\] = \[([^\]]*)\]/)
        return Dictionary(
            uniqueKeysWithValues: lists.map { list in
                let names = list.output.2.matches(of: /\.product\(name: "([^"]+)"/).map { String($0.output.1) }
                return (String(list.output.1), names)
            })
    }

    /// A module that a target imports and does not declare compiles only if something else builds it first; one that it declares and
    /// does not import is a door that nobody uses.
    ///
    /// - Parameter imports: the modules that a target's files import.
    func differentDependencies(of target: Target, imports: Set<String>) -> [String] {
        let known = targets.union(products.values.joined())
        let used = imports.intersection(known)
        return used.subtracting(target.dependencies).sorted().map { "\(target.name) imports \($0) and does not declare it" }
            + target.dependencies.subtracting(used).sorted().map { "\(target.name) declares \($0) and does not import it" }
    }

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
