import FlomTestKit
import Testing

/// What each call does in each state of a handle: the table of FLoM 1.7.2, with the differences that docs/library.md lists.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryStateTests {
    /// Ways into each state.
    private static let ways: [(state: String, way: String)] = [
        ("nothing", "zero a"),
        ("garbage", "garbage a"),
        ("INIT", "init a = 0\nset_socket_name a @SOCKET = 0"),
        (
            "CONNECTED",
            "init a = 0\nset_socket_name a @SOCKET = 0\nset_resource_timeout a 0 = 0\nset_resource_name a taken = 0\nlock a = 4"
        ),
        ("LOCKED", "init a = 0\nset_socket_name a @SOCKET = 0\nlock a = 0"),
        ("DISCONNECTED", "init a = 0\nset_socket_name a @SOCKET = 0\nlock a = 0\nunlock a = 0"),
        ("CLEANED", "init a = 0\nclean a = 0"),
    ]

    /// What comes of each call, and the state after it.
    private static let table: [(state: String, calls: String)] = [
        ("nothing", "lock -17 0, unlock -17 0, unlock_rollback -17 0, clean -17 0"),
        ("garbage", "lock -17 *, unlock -17 *, unlock_rollback -17 *, clean -17 *"),
        ("INIT", "lock 0 24, unlock -17 22, unlock_rollback -17 22, clean 0 26"),
        ("CONNECTED", "lock 4 23, unlock 0 25, unlock_rollback 12 25, clean 0 26"),
        ("LOCKED", "lock -17 24, unlock 0 25, unlock_rollback 12 25, clean 0 26"),
        ("DISCONNECTED", "lock 0 24, unlock -17 25, unlock_rollback -17 25, clean 0 26"),
        ("CLEANED", "lock -17 26, unlock -17 26, unlock_rollback -17 26, clean -17 26"),
    ]

    @Test func everyCallInEveryState() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        var script = ""
        for (state, calls) in Self.table {
            guard let way = Self.ways.first(where: { $0.state == state })?.way else { continue }
            for call in calls.split(separator: ",") {
                let words = call.split(separator: " ")
                script += way + "\n\(words[0]) a = \(words[1])\nstate a = \(words[2])\n"
                // What is left must not keep the next way from its lock.
                if words[2] == "24" { script += "unlock a = 0\n" }
            }
        }
        try await box.play(script)
        try await holder.letGo()
    }

    /// Which properties can be set: those of the resource without a lock, those of the daemon without a connection, the trace always.
    @Test func propertiesCanBeSetInSomeStates() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let resource = [
            "set_resource_name a other", "set_lock_mode a 3", "set_resource_quantity a 2", "set_resource_timeout a 7",
            "set_resource_idle_lifespan a 9", "set_description a nightly",
        ]
        let daemon = [
            "set_resource_create a 1", "set_socket_name a @SOCKET", "set_unicast_port a 99", "set_multicast_port a 99",
            "set_discovery_attempts a 3", "set_discovery_timeout a 3", "set_discovery_ttl a 3", "set_tls_check_peer_id a 0",
            "set_tls_certificate a NULL", "set_tls_private_key a NULL", "set_tls_ca_certificate a NULL", "set_start_daemon a 0",
            "set_network_interface a NULL", "set_unicast_address a NULL", "set_multicast_address a NULL",
        ]
        func codes(_ state: String) -> (resource: Int, daemon: Int) {
            switch state {
            case "INIT", "DISCONNECTED": (0, 0)
            case "CONNECTED": (0, 11)
            default: (11, 11)
            }
        }
        for (state, way) in Self.ways {
            let (ofResource, ofDaemon) = codes(state)
            var script = way + "\n"
            for call in resource { script += "\(call) = \(ofResource)\n" }
            for call in daemon { script += "\(call) = \(ofDaemon)\n" }
            script += "set_trace_filename a NULL = 0\nset_trace_filename a @BOX/trace = 0\n"
            if state == "LOCKED" { script += "get_resource_name a = '_RESOURCE'\nget_lock_mode a = 5\nunlock a = 0\n" }
            try await box.play(script)
        }
        #expect(!Files.exists(box.path("trace")))
        try await holder.letGo()
    }

    /// A handle whose lock was refused asks on, for what it is told by then.
    @Test func aRefusedHandleAsksAnew() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("ren1")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a ren1 = 0
            set_resource_timeout a 0 = 0
            lock a = 4
            set_resource_name a other = 0
            lock a = 0
            shell $FLOM -s $SOCKET -r other -o 0 -- true 2> /dev/null = 98
            clean a = 0
            shell $FLOM -s $SOCKET -r other -o 0 -- true = 0
            """)
        try await holder.letGo()
    }

    /// A handle that was copied counts once.
    @Test func aCopyIsNoSecondHandle() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            lock a = 0
            copy a b
            unlock b = 0
            unlock a = -17
            state a = 25
            clean b = 0
            lock a = -6
            unlock a = -6
            clean a = -6
            set_resource_timeout a 1 = -6
            get_resource_timeout a = -1
            """)
    }

    @Test func theLibrarysOwnMemoryIsNoticedWhenItIsFreed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            heap a = a handle
            state a = 22
            delete a
            state a = 26
            lock a = -17
            unlock a = -17
            clean a = -17
            delete a
            delete NULL
            init b = 0
            delete b
            state b = 22
            clean b = 0
            clean b = -17
            """)
    }

    @Test func nullIsRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init NULL = -4
            clean NULL = -4
            lock NULL = -4
            unlock NULL = -4
            unlock_rollback NULL = -4
            cancel NULL = -4
            lock_start NULL 0 = -4
            lock_finish NULL = -4
            get_wait_fd NULL = -4
            get_lost_fd NULL = -4
            is_lost NULL = 0
            clear_resources NULL = -4
            count_resources NULL = -4
            add_resource NULL db 5 1 = -4
            set_resource_name NULL db = -4
            set_resource_timeout NULL 1 = -4
            set_lock_mode NULL 1 = -4
            get_resource_name NULL = NULL
            get_resource_timeout NULL = -4
            get_lock_mode NULL = 7
            get_locked_element NULL = NULL
            get_fencing_token NULL = 0
            get_request_id NULL = NULL
            get_error NULL = ''
            init a = 0
            set_resource_name a NULL = -4
            get_resource_name a = '_RESOURCE'
            add_resource a NULL 5 1 = -4
            count_resources a = 1
            """)
    }
}
