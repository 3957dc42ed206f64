/// Completion for bash, with and without the package bash-completion.
enum BashCompletion {
    static var text: String {
        let options = OptionTable.all
        let spellings = options.flatMap { option in (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"] }
        let valued = options.filter { $0.placeholder != nil }
        let cases = valued.map { option in
            let words = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"]
            return "        \(words.joined(separator: "|"))) \(action(option)) ;;"
        }
        let valuedSpellings = valued.flatMap { option in (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"] }
        return """
            # bash completion for flom, made by: flom --print bash

            _flom_resources() {
                flom --history --limit 200 --format csv 2>/dev/null | cut -d, -f4 | sed -n '1!{/"/!p}' | sort -u
            }

            _flom() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} index=1 reply=
                COMPREPLY=()
                # bash makes a word of its own of each =.
                if [ "$word" = = ]; then word=
                elif [ "$before" = = ] && [ "$COMP_CWORD" -ge 2 ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
                # Whatever stands behind the options is the command and its words.
                while [ "$index" -lt "$COMP_CWORD" ]; do
                    case ${COMP_WORDS[index]} in
                    --) index=$((index + 1)); _flom_command "$index"; return ;;
                    \(valuedSpellings.joined(separator: "|")))
                        index=$((index + 1)); [ "${COMP_WORDS[index]}" = = ] && index=$((index + 1)) ;;
                    -*) ;;
                    *) _flom_command "$index"; return ;;
                    esac
                    index=$((index + 1))
                done
                case $before in
            \(cases.joined(separator: "\n"))
                *)
                    case $word in
                    -*) reply='\(spellings.joined(separator: " "))' ;;
                    *) COMPREPLY=($(compgen -c -- "$word")); return ;;
                    esac ;;
                esac
                COMPREPLY=($(compgen -W "$reply" -- "$word"))
            }

            # The command begins at this word.
            _flom_command() {
                if declare -F _command_offset >/dev/null; then _command_offset "$1"; return; fi
                local word=${COMP_WORDS[COMP_CWORD]}
                if [ "$1" -ge "$COMP_CWORD" ]; then COMPREPLY=($(compgen -c -- "$word"))
                else compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); fi
            }

            complete -F _flom flom

            """
    }

    private static func action(_ option: Option) -> String {
        switch option.values {
        case .any: "return"
        case .file: "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$word\")); return"
        case .directory: "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$word\")); return"
        case .words(let words): "reply='\(words().joined(separator: " "))'"
        case .resource: "reply=$(_flom_resources)"
        case .host: "COMPREPLY=($(compgen -A hostname -- \"$word\")); return"
        case .user: "COMPREPLY=($(compgen -u -- \"$word\")); return"
        case .interface: "reply=$(command ls /sys/class/net 2>/dev/null)"
        }
    }
}
