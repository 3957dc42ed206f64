import FlomTestKit
import Foundation
import Testing

/// What is granted, for each kind of resource.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryKindTests {
    @Test func elements() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            get_locked_element a = NULL
            get_fencing_token a = 0
            get_request_id a = NULL
            lock a = 0
            get_locked_element a = NULL
            get_fencing_token a = 1
            get_request_id a = *
            unlock a = 0
            set_resource_name a red.green = 0
            set_lock_mode a 3 = 0
            set_resource_quantity a 5 = 0
            lock a = 0
            get_locked_element a = 'red'
            get_locked_element_of a 0 = 'red'
            get_locked_element_of a 1 = NULL
            get_locked_element_of a -1 = NULL
            get_lock_mode a = 3
            unlock a = 0
            get_locked_element a = NULL
            get_fencing_token a = 0
            get_request_id a = NULL
            lock a = 0
            get_locked_element a = 'green'
            unlock a = 0
            set_resource_name a _s_n[1] = 0
            lock a = 0
            get_locked_element a = '1'
            unlock a = 0
            set_resource_name a _t_%Y%m%d%H%M%S.#ffffff[1] = 0
            lock a = 0
            get_locked_element a = *
            unlock a = 0
            set_resource_name a /a/b = 0
            lock a = 0
            get_locked_element a = NULL
            shell $FLOM -s $SOCKET -r /a -l EX -o 0 -- true 2> /dev/null = 98
            clean a = 0
            """)
    }

    /// A rollback hands a number of a transactional sequence out again. Clean and delete commit; the end of the process rolls back.
    @Test func transactions() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let first = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_idle_lifespan a 60000 = 0
            set_resource_name a _S_n[1] = 0
            lock a = 0
            get_locked_element a = '1'
            unlock_rollback a = 0
            lock a = 0
            get_locked_element a = '1'
            unlock a = 0
            lock a = 0
            get_locked_element a = '2'
            clean a = 0
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a _S_n[1] = 0
            lock a = 0
            get_locked_element a = '3'
            """
        try await box.play(first)
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a _S_n[1] = 0
            lock a = 0
            get_locked_element a = '3'
            unlock a = 0
            set_resource_name a _s_m[1] = 0
            lock a = 0
            get_locked_element a = '1'
            unlock_rollback a = 12
            lock a = 0
            get_locked_element a = '2'
            exit
            """)
    }

    /// Several resources are granted at one moment, or none.
    @Test func severalResources() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a R1 = 0
            add_resource a red.green 5 1 = 0
            add_resource a pool[3] 5 2 = 0
            add_resource a R2 3 1 = 0
            lock a = 0
            add_resource a R3 5 1 = 11
            get_locked_element a = NULL
            get_locked_element_of a 1 = 'red'
            get_locked_element_of a 2 = NULL
            get_fencing_token_of a 0 = 1
            get_fencing_token_of a 3 = 1
            get_fencing_token_of a 4 = 0
            shell $FLOM -s $SOCKET -r R1 -o 0 -- true 2> /dev/null = 98
            shell $FLOM -s $SOCKET -r 'pool[3]' -q 2 -o 0 -- true 2> /dev/null = 98
            shell $FLOM -s $SOCKET -r R2 -l PR -o 0 -- true = 0
            unlock_rollback a = 12
            shell $FLOM -s $SOCKET -r R1 -o 0 -- true = 0
            add_resource a taken 5 1 = 0
            add_resource a _S_s[1] 5 1 = 0
            set_resource_timeout a 0 = 0
            lock a = 4
            shell $FLOM -s $SOCKET -r R1 -o 0 -- true = 0
            clear_resources a = 0
            add_resource a _S_s[1] 5 1 = 0
            lock a = 0
            get_locked_element_of a 1 = '1'
            unlock_rollback a = 0
            lock a = 0
            get_locked_element_of a 1 = '1'
            clean a = 0
            """)
        try await holder.letGo()
    }

    @Test func thereIsALimitToResources() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let added = (2...64).map { "add_resource a R\($0) 5 1 = 0" }.joined(separator: "\n")
        try await box.play(
            "init a = 0\n\(added)\nadd_resource a R65 5 1 = -7\ncount_resources a = 64\nget_error a = 'a handle has at most 64 resources'"
        )
    }

    /// A program shows in the reports with its pid, and its command line or what it says instead.
    @Test func theHolderIsNamed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a db = 0
            set_description a nightly report = 0
            lock a = 0
            init b = 0
            set_socket_name b @SOCKET = 0
            set_resource_name b other = 0
            lock b = 0
            shell cat @BOX/gate = 0
            clean a = 0
            clean b = 0
            """
        let gate = try box.gate("gate")
        let program = try await box.startScript(script)
        let row = try await found("the holders are described") {
            let rows = try await box.status().filter { $0.clientPID == program.pid && $0.command != nil }
            return rows.count == 2 ? rows.first { $0.resource == "db" } : nil
        }
        #expect(row.command?.joined(separator: " ") == "nightly report")
        let other = try #require(try await box.status().first { $0.resource == "other" })
        #expect(other.command?.first?.hasSuffix("-script") == true, "\(String(describing: other.command))")
        try await gate.open()
        let outcome = try await program.wait()
        box.expect(outcome, toHavePlayed: script)
    }
}
