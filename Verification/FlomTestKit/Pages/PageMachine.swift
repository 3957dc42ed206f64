import Foundation

/// A machine with a shell: its processes, its name, its network, its `/tmp`, `/srv` and `/var/lib` are not those of the machine below.
/// `flom` is the program under test. Typed lines go through a FIFO; all output goes into one file, in the order in
/// which it is printed.
final class PageMachine: Sendable {
    private let process: RunningProcess
    private let lines: String
    private let endings: String

    /// The words before the script that make the namespaces; in a user namespace if the tests do not run as root.
    static let namespaces =
        ["unshare"] + (Conditions.isRoot ? [] : ["--map-root-user"])
        + ["--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]

    private static let furnishing = #"""
        hostname "$NAME"
        ip link set lo up
        for place in /usr/local/bin /var/lib /srv /tmp; do
            [ $place = /tmp ] || mount -t tmpfs -o mode=755 page $place
        done
        : > /usr/local/bin/flom
        mount --bind "$PROGRAM" /usr/local/bin/flom
        [ ! -e /etc/flom.conf ] || mount --bind /dev/null /etc/flom.conf
        mount -t tmpfs -o mode=1777 page /tmp
        cd /srv
        """#

    /// Reads a command in Base64 from a line, runs it, and prints its status. The command has none of the script's descriptors.
    private static let reading = #"""
        status=0
        while read -r line <&3; do
            line=$(echo "$line" | base64 -d)
            (exit $status)
            eval "$line" < /dev/null 3<&- 4>&-
            status=$?
            echo $status >&4
        done
        """#

    /// - Parameter words: the words before all others, which enter a host's network.
    init(_ name: String, _ box: Sandbox, under words: [String] = []) throws {
        lines = box.path("\(name).lines")
        endings = box.path("\(name).endings")
        guard mkfifo(lines, 0o600) == 0 else { throw SystemFailure("mkfifo \(lines)") }
        let environment = [
            "HOME": "/srv", "NAME": name, "PROGRAM": box.program, "READING": Self.reading,
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        ]
        // The shell's line in `ps` shall not contain the word flom.
        let script = """
            set -e
            exec 3<>"$0" 4>"$1" 2>&1
            \(Self.furnishing)
            exec env \(Self.hidden.map { "-u \($0)" }.joined(separator: " ")) sh -c "$READING"
            """
        process = try box.start(
            words + Self.namespaces + (words.isEmpty ? ["--net"] : []) + ["sh", "-c", script, lines, endings],
            environment: environment)
    }

    /// Variables that a command on a machine of its own would not have.
    private static let hidden = ["NAME", "PROGRAM", "READING", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "OLDPWD"]

    /// The ancestor of all processes on it.
    var root: pid_t { process.pid }

    /// The length of the output so far, in bytes.
    var length: Int { process.outputSoFar.utf8.count }

    /// Types a command, and waits until it has ended.
    ///
    /// - Parameter number: the number of commands that were typed before.
    /// - Throws: `NeverHappened`
    func type(_ command: String, after number: Int) async throws {
        let line = Data(command.utf8).base64EncodedString() + "\n"
        // Opening it for writing alone would wait for a reader, for ever if the shell has ended.
        let descriptor = open(lines, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("open \(lines)") }
        defer { close(descriptor) }
        let written = line.withCString { write(descriptor, $0, strlen($0)) }
        guard written == line.utf8.count else { throw SystemFailure("write \(lines)") }
        try await eventually("`\(command)` ended; so far: \(process.outputSoFar)") {
            guard process.isRunning else { throw NeverHappened(description: "the shell ended: \(try await process.wait())") }
            return (Files.text(of: endings) ?? "").count { $0 == "\n" } > number
        }
    }

    /// The lines that were printed after the first `length` bytes.
    func printed(after length: Int) -> [String] {
        let printed = String(decoding: process.outputSoFar.utf8.dropFirst(length), as: UTF8.self)
        var shown = printed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if shown.last == "" { shown.removeLast() }
        return shown
    }
}
