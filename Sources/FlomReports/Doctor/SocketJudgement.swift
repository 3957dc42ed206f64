/// Judges a daemon's UNIX socket.
package enum SocketJudgement {
    /// The result of an attempt to connect to the socket.
    package enum Listener: Hashable, Sendable {
        case somebody
        case nobody
        /// The result is unknown, for this reason.
        case unreachable(String)
    }

    /// - Parameter file: nil if it is not there.
    package static func of(
        _ path: String, file: FileFacts?, listener: Listener, user: UInt32, isDefault: Bool, directory: FileFacts?
    ) -> DoctorFinding {
        guard let file else { return DoctorFinding(.ok, .socket, path, "is not there: the first command's daemon makes it") }
        guard file.kind == .socket else {
            return DoctorFinding(
                .problem, .socket, path, "is no socket, and is left unchanged", advice: "choose another with --socket-name")
        }
        if isDefault && file.owner != user && file.owner != 0 {
            return DoctorFinding(
                .problem, .socket, path, "belongs to \(file.ownerName), not to you: another user made it, and it is not used",
                advice: "have it removed, or choose another with --socket-name")
        }
        switch listener {
        case .unreachable(let reason):
            return DoctorFinding(
                .problem, .socket, path, "\(reason) (\(file.text))",
                advice: file.mode & 0o066 == 0
                    ? "ask \(file.ownerName) for a daemon with --socket-mode 666, or use another socket"
                    : "see whether the daemon is stopped or overloaded (ps), and end it with kill if need be")
        case .nobody:
            // A user who may not remove the socket cannot replace it.
            let isStuck = user != 0 && file.owner != user && (directory.map { $0.isSticky && $0.owner != user } ?? false)
            return isStuck
                ? DoctorFinding(
                    .problem, .socket, path,
                    "no process listens: a daemon of \(file.ownerName) has left it, and you may not remove it",
                    advice: "\(file.ownerName) or root has to remove it")
                : DoctorFinding(
                    .note, .socket, path, "no process listens: a daemon that did not end in order has left it (\(file.text))",
                    advice: "nothing needs to be done: the next daemon replaces it")
        case .somebody:
            if isDefault && file.mode & 0o066 != 0 {
                return DoctorFinding(
                    .warning, .socket, path, "is your own, but others may use it too (\(file.text))",
                    advice: "chmod 600 \(path), unless you have given --socket-mode")
            }
            return DoctorFinding(.ok, .socket, path, "a process listens (\(file.text))")
        }
    }

    /// The path leads to another place for other processes.
    ///
    /// - Parameters:
    ///   - sentence: the kind of place.
    ///   - advice: what to do.
    package static func elsewhere(_ path: String, _ sentence: String, advice: String) -> DoctorFinding {
        DoctorFinding(.warning, .socket, path, "is " + sentence, advice: advice)
    }

    /// Judges the directory that holds the socket.
    package static func of(directory path: String, _ directory: FileFacts?) -> DoctorFinding {
        guard let directory, directory.kind == .directory else {
            return DoctorFinding(
                .problem, .socket, path, "the socket's directory does not exist",
                advice: "make it, or choose another with --socket-name")
        }
        if directory.isWritableByOthers && !directory.isSticky {
            return DoctorFinding(
                .warning, .socket, path, "others may remove and replace what is in it (\(directory.text))",
                advice: "chmod +t \(path), or use a directory of your own")
        }
        return DoctorFinding(.ok, .socket, path, "only its owner can replace the socket (\(directory.text))")
    }
}
