import FlomTestKit
import Foundation
import Testing

/// Help, man page and completions, read by their usual readers and compared with the sources.
@Suite struct PrintedTextTests {
    private func printed(_ words: String...) async throws -> String {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + words)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        return outcome.output
    }

    /// All spellings: `-r`, `--resource-name`.
    private static func declared() throws -> Set<String> {
        let options = try DeclaredOption.all()
        #expect(options.count > 70)
        return Set(options.map(\.long) + options.compactMap(\.short))
    }

    private static func expectSame(_ found: Set<String>, _ place: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let declared = try declared()
        #expect(
            found == declared, "\(place) lacks \(declared.subtracting(found)), adds \(found.subtracting(declared))",
            sourceLocation: sourceLocation)
    }

    // MARK: - man

    @Test(.enabled(if: Conditions.hasProgram("groff"), "needs groff")) func theManPageIsFormattedWithoutAWarning() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(try await printed("--print", "man"), to: box.path("flom.1"))
        let formatted = try await box.run(["groff", "-ww", "-man", "-Tutf8", "-P-c", "-rLL=100n", box.path("flom.1")])
        #expect(formatted.status == 0 && formatted.errors.isEmpty, "\(formatted.errors)")
        let text = formatted.output.replacing(/.\u{8}/, with: "")
        #expect(
            text.contains("EXIT STATUS") && text.contains("--resource-name NAME") && text.contains("flom -r 'licence[3]' -q 2"),
            "\(text)")
        if Conditions.hasProgram("man") {
            let shown = try await box.run(["man", "-l", "--warnings", box.path("flom.1")])
            #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
        }
    }

    // MARK: - Shells

    /// The completions of bash for the last of these words.
    private func bash(_ words: String...) async throws -> [String] {
        let box = try Sandbox()
        defer { box.close() }

        try await box.flom("-r", "offered", "--", "true")
        try Files.write(try await printed("--print", "bash"), to: box.path("flom.bash"))
        try Files.write("[Journal]\nFile=\(box.journal)\n", to: box.path("home/.flom"))
        try Files.write("", to: box.path("one.txt"))
        // Called as readline does, through the function that `complete` registered.
        let script = """
            flom() { \(box.program) "$@"; }
            . ./flom.bash
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            registered=$(complete -p flom); set -- $registered
            [ "$2" = -F ] && "$3" flom "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = try await box.run(["bash", "--norc", "-c", script, "bash"] + words)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test func bashOffersEveryOption() async throws {
        let offered = try await bash("flom", "-")
        try Self.expectSame(Set(offered), "bash")
    }

    @Test func bashOffersWhatOptionsTake() async throws {
        #expect(try await bash("flom", "--lock-mode", "") == ["NL", "CR", "CW", "PR", "PW", "EX"])
        #expect(try await bash("flom", "-l", "P") == ["PR", "PW"])
        #expect(try await bash("flom", "--format", "=", "j") == ["json"])
        #expect(try await bash("flom", "-r", "off") == ["offered"])
        #expect(try await bash("flom", "-c", "one") == ["one.txt"])
        #expect(try await bash("flom", "-o", "5", "--on-lost", "t") == ["term"])
        #expect(try await bash("flom", "-r", "x", "--", "basenam").contains("basename"))
        #expect(try await bash("flom", "-r", "x", "ca").contains("cat"))
        #expect(try await bash("flom", "-r", "x", "cat", "one") == ["one.txt"])
        #expect(try await bash("flom", "-r", "x", "--", "cat", "-").isEmpty, "the command's options are not flom's")
    }

    @Test(.enabled(if: Conditions.hasProgram("fish"), "needs fish")) func fishOffersEveryOptionAndWhatTheyTake() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(try await printed("--print", "fish"), to: box.path("flom.fish"))
        func offered(_ line: String) async throws -> [String] {
            let outcome = try await box.run(["fish", "--no-config", "-c", "source flom.fish; complete -C '\(line)'"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            return outcome.output.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
        }
        // A dash alone is completed with letters and long names.
        let found = try await offered("flom -") + offered("flom --")
        try Self.expectSame(Set(found), "fish")
        #expect(try await offered("flom --lock-mode P") == ["PR", "PW"])
        #expect(try await offered("flom --on-lost=t").contains { $0.hasSuffix("term") })
        #expect(try await offered("flom -r x -- basenam").contains("basename"))
        #expect(try await !offered("flom -r x cat --r").contains("--resource-name"))
    }

    @Test(.enabled(if: Conditions.hasProgram("zsh"), "needs zsh")) func zshOffersEveryOptionAndWhatTheyTake() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("functions"))
        try Files.write(try await printed("--print", "zsh"), to: box.path("functions/_flom"))
        // A zsh behind a pseudo terminal: each Tab lists the completions.
        let script = """
            zmodload zsh/zpty
            zpty z zsh -f -i
            say() { zpty -w z "$1"; }
            say 'PS1=; PROMPT2=; unsetopt zle_bracketed_paste 2>/dev/null; fpath=($PWD/functions $fpath)'
            say 'autoload -U compinit && compinit -u -D; stty columns 300 rows 500; LISTMAX=1000; setopt list_rows_first'
            say 'zstyle ":completion:*" list-prompt ""; zstyle ":completion:*" verbose no; unsetopt list_types'
            say 'compadd() { if [[ " $* " == *" -[OAD] "* || ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi; typeset -a h; builtin compadd -O h "$@"; print -rl -- "OFFER:"$^h >> $PWD/offers; builtin compadd "$@"; }'
            say 'print ready > $PWD/ready'
            repeat 100; do [[ -s ready ]] && break; sleep 0.05; done
            zpty -w -n z "$1"$'\\t'
            repeat 100; do sleep 0.1; [[ -s offers ]] && break; done
            sleep 0.3
            zpty -d z
            cat offers
            """
        func offered(_ line: String) async throws -> [String] {
            try? FileManager.default.removeItem(atPath: box.path("offers"))
            try? FileManager.default.removeItem(atPath: box.path("ready"))
            let outcome = try await box.run(["zsh", "-f", "-c", script, "zsh", line])
            return outcome.output.split(separator: "\n").compactMap { $0.hasPrefix("OFFER:") ? String($0.dropFirst(6)) : nil }
        }
        let found = try await offered("flom -") + offered("flom --")
        let names = found.map { String($0.prefix { $0 != "=" && $0 != "+" }) }.filter { $0.hasPrefix("-") }
        try Self.expectSame(Set(names), "zsh")
        #expect(Set(try await offered("flom --lock-mode P")) == ["PR", "PW"])
        #expect(try await offered("flom -r x -- basenam").contains("basename"))
    }
}
