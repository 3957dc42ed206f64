package import Foundation

/// A line of `--history` or `--status` in JSON.
package struct ReportRow: Decodable, Sendable {
    package let request: Int
    /// For several resources asked for at once: the first request of them.
    package let group: Int?
    /// The request under whose command this one was made.
    package let parent: Int?
    package let resource: String
    package let mode: String
    package let quantity: Int?
    package let element: String?
    package let outcome: String
    package let isOrphan: Bool
    package let user: String
    package let host: String
    package let uid: UInt32?
    package let clientPID: pid_t?
    package let commandPID: pid_t?
    package let command: [String]?
    package let commandBase64: [String]?
    package let askedAt: String
    package let queuedAt: String?
    package let grantedAt: String?
    package let endedAt: String?
    package let waitedMicroseconds: Int?
    package let heldMicroseconds: Int?
    package let exitStatus: Int?
    package let signal: Int32?
    package let detail: String?
    package let fencingToken: Int?
    // In --status only.
    package let place: Int?
    package let capacity: Int?
    package let free: Int?
    package let freeElements: [String]?
    package let isAway: Bool
    package let keptUntil: String?

    private enum CodingKeys: String, CodingKey {
        case request, group, parent, resource, mode, quantity, element, outcome, user, host, uid, command, signal, detail
        case place, capacity, free
        case freeElements = "free_elements"
        case isAway = "away"
        case keptUntil = "kept_until"
        case isOrphan = "orphan"
        case clientPID = "client_pid"
        case commandPID = "command_pid"
        case commandBase64 = "command_base64"
        case askedAt = "asked_at"
        case queuedAt = "queued_at"
        case grantedAt = "granted_at"
        case endedAt = "ended_at"
        case waitedMicroseconds = "waited_us"
        case heldMicroseconds = "held_us"
        case exitStatus = "exit_status"
        case fencingToken = "fencing_token"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        request = try values.decode(Int.self, forKey: .request)
        group = try values.decodeIfPresent(Int.self, forKey: .group)
        parent = try values.decodeIfPresent(Int.self, forKey: .parent)
        resource = try values.decode(String.self, forKey: .resource)
        mode = try values.decode(String.self, forKey: .mode)
        quantity = try values.decodeIfPresent(Int.self, forKey: .quantity)
        element = try values.decodeIfPresent(String.self, forKey: .element)
        outcome = try values.decode(String.self, forKey: .outcome)
        isOrphan = try values.decodeIfPresent(Bool.self, forKey: .isOrphan) ?? false
        user = try values.decode(String.self, forKey: .user)
        host = try values.decode(String.self, forKey: .host)
        uid = try values.decodeIfPresent(UInt32.self, forKey: .uid)
        clientPID = try values.decodeIfPresent(pid_t.self, forKey: .clientPID)
        commandPID = try values.decodeIfPresent(pid_t.self, forKey: .commandPID)
        command = try values.decodeIfPresent([String].self, forKey: .command)
        commandBase64 = try values.decodeIfPresent([String].self, forKey: .commandBase64)
        askedAt = try values.decode(String.self, forKey: .askedAt)
        queuedAt = try values.decodeIfPresent(String.self, forKey: .queuedAt)
        grantedAt = try values.decodeIfPresent(String.self, forKey: .grantedAt)
        endedAt = try values.decodeIfPresent(String.self, forKey: .endedAt)
        waitedMicroseconds = try values.decodeIfPresent(Int.self, forKey: .waitedMicroseconds)
        heldMicroseconds = try values.decodeIfPresent(Int.self, forKey: .heldMicroseconds)
        exitStatus = try values.decodeIfPresent(Int.self, forKey: .exitStatus)
        place = try values.decodeIfPresent(Int.self, forKey: .place)
        capacity = try values.decodeIfPresent(Int.self, forKey: .capacity)
        free = try values.decodeIfPresent(Int.self, forKey: .free)
        freeElements = try values.decodeIfPresent([String].self, forKey: .freeElements)
        isAway = try values.decodeIfPresent(Bool.self, forKey: .isAway) ?? false
        keptUntil = try values.decodeIfPresent(String.self, forKey: .keptUntil)
        signal = try values.decodeIfPresent(Int32.self, forKey: .signal)
        detail = try values.decodeIfPresent(String.self, forKey: .detail)
        fencingToken = try values.decodeIfPresent(Int.self, forKey: .fencingToken)
    }

    /// Reads one object from each line.
    package static func rows(_ report: Outcome) throws -> [ReportRow] {
        guard report.status == 0 else { throw NeverHappened(description: "the report failed: \(report)") }
        // Where a limit has been met, a line about the daemon follows the rows.
        return try report.output.split(separator: "\n").filter { !$0.hasPrefix("{\"limits\"") }.map {
            try JSONDecoder().decode(ReportRow.self, from: Data($0.utf8))
        }
    }
}

extension Sandbox {
    /// The present holders and waiters. Empty as long as no daemon has recorded itself, because there may be no journal yet.
    package func status() async throws -> [ReportRow] {
        guard daemonPID != nil else { return [] }
        return try ReportRow.rows(try await flom("--status", "--format", "json"))
    }

    /// The history, the newest last.
    package func history(of resource: String? = nil) async throws -> [ReportRow] {
        let selection = resource.map { ["-r", $0] } ?? []
        return try ReportRow.rows(try await run([program] + options + ["--history", "--format", "json"] + selection))
    }
}
