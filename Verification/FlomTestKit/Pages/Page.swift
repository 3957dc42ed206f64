/// A Markdown page whose console blocks can be run: see docs/testing.md.
///
///     ```console
///     $ flom -r db -- echo "what follows a command, up to the next one,
///     > is its output"
///     what follows a command, up to the next one,
///     is its output
///     mojan$ hostname
///     mojan
///     ```
package struct Page: Sendable {
    /// A line with a prompt, with the lines that continue it.
    package struct Command: Sendable {
        /// The host whose name stands before the prompt; nil on the one machine that most pages need.
        package let host: String?
        package let text: String
        /// The number of its line, from 1.
        package let number: Int
        /// The range of its output among the page's lines, from 0.
        let outputRange: Range<Int>
        package let output: [String]
    }

    /// The error of a page that cannot be run.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package let lines: [String]
    package let commands: [Command]

    /// - Throws: `Malformed` if a block begins with output, or does not end.
    package init(_ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        self.lines = lines
        var commands: [Command] = []
        var index = 0
        while index < lines.count {
            defer { index += 1 }
            guard lines[index] == "```console" else { continue }
            guard let end = lines[(index + 1)...].firstIndex(of: "```") else {
                throw Malformed(description: "line \(index + 1): the block does not end")
            }
            index += 1
            while index < end {
                guard let (host, words) = Self.prompt(lines[index]) else {
                    throw Malformed(description: "line \(index + 1): no command has this output")
                }
                let first = index
                index += 1
                var text = words
                while index < end, lines[index].hasPrefix("> ") {
                    text += "\n" + lines[index].dropFirst(2)
                    index += 1
                }
                let start = index
                while index < end, Self.prompt(lines[index]) == nil { index += 1 }
                commands.append(
                    Command(
                        host: host.isEmpty ? nil : host, text: text, number: first + 1, outputRange: start..<index,
                        output: Array(lines[start..<index])))
            }
        }
        self.commands = commands
    }

    /// The host before the prompt, and the text behind it; nil for a line of output.
    private static func prompt(_ line: String) -> (host: String, words: String)? {
        line.wholeMatch(of: /([a-z]*)[$]\x20(.*)/).map { (String($0.output.1), String($0.output.2)) }
    }

    package var needsNetwork: Bool { commands.contains { $0.host != nil } }

    /// The page with these outputs, one for each command. They replace its own if one of them is different: the times on a page
    /// are those of one run.
    package func rewritten(_ outputs: [[String]]) -> String {
        var lines = lines
        if zip(commands, outputs).contains(where: { ShownOutput.difference($0.output, $1) != nil }) {
            for (command, output) in zip(commands, outputs).reversed() {
                lines.replaceSubrange(command.outputRange, with: output)
            }
        }
        return lines.joined(separator: "\n")
    }
}
