/// Judges whether a command could start the daemon of an endpoint.
package enum StartJudgement {
    package struct Facts: Hashable, Sendable {
        package var record: FileFacts?
        /// Why the record, or the lock file beside the socket, cannot be written; nil if they can.
        package var failure: String?
        /// Whether a process holds the record: a daemon that runs, starts or ends.
        package var isTaken = false
        /// The process id in the record.
        package var process: Int32?
        /// Whether `-d 0` forbids starting a daemon.
        package var isForbidden = false

        package init() {}
    }

    package static func of(_ recordPath: String, _ facts: Facts, user: UInt32) -> DoctorFinding {
        if facts.isTaken {
            let who = facts.process.map { " (process \($0))" } ?? ""
            return DoctorFinding(.ok, .start, recordPath, "a daemon has it locked\(who)")
        }
        if facts.isForbidden {
            return DoctorFinding(.note, .start, recordPath, "no daemon runs here, and -d 0 says that none is to be started")
        }
        if let record = facts.record, record.kind != .file || (record.owner != user && user != 0) {
            return DoctorFinding(
                .problem, .start, recordPath,
                "the endpoint's daemon belongs to \(record.ownerName), so you cannot start it",
                advice: "have \(record.ownerName) or root start it, or choose another socket")
        }
        if let failure = facts.failure {
            return DoctorFinding(
                .problem, .start, recordPath, "no daemon can be started: \(failure)",
                advice: "make the directory writable, or choose another socket")
        }
        return DoctorFinding(.ok, .start, recordPath, "no daemon runs, and one can be started")
    }
}
