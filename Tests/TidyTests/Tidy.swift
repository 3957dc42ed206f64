import Foundation

/// What a well-kept repository looks like: functions over texts, so that each can be shown to complain.
enum Tidy {
    /// A file that has more is asking to be split along a real seam.
    static let longestFile = 400

    /// By bytes: to `Character` a carriage return and a line feed are one, and no end of a line.
    static func lines(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
    }

    static func tooLong(path: String, text: String) -> [String] {
        let count = lines(text).count - (text.hasSuffix("\n") ? 1 : 0)
        return count > longestFile ? ["\(path) has \(count) lines, more than \(longestFile)"] : []
    }

    /// White space that nobody sees.
    static func untidyWhiteSpace(path: String, text: String) -> [String] {
        lines(text).enumerated().flatMap { number, line -> [String] in
            var complaints: [String] = []
            if line.contains("\t") { complaints.append("\(path):\(number + 1): a tab") }
            if line.last?.isWhitespace == true { complaints.append("\(path):\(number + 1): white space at the end") }
            return complaints
        }
    }

    /// Paths of somebody's machine. One behind what could be the first part of a longer path is none.
    static func absolutePaths(path: String, text: String) -> [String] {
        // In brackets, or this line would complain of itself.
        let absolutePath = /(?:^|[^\w.~}\)\/*-])\/(?:work|home|root)[\/][\w.$<{*]/
        return lines(text).enumerated().filter { $0.element.firstMatch(of: absolutePath) != nil }.map { number, line in
            "\(path):\(number + 1): a path of one machine: \(line)"
        }
    }

    /// Promises instead of work.
    static func promises(path: String, text: String) -> [String] {
        let promise = /\b(?:TODO|FIXME|XXX)\b/
        return lines(text).enumerated().filter { $0.element.firstMatch(of: promise) != nil }.map { number, line in
            "\(path):\(number + 1): \(line)"
        }
    }

    static func notExecutable(path: String, permissions: Int) -> [String] {
        permissions & 0o111 == 0o111 ? [] : ["\(path) cannot be executed: mode \(String(permissions, radix: 8))"]
    }

    // MARK: - English

    /// How a doc comment does not begin: each is an answer to a question that the reader has not asked.
    private static let oddBeginnings = [
        "Of ", "So many", "So long", "So often", "So much", "Those ", "With what", "Whether what", "What of ", "To be called",
    ]

    /// Doc comments without a subject, words that make a person a man, and comments whose subject is anybody at all: a client, a
    /// holder, a user, another process.
    static func oddEnglish(path: String, text: String) -> [String] {
        let man = /\b(?:[Hh]e|[Hh]is|[Hh]im|[Hh]imself)\b/
        let anybody = /\b(?:[Ww]hoever|[Ss]omebody|of ours)\b/
        let isSource = path.hasPrefix("Sources/")
        var complaints: [String] = []
        var isInside = false
        for (number, line) in lines(text).enumerated() {
            let words = line.drop { $0 == " " }
            let isDocumentation = words.hasPrefix("/// ") || words == "///"
            if isDocumentation, !isInside, let odd = oddBeginnings.first(where: { words.dropFirst(4).hasPrefix($0) }) {
                complaints.append(
                    "\(path):\(number + 1): a doc comment begins with \"\(odd.trimmingCharacters(in: .whitespaces))\"")
            }
            isInside = isDocumentation
            if let found = line.firstMatch(of: man) { complaints.append("\(path):\(number + 1): the word \"\(found.output)\"") }
            if isSource, words.hasPrefix("//"), let found = line.firstMatch(of: anybody) {
                complaints.append("\(path):\(number + 1): a comment about \"\(found.output)\"")
            }
        }
        return complaints
    }

    // MARK: - Assertions

    /// A folder has one assertion in so many lines of code.
    static let linesPerAssertion = 25

    /// Assertions are those that stay in release: `precondition` and `preconditionFailure`. Comments and empty lines are no code.
    static func tooFewAssertions(folder: String, texts: [String]) -> [String] {
        let code = texts.flatMap(lines).map { $0.drop { $0 == " " } }.filter { !$0.isEmpty && !$0.hasPrefix("//") }
        let assertions = code.count { $0.firstMatch(of: /\bprecondition(?:Failure)?\(/) != nil }
        guard assertions * linesPerAssertion < code.count else { return [] }
        return ["\(folder) has \(assertions) assertions in \(code.count) lines of code, fewer than one in \(linesPerAssertion)"]
    }
}
