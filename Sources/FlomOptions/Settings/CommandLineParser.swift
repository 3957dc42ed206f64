internal import FlomConfiguration
internal import Glibc

/// The command line: flom's options, and the command, whose words stay bytes.
package struct Invocation {
    package var settings: [Typed] = []

    /// A class: lists of objects share one type, and every other list costs a command seven thousand instructions.
    package final class Typed: Sendable {
        package let option: Option
        package let value: [UInt8]
        /// The index of the argument in which the option was typed.
        package let word: Int

        init(option: Option, value: [UInt8], word: Int) {
            self.option = option
            self.value = value
            self.word = word
        }
    }

    /// The index of the command's first word in the argument vector; the vector's count if there is none.
    package var commandStart: Int

    /// Reads `-r NAME`, `-rNAME`, `--name VALUE`, `--name=VALUE` and bundles of flags. The command begins with the first word
    /// that is not an option, or after `--`.
    package init(_ arguments: [[UInt8]]) throws(Failure) {
        var index = 1
        while index < arguments.count {
            let word = arguments[index]
            guard word.count > 1, word[0] == UInt8(ascii: "-") else { break }
            index += 1
            if word == Array("--".utf8) { break }
            if word[1] == UInt8(ascii: "-") {
                commandStart = index
                try readLong(word, arguments, &index)
            } else {
                commandStart = index
                try readShort(word, arguments, &index)
            }
            if settings.last?.option.information == .help { break }
        }
        commandStart = index
    }

    private mutating func readLong(_ word: [UInt8], _ arguments: [[UInt8]], _ index: inout Int) throws(Failure) {
        let start = index - 1
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: UInt8(ascii: "="))
        let name = String(decoding: body[..<(equals ?? body.endIndex)], as: UTF8.self)
        guard let option = OptionTable.named(long: name) else { throw Self.unknown("--\(name)") }
        switch (option.argument, equals) {
        case (.none, nil):
            settings.append(Typed(option: option, value: [], word: start))
        case (.none, _):
            throw Failure(.failure, "option --\(name) takes no value", code: ReturnNumber.invalidOption)
        case (.required, let equals?):
            settings.append(Typed(option: option, value: Array(body[body.index(after: equals)...]), word: start))
        case (.required(let placeholder), nil):
            settings.append(
                Typed(option: option, value: try Self.next(arguments, &index, after: "--\(name)", placeholder), word: start))
        }
    }

    private mutating func readShort(_ word: [UInt8], _ arguments: [[UInt8]], _ index: inout Int) throws(Failure) {
        let start = index - 1
        var rest = word.dropFirst()
        while let byte = rest.popFirst() {
            let letter = Character(Unicode.Scalar(byte))
            guard let option = OptionTable.named(short: letter) else {
                throw Self.unknown(byte < 0x80 ? "-\(letter)" : String(decoding: word, as: UTF8.self))
            }
            switch option.argument {
            case .none:
                settings.append(Typed(option: option, value: [], word: start))
                if option.information == .help { return }
            case .required(let placeholder):
                let value = rest.isEmpty ? try Self.next(arguments, &index, after: "-\(letter)", placeholder) : Array(rest)
                settings.append(Typed(option: option, value: value, word: start))
                return
            }
        }
    }

    private static func next(
        _ arguments: [[UInt8]], _ index: inout Int, after spelling: String, _ placeholder: String
    ) throws(Failure) -> [UInt8] {
        guard index < arguments.count else {
            throw Failure(
                .failure, "option \(spelling) needs a value: \(spelling) \(placeholder)", code: ReturnNumber.invalidOption)
        }
        defer { index += 1 }
        return arguments[index]
    }

    private static func unknown(_ spelling: String) -> Failure {
        let near = Spelling.nearest(to: spelling, among: OptionTable.all.map { "--\($0.long)" })
        return Failure(
            .failure,
            "unknown option \(spelling)\(near.map { ": did you mean \($0)?" } ?? ";") flom --help lists the options, and -- "
                + "separates them from the command", code: ReturnNumber.invalidOption)
    }

    /// Applies the options in the order in which they were typed; the last one wins.
    package func apply(to reader: inout SettingsReader, origins: SettingOrigins? = nil) throws(Failure) {
        for typed in settings {
            let (option, value, word) = (typed.option, typed.value, typed.word)
            do { try option.effect.apply(&reader, value) } catch {
                let shown = OptionTable.text(value)
                let code = option.long == "resource-name" ? ReturnNumber.invalidResourceName : ReturnNumber.invalidOption
                throw Failure(
                    .failure, "option --\(option.long): '\(shown)' is not accepted; it takes \(error.accepted)", code: code)
            }
            origins?.note(option, .option(word: word, value: value))
        }
    }
}

extension CommandLine {
    /// The arguments as bytes, because `CommandLine.arguments` replaces what is not UTF-8.
    package static var words: [[UInt8]] { words(from: 0) }

    /// The arguments from an index on, which may equal their number. Not a slice of all: its copy would cost a command 20 thousand
    /// instructions.
    package static func words(from start: Int) -> [[UInt8]] {
        (start..<Int(argc)).map { index in
            guard let word = unsafeArgv[index] else { return [] }
            return Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
        }
    }
}
