internal import FlomOptions

/// The command line of a daemon that a command starts: that command's, without what it locks and runs, as if somebody had typed
/// `flom … -- true` to start the daemon.
///
/// It is what `ps` shows. The daemon lives on when the job that was the first to need it has ended, and `pkill -f` of the job's name
/// must not find it.
enum DaemonLine {
    /// - Parameter arguments: those of this process; they have been understood already.
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

    /// As it was typed, but alone: flags may have been typed together with something else.
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
