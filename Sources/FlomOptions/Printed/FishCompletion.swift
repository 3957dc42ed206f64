/// Completion for fish.
enum FishCompletion {
    static var text: String {
        let lines = OptionTable.all.map(line)
        return """
            # fish completion for flom, made by: flom --print fish

            function __flom_resources
                flom --history --limit 200 --format csv 2>/dev/null | cut -d, -f4 | sed -n '1!{/"/!p}' | sort -u
            end

            # The words behind flom's own options; nothing while these go on.
            function __flom_command
                set -l words (commandline -opc)
                set -e words[1]
                while set -q words[1]
                    switch $words[1]
                        case --
                            set -e words[1]
                            break
                        case \(valuedSpellings)
                            set -e words[1]
                        case '-*'
                        case '*'
                            break
                    end
                    set -e words[1]
                end
                string join \\n -- $words
            end

            # Still among the options, where also the command's first word may come.
            function __flom_has_no_command
                test -z "$(__flom_command)"
            end

            complete -c flom -f
            complete -c flom -n 'not __flom_has_no_command' -a '(__fish_complete_subcommand --commandline (__flom_command) (commandline -ct))'
            complete -c flom -n __flom_has_no_command -a '(__fish_complete_command)'
            \(lines.joined(separator: "\n"))

            """
    }

    private static var valuedSpellings: String {
        OptionTable.all.filter { $0.placeholder != nil }
            .flatMap { option in (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"] }.joined(separator: " ")
    }

    private static func line(_ option: Option) -> String {
        var words = ["complete -c flom -n __flom_has_no_command"]
        if let short = option.short { words.append("-s \(short)") }
        words.append("-l \(option.long)")
        if option.placeholder != nil { words.append(action(option.values)) }
        words.append("-d \(quoted(option.help))")
        return words.joined(separator: " ")
    }

    private static func action(_ values: OptionValues) -> String {
        switch values {
        case .any: "-x"
        case .file: "-r -F"
        case .directory: "-x -a '(__fish_complete_directories)'"
        case .words(let words): "-x -a '\(words().joined(separator: " "))'"
        case .resource: "-x -a '(__flom_resources)'"
        case .host: "-x -a '(__fish_print_hostnames)'"
        case .user: "-x -a '(__fish_complete_users)'"
        case .interface: "-x -a '(__fish_print_interfaces)'"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.reduce(into: "") { result, character in
                if "\\'".contains(character) { result += "\\" }
                result.append(character)
            } + "'"
    }
}
