internal import FlomModel
internal import FlomSystem
internal import Glibc

/// What a program is, for those who look at its locks.
package enum ProgramFacts {
    /// The words with which the program was started; empty without `/proc`.
    package static let commandLine: [[UInt8]] = {
        let words = (Files.contents(of: "/proc/self/cmdline") ?? []).split(separator: 0, omittingEmptySubsequences: false)
        return words.dropLast().map { Array($0) }
    }()

    /// The request under which this program runs, if it was started by flom as a command.
    package static let enclosingRequest: String? = getenv("FLOM_REQUEST_ID").map { String(cString: $0) }
}
