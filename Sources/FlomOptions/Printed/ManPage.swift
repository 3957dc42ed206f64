internal import FlomModel
internal import FlomSettings

/// flom(1), as roff for man(1).
enum ManPage {
    static var text: String {
        var page = Roff()
        page.request("TH FLOM 1 \"\" \"flom \(FlomVersion.current)\" \"User Commands\"")
        page.section("NAME")
        page.text("flom - run commands under locks that outlive their server, and keep a record")
        page.section("SYNOPSIS")
        for (index, row) in HelpText.usage.enumerated() {
            if index > 0 { page.request("br") }
            page.bold("flom", then: " " + row.0)
        }
        page.section("DESCRIPTION")
        for paragraph in description { page.paragraph(paragraph) }
        page.section("OPTIONS")
        page.paragraph(
            """
            The first word that is no option, or the word after --, begins the command. A value follows its option (-o 500, \
            --resource-timeout 500), joined to it or not (-o500, --resource-timeout=500); letters without values may share a dash. The last \
            one of several counts. Numbers are decimal or 0x…; words may be in any case. In brackets is the key of a configuration file.
            """)
        for section in OptionSection.allCases {
            page.subsection(section.title)
            for option in section.options { add(option, to: &page) }
            for example in section.examples {
                page.paragraph(example.effect.prefix(1).uppercased() + example.effect.dropFirst() + ":")
                page.example(example.command)
            }
        }
        page.section("EXIT STATUS")
        page.paragraph("That of the command; 128+N if signal N ended it; or")
        for (number, meaning) in HelpText.statuses { page.item("\(number)", meaning) }
        page.section("ENVIRONMENT")
        for (name, meaning) in environment { page.item(name, meaning) }
        page.section("CONFIGURATION FILES")
        page.paragraph(
            """
            Lines are [Group], Key=Value or # comments. Later files win over earlier ones key by key, and options over files. An empty value \
            takes back what an earlier file says of a key that has no value by default. What is wrong is named with its line; in the file of \
            -c it ends flom. --print config prints all keys with their defaults; --show-config says what holds and why.
            """)
        for (name, meaning) in files { page.item(name, meaning) }
        page.section("SEE ALSO")
        page.text("flock(1), sqlite3(1)")
        return page.text
    }

    private static func add(_ option: Option, to page: inout Roff) {
        let spellings = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.long)"]
        page.option(spellings, placeholder: option.placeholder)
        var words = option.help.prefix(1).uppercased() + option.help.dropFirst() + "."
        if !option.details.isEmpty { words += " " + option.details }
        if let key = option.key { words += " [\(key.group)] \(key.name)" }
        page.text(words)
    }

    private static let description = [
        """
        flom runs COMMAND only while it holds a resource. The first command on a host starts a small daemon by itself; a central one serves \
        a network and is found by multicast. It speaks the protocol of FLoM 1.7.2 (Free Lock Manager) and takes its command line.
        """,
        """
        Locks are journaled: if the daemon is killed, no second holder gets in, commands go on, and the next daemon knows who holds and who \
        waits. A lock follows its command: if flom is killed, the command keeps the lock until it ends. --history tells who held or \
        waited for what, when, running what, and how it ended.
        """,
    ]

    private static let environment = [
        ("FLOM_RESOURCE, FLOM_LOCK_MODE, FLOM_ELEMENT", "For the command: what it holds. Of several resources the first."),
        ("FLOM_RESOURCE_1, FLOM_RESOURCE_2", "For the command: of several resources each, likewise the others."),
        ("FLOM_FENCING_TOKEN", "For the command: a number that is higher for every later grant; see --fence."),
        ("FLOM_REQUEST_ID", "For the command: journal and number of its request."),
        ("FLOM_TRACE_MASK", "Read by flom: what it traces, one bit for each component, as in 1.7.2."),
        ("HOME, XDG_CONFIG_HOME, XDG_STATE_HOME", "Where configuration files and the journal are."),
    ]

    private static let files = [
        ("/etc/flom.conf", "For all users of this host."), ("~/.flom", "A user's, as in 1.7.2."),
        ("${XDG_CONFIG_HOME:-~/.config}/flom/flom.conf", "A user's, where other programs have theirs."),
        (
            "/tmp/flom-USER",
            "The default socket, by the number of a user without a name; beside each socket is its record, PATH.record."
        ),
        ("/var/lib/flom, ${XDG_STATE_HOME:-~/.local/state}/flom", "Journals: of root's daemons, and of other users'."),
    ]
}

/// Writes roff. Text stays text, whatever characters it contains.
struct Roff {
    package private(set) var text = ""

    mutating func request(_ line: String) { text += ".\(line)\n" }
    mutating func section(_ title: String) { request("SH \(title)") }
    mutating func subsection(_ title: String) { request("SS \"\(Self.escaped(title))\"") }

    mutating func text(_ words: String) { text += Self.escaped(words) + "\n" }

    mutating func paragraph(_ words: String) {
        request("PP")
        text(words)
    }

    mutating func bold(_ word: String, then words: String) { text += "\\fB\(Self.escaped(word))\\fR\(Self.escaped(words))\n" }

    mutating func item(_ term: String, _ meaning: String) {
        request("TP")
        bold(term, then: "")
        text(meaning)
    }

    mutating func option(_ spellings: [String], placeholder: String?) {
        request("TP")
        text += spellings.map { "\\fB\(Self.escaped($0))\\fR" }.joined(separator: ", ")
        text += placeholder.map { " \\fI\(Self.escaped($0))\\fR" } ?? ""
        text += "\n"
    }

    /// An example, verbatim.
    mutating func example(_ command: String) {
        request("RS 4")
        request("nf")
        text(command)
        request("fi")
        request("RE")
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            // A hyphen that can be copied and searched for.
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            case "…": result += "..."
            case "\n": result += "\n"
            default: result.append(character)
            }
        }
        return result.split(separator: "\n").map { $0.hasPrefix(".") ? "\\&" + $0 : String($0) }.joined(separator: "\n")
    }
}
