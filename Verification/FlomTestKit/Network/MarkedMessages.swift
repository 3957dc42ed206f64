package import Foundation

/// Messages of a client that speaks flom's extension, for the tests' own sockets.
package enum MarkedMessages {
    /// - Parameters:
    ///   - secret: 22 characters of base64url.
    ///   - boot: 32 hexadecimal digits.
    package static func lock(_ name: String, secret: String, boot: String, wait: Bool = true) -> String {
        LegacyMessages.declaration + #"<msg level="3" verb="1" step="8" x="1"><session peerid="\#(LegacyMessages.peer)""#
            + #" x-sess="\#(secret)" x-boot="\#(boot)" x-user="ada" x-host="remote"/>"#
            + #"<resource name="\#(LegacyMessages.encoded(name))" mode="5" wait="\#(wait ? 1 : 0)" create="1" lifespan="0"/></msg>"#
    }

    /// The unlock of a client that gives up before it is answered.
    package static func expiredUnlock(_ name: String) -> String {
        LegacyMessages.declaration + #"<msg level="3" verb="2" step="8" x="1"><resource name="\#(LegacyMessages.encoded(name))""#
            + #" rollback="1" x-expired="1" /></msg>"#
    }
}

extension Sandbox {
    /// The number of events of a kind in the journal.
    package func count(of kind: String) async throws -> Int {
        let rows = try await JournalQuery.rows(
            "SELECT count(*) FROM event WHERE kind = '\(kind)'", of: journal, in: self)
        return rows.first.flatMap { Int($0) } ?? 0
    }

    /// Waits until another daemon than this one serves.
    @discardableResult
    package func daemon(after old: pid_t) async throws -> pid_t {
        try await found("another daemon than \(old) runs") {
            daemonPID.flatMap { $0 != old && ProcessTable.isAlive($0) ? $0 : nil }
        }
    }
}
