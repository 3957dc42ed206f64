internal import FlomOptions

/// The command line of a daemon that a command starts: the command's own without resource and command, as if the daemon had been
/// started by `flom … -- true`.
///
/// `ps` shows this line. The daemon outlives the job that started it, and `pkill -f JOB` must not find the daemon.
enum DaemonLine {
    /// - Parameter arguments: the valid arguments of this process.
    static func words(of arguments: [[UInt8]]) -> [[UInt8]] {
        guard let invocation = try? Invocation(arguments), !arguments.isEmpty else { return arguments }
        var words = [arguments[0]]
        for typed in invocation.settings where !isOfTheCommand(typed.option) {
            words += spelled(typed, as: arguments[typed.word])
        }
        return words + [Array("--".utf8), Array("true".utf8)]
    }

    private static func isOfTheCommand(_ option: Option) -> Bool {
        [OptionSection.resource, .loss, .monitor].contains { $0.options.contains { $0.long == option.long } }
    }

    /// The option as it was typed, but alone: flags may have been typed together.
    private static func spelled(_ typed: Invocation.Typed, as word: [UInt8]) -> [[UInt8]] {
        let dashes = Array("--".utf8)
        if word.starts(with: dashes) {
            // `--name=VALUE` is one word.
            let isOneWord = word.contains(UInt8(ascii: "="))
            return isOneWord || typed.option.placeholder == nil ? [word] : [word, typed.value]
        }
        guard let letter = typed.option.short else { return [] }
        let option = Array("-\(letter)".utf8)
        guard typed.option.placeholder != nil else { return [option] }
        // `-dVALUE` is one word.
        return word.last == letter.asciiValue ? [option, typed.value] : [option + typed.value]
    }
}
