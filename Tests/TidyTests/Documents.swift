/// What the pages say about the repository: functions over texts, so that each can be shown to complain.
enum Documents {
    /// The folders at the top of the repository. A path that begins with one of them names a file here.
    private static let tops = ["Sources", "Verification", "Tests", "Migrations", "Bindings", "docs", "packaging", "tools"]

    /// Links and paths of a page that lead nowhere.
    static func deadPaths(path: String, text: String, files: Set<String>) -> [String] {
        (links(text).compactMap { resolved($0, from: path) } + namedPaths(text)).filter { !exists($0, in: files) }
            .map { "\(path): there is no \($0)" }
    }

    /// The targets of the links to other files of the repository, without what stands behind `#`.
    static func links(_ text: String) -> [String] {
        text.matches(of: /\]\(([^)\s#]+)[^)\s]*\)/).map { String($0.output.1) }.filter { !$0.contains("://") }
    }

    /// The paths that stand between backticks, from the root of the repository. `FlomEngine/Kinds` is short for the folder of the target;
    /// `NN` in a path stands for a number.
    static func namedPaths(_ text: String) -> [String] {
        text.matches(of: /`([A-Za-z][\w.+-]*(?:\/[\w.+-]+)+)\/?(?: [^`\n]*)?`/).compactMap { match in
            let parts = match.output.1.split(separator: "/")
            guard !match.output.1.contains("NN") else { return nil }
            if tops.contains(String(parts[0])) { return String(match.output.1) }
            return parts[0].hasPrefix("Flom") ? "*/\(match.output.1)" : nil
        }
    }

    /// Paths of a tool (`$root/…`) or of a test (`Program.repository + "/…"`) that lead nowhere.
    static func deadProgramPaths(path: String, text: String, files: Set<String>) -> [String] {
        text.matches(of: /(?:\$root|repository \+ ")\/([A-Za-z][\w.\/-]*\w)/).map { String($0.output.1) }
            .filter { !exists($0, in: files) }.map { "\(path): there is no \($0)" }
    }

    /// The names in camel case that a page sets between backticks.
    static func quotedNames(_ text: String) -> Set<String> {
        Set(text.matches(of: /`([^`\n]+)`/).flatMap { camelCaseWords($0.output.1) })
    }

    /// The words that begin with a capital letter, and have another one and a small one. It works on bytes, because it reads whole sources.
    static func camelCaseWords(_ text: some StringProtocol) -> Set<String> {
        func isWordByte(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || isCapital(byte) || isSmall(byte) || (48...57).contains(byte)
        }
        func isCapital(_ byte: UInt8) -> Bool { (65...90).contains(byte) }
        func isSmall(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
        let words = Array(text.utf8).split { !isWordByte($0) }.filter { word in
            isCapital(word.first!) && word.count(where: isCapital) > 1 && word.contains(where: isSmall)
        }
        return Set(words.map { String(decoding: $0, as: UTF8.self) })
    }

    /// The Markdown pages of a folder that its index has no link to.
    static func unlisted(pages: [String], index: String) -> [String] {
        let listed = Set(links(index))
        return pages.filter { !listed.contains($0) }.map { "the index has no link to \($0)" }
    }

    /// A path relative to the folder of `page`, from the root of the repository.
    private static func resolved(_ link: String, from page: String) -> String? {
        var folders = page.split(separator: "/").dropLast()
        for part in link.split(separator: "/") {
            switch part {
            case ".": break
            case "..":
                guard !folders.isEmpty else { return link }
                folders.removeLast()
            default: folders.append(part)
            }
        }
        return folders.joined(separator: "/")
    }

    /// Whether it is a file or a folder; `*/` in front stands for `Sources/` or `Verification/`.
    private static func exists(_ path: String, in files: Set<String>) -> Bool {
        guard path.hasPrefix("*/") else { return files.contains(path) || files.contains { $0.hasPrefix(path + "/") } }
        let rest = path.dropFirst(2)
        return ["Sources", "Verification"].contains { exists("\($0)/\(rest)", in: files) }
    }
}

/// The rows of docs/glossary.md.
struct GlossaryRow: Equatable {
    let word: String
    /// Type names, some of them nested as in `Engine.Answer`.
    let types: [String]
    let files: [String]

    /// A row has four cells: the word, its meaning, types and files, the last two between backticks.
    static func rows(of text: String) -> [GlossaryRow] {
        Tidy.lines(text).compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            guard cells.count == 4, let types = cells.dropFirst(2).first, let files = cells.last, files.contains("`") else {
                return nil
            }
            return GlossaryRow(word: cells.first.map(trimmed) ?? "", types: quoted(types), files: quoted(files))
        }
    }

    /// The types that none of the row's files declares.
    func missing(in text: (_ path: String) -> String) -> [String] {
        let texts = files.map(text)
        return types.filter { type in
            !type.split(separator: ".").allSatisfy { name in texts.contains { Self.declares(name, in: $0) } }
        }
    }

    private static func declares(_ name: Substring, in text: String) -> Bool {
        ["struct", "class", "enum", "protocol", "typealias", "case", "let", "var", "func", "extension"].contains { kind in
            text.firstMatch(of: try! Regex("\\b\(kind) `?\(name)\\b")) != nil
        }
    }

    private static func quoted(_ cell: Substring) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.output.1) } }

    private static func trimmed(_ cell: Substring) -> String {
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// A step of a walk in docs/architecture.md: a row with a number, a sentence, a file and `Type.function`.
struct WalkStep: Equatable {
    let file: String
    let type: String
    let function: String

    static func steps(of text: String) -> [WalkStep] {
        text.matches(of: /\| \d+ \| [^|\n]+ \| `([^`\n]+)` \| `(\w+)\.(\w+)` \|/).map {
            WalkStep(file: String($0.output.1), type: String($0.output.2), function: String($0.output.3))
        }
    }

    /// Whether the file's text has the function, in the type or an extension of it.
    func isIn(_ text: String) -> Bool {
        let declaration = function == "init" ? "init(" : "func \(function)("
        return text.contains(declaration)
            && text.firstMatch(of: try! Regex("(struct|class|enum|extension|protocol) \(type)\\b")) != nil
    }
}
