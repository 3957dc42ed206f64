import FlomTestKit
import Foundation
import Testing

/// A command under flom on a terminal, and the same command without: the shell and its user see no difference.
@Suite(.enabled(if: Terminal.isPossible && Conditions.hasProgram("bash"), "needs tmux and bash")) struct JobControlTests {
    /// A shell on a terminal, in which `./f` runs a command, with or without flom.
    private final class Shell {
        let box: Sandbox
        let terminal: Terminal
        let hasFlom: Bool

        init(flom: Bool) async throws {
            box = try Sandbox()
            hasFlom = flom
            if flom { try await box.startDaemon() }
            let words = flom ? ([box.program] + box.options + ["-r", "R", "--"]).joined(separator: " ") : ""
            try await box.writeProgram("#!/bin/sh\nexec \(words) \"$@\"\n", named: "f")
            terminal = try await Terminal(box, ["env", "PS1=P> ", "bash", "--norc", "--noprofile", "-i"])
            try await shows("P>")
        }

        func type(_ line: String) async throws {
            try await terminal.type(line)
            try await terminal.type("Enter")
        }

        /// A line on the screen: exactly this text, or its beginning.
        func shows(_ beginning: String) async throws {
            try await terminal.shows("'\(beginning)'") { $0.contains { $0.hasPrefix(beginning) } }
        }

        /// Waits for `[1]+  Stopped …`, this number of times, and the prompt behind it: keys that are typed earlier can be lost.
        func showsStopped() async throws {
            try await terminal.shows("a stopped job and a prompt") { lines in
                lines.contains { $0.contains("]+  Stopped") } && ["P>", "Q>"].contains(lines.last?.prefix(2))
            }
            if hasFlom { #expect(try await box.status().count == 1, "a stopped flom holds its lock") }
        }

        func ends() async throws {
            if hasFlom { try await eventually("the lock is free") { try await box.status().isEmpty } }
            box.close()
        }
    }

    @Test(arguments: [false, true]) func keysReachTheCommand(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f sh -c 'echo ready; read x; echo got $x'")
        try await shell.shows("ready")
        try await shell.type("hello")
        try await shell.shows("got hello")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func interruptEndsTheCommandOnce(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f sh -c 'trap \"echo trapped; exit 5\" INT; echo ready; while :; do sleep 0.05; done'")
        try await shell.shows("ready")
        try await shell.terminal.type("C-c")
        try await shell.terminal.shows("one trap") { $0.count { $0.hasSuffix("trapped") } == 1 }
        try await shell.type("echo status $?")
        try await shell.shows("status 5")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func suspendAndForeground(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f sh -c 'echo ready; read x; echo got $x'")
        try await shell.shows("ready")
        try await shell.terminal.type("C-z")
        try await shell.showsStopped()
        try await shell.type("fg")
        try await shell.shows("./f sh")
        try await shell.type("again")
        try await shell.shows("got again")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func suspendAndBackground(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f sh -c 'echo ready; until [ -e go ]; do sleep 0.02; done; echo finished'")
        try await shell.shows("ready")
        try await shell.terminal.type("C-z")
        try await shell.showsStopped()
        try await shell.type("bg")
        try await shell.shows("[1]+ ./f")
        try await shell.type("touch go; wait")
        try await shell.shows("finished")
        try await shell.ends()
    }

    /// Only the command stops; the shell waits for flom.
    @Test(arguments: ["STOP", "TSTP"], [false, true]) func aCommandThatStopsItself(signal: String, flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f bash -c 'echo ready; kill -\(signal) $$; echo resumed'")
        try await shell.shows("ready")
        try await shell.showsStopped()
        try await shell.type("fg")
        try await shell.shows("resumed")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func aBackgroundCommandThatReadsIsStopped(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f sh -c 'read x; echo got $x' &")
        // The shell reports it at the next prompt.
        try await eventually("it is stopped") {
            try await shell.terminal.type("Enter")
            return try await shell.terminal.screen().contains { $0.contains("Stopped") }
        }
        try await shell.type("fg")
        try await shell.type("late")
        try await shell.shows("got late")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func theWindowsSizeReachesTheCommand(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        let script = "trap \"stty size; exit\" WINCH; echo ready; while :; do sleep 0.02; done"
        try await shell.type("./f sh -c '\(script)'")
        try await shell.shows("ready")
        try await shell.terminal.resize(columns: 90, rows: 15)
        try await shell.shows("15 90")
        try await shell.ends()
    }

    @Test(arguments: [false, true]) func aPipeIntoAReader(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f seq 3 | sh -c 'read x; read y </dev/tty; echo $x and $y'")
        try await shell.type("typed")
        try await shell.shows("1 and typed")
        try await shell.ends()
    }

    /// vim stops its whole process group by itself.
    @Test(.enabled(if: Conditions.hasProgram("vim"), "needs vim"), arguments: [false, true])
    func anEditorIsStoppedAndGoesOn(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("./f vim -u NONE -N text")
        try await shell.shows("~")
        try await shell.type("ifirst")
        try await shell.terminal.type("Escape")
        try await shell.shows("first")
        try await shell.terminal.type("C-z")
        try await shell.showsStopped()
        try await shell.type("fg")
        try await shell.shows("~")
        try await shell.type("osecond")
        try await shell.terminal.type("Escape")
        try await shell.type(":wq")
        try await eventually("it is written") { Files.text(of: shell.box.path("text")) == "first\n\nsecond\n\n" }
        try await shell.ends()
    }

    /// A shell that makes process groups of its own.
    @Test(arguments: [false, true]) func aShellWithJobsOfItsOwn(flom: Bool) async throws {
        let shell = try await Shell(flom: flom)
        try await shell.type("PS1='Q> ' ./f bash --norc --noprofile -i")
        try await shell.shows("Q>")
        try await shell.type("sleep 1000")
        try await shell.terminal.shows("the command line") { $0.last?.contains("sleep 1000") == true }
        try await eventually("sleep runs") { shell.box.processes.contains { $0.name == "sleep" } }
        try await shell.terminal.type("C-z")
        try await shell.showsStopped()
        try await shell.type("kill -KILL %1; wait; echo over$((40+2))")
        try await shell.shows("over42")
        try await shell.type("suspend -f")
        try await shell.terminal.shows("the inner shell as a stopped job") {
            $0.contains { $0.contains("]+  Stopped") && $0.contains("./f bash") }
        }
        try await shell.terminal.shows("the outer prompt") { $0.last?.hasPrefix("P>") == true }
        try await shell.type("fg")
        try await shell.terminal.shows("the inner prompt") {
            $0.last?.hasPrefix("Q>") == true || $0.last == "PS1='Q> ' ./f bash --norc --noprofile -i"
        }
        try await shell.type("echo in$((40+2))")
        try await shell.shows("in42")
        try await shell.type("exit 7")
        try await shell.terminal.shows("the outer prompt") { $0.last?.hasPrefix("P>") == true }
        try await shell.type("echo status $?")
        try await shell.shows("status 7")
        try await shell.ends()
    }
}
