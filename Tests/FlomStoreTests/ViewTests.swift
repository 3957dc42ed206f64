import FlomModel
import Testing

@testable import FlomStore

/// The public views. Users' own queries rely on these names and values.
@Suite struct ViewTests {
    let directory = TemporaryDirectory()
    let journal: Journal

    init() throws { journal = try Journal.open(directory.settings, now: second(0)) }

    private func lines(_ sql: String) throws -> [String] {
        let rows = try Statement(connection: #require(journal.database.connection), path: "", sql: sql)
        defer { rows.finalize() }
        var lines: [String] = []
        while try rows.step() {
            lines.append((0..<rows.columnCount).map { rows.optionalText($0) ?? "NULL" }.joined(separator: "|"))
        }
        return lines
    }

    @Test func columns() throws {
        #expect(
            try lines("SELECT group_concat(name, ' ') FROM pragma_table_info('holds')") == [
                "request resource mode quantity element token outcome user host uid pid command_pid command asked_at granted_at ended_at waited_ms held_ms exit_status signal is_orphan detail request_group parent"
            ])
        #expect(
            try lines("SELECT group_concat(name, ' ') FROM pragma_table_info('waits')") == [
                "request resource mode quantity outcome user host uid pid command_pid command asked_at queued_at granted_at ended_at waited_ms token element detail request_group parent"
            ])
    }

    @Test func whoHeldAndWhoWaited() throws {
        var asked = request("R1")
        asked.client.user = "u"
        asked.client.host = "h"
        asked.client.claimedPID = 3
        try journal.commit([event(1, .requested(asked)), event(1, .granted(token(1)))], at: second(1))
        var nested = request("R1", .protectedRead)
        (nested.group, nested.parent) = (RequestID(2), RequestID(1))
        try journal.commit([event(2, .requested(nested)), event(2, .queued(position: 1))], at: second(2))
        try journal.commit([event(3, .requested(request("R1"))), event(3, .refused(.busy))], at: second(3))
        try journal.commit(
            [event(1, .described(command: [Array("sh".utf8), Array("-c".utf8), Array("a  b".utf8)]))], at: second(3))
        let end = Moment(boottime: Instant(nanoseconds: 4_123_456_789), wallMicroseconds: second(4).wallMicroseconds + 250)
        try journal.commit([event(1, .released(.exited(status: 2))), event(2, .granted(token(2)))], at: end)

        #expect(
            try lines("SELECT * FROM holds") == [
                "1|R1|EX|NULL|NULL|137438953473|released|u|h|NULL|3|NULL|sh -c a  b|2023-11-14T22:13:21.000000Z|2023-11-14T22:13:21.000000Z|2023-11-14T22:13:24.000250Z|0|3123|2|NULL|0|NULL|NULL|NULL",
                "2|R1|PR|NULL|NULL|137438953474|held|NULL|NULL|NULL|NULL|NULL|NULL|2023-11-14T22:13:22.000000Z|2023-11-14T22:13:24.000250Z|NULL|2123|NULL|NULL|NULL|0|NULL|2|1",
            ])
        #expect(
            try lines("SELECT * FROM waits") == [
                "2|R1|PR|NULL|held|NULL|NULL|NULL|NULL|NULL|NULL|2023-11-14T22:13:22.000000Z|2023-11-14T22:13:22.000000Z|2023-11-14T22:13:24.000250Z|NULL|2123|137438953474|NULL|NULL|2|1",
                "3|R1|EX|NULL|refused|NULL|NULL|NULL|NULL|NULL|NULL|2023-11-14T22:13:23.000000Z|NULL|NULL|2023-11-14T22:13:23.000000Z|0|NULL|NULL|busy|NULL|NULL",
            ])
    }

    @Test(
        arguments: [
            ([], ""), ([""], ""), (["", ""], " "), (["a"], "a"), (["", "a"], " a"), (["a", "", "b"], "a  b"),
            (["ü", "x y"], "ü x y"),
        ] as [([String], String)])
    func commandAsText(words: [String], text: String) throws {
        let command = words.map { Array($0.utf8) }
        #expect(CommandWords.split(CommandWords.join(command)) == command)
        try journal.commit(
            [event(1, .requested(request())), event(1, .granted(token(1))), event(1, .described(command: command))], at: second(1)
        )
        #expect(try lines("SELECT command FROM holds") == [text])
    }

    @Test func everyMode() throws {
        for (index, mode) in LockMode.allCases.enumerated() {
            try journal.commit([event(Int64(index + 1), .requested(request("R", mode)))], at: second(1))
        }
        #expect(try lines("SELECT mode FROM waits") == LockMode.allCases.map(\.shortName))
    }
}
