/// Completion for zsh.
enum ZshCompletion {
    static var text: String {
        let specifications = OptionTable.all.map { "        " + specification($0) }
        return """
            #compdef flom
            # zsh completion for flom, made by: flom --print zsh

            _flom_resources() {
                local -a names
                names=(${(f)"$(flom --history --limit 200 --format csv 2>/dev/null | cut -d, -f4 | sed -n '1!{/"/!p}' | sort -u)"})
                compadd -a names
            }

            _flom() {
                # -S: nothing behind -- is an option; (-): nothing behind the command's first word is one.
                _arguments -s -S \\
            \(specifications.joined(separator: " \\\n")) \\
                    '(-)1:command:{_command_names -e}' \\
                    '*::arguments:_normal'
            }

            if [ "$funcstack[1]" = _flom ]; then _flom "$@"; else compdef _flom flom; fi

            """
    }

    /// `'(-o --name)'{-o+,--name=}'[help]:VALUE:action'`, in the language of zsh.
    private static func specification(_ option: Option) -> String {
        let tail = "[\(escaped(option.help))]" + (option.placeholder.map { ":\(escaped($0)):\(action(option.values))" } ?? "")
        let isValued = option.placeholder != nil
        let long = "--\(option.long)\(isValued ? "=" : "")"
        guard let short = option.short else { return quoted((option.isRepeatable ? "*" : "") + long + tail) }
        let spellings = "{-\(short)\(isValued ? "+" : ""),\(long)}"
        let exclusion = option.isRepeatable ? "'*'" : "'(-\(short) --\(option.long))'"
        return exclusion + spellings + quoted(tail)
    }

    private static func action(_ values: OptionValues) -> String {
        switch values {
        case .any: " "
        case .file: "_files"
        case .directory: "_files -/"
        case .words(let words): "(\(words().joined(separator: " ")))"
        case .resource: "_flom_resources"
        case .host: "_hosts"
        case .user: "_users"
        case .interface: "_net_interfaces"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "[]:\\".contains(character) { result += "\\" }
            result.append(character)
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
