import FlomTestKit
import Foundation
import Testing

/// The properties of handles: their defaults, what they accept, and what becomes of what they do not.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryPropertyTests {
    @Test func defaults() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            get_resource_name a = '_RESOURCE'
            get_lock_mode a = 5
            get_resource_quantity a = 1
            get_resource_timeout a = -1
            get_resource_idle_lifespan a = 0
            get_resource_create a = 1
            get_socket_name a = '\(Self.defaultSocket)'
            get_unicast_address a = NULL
            get_multicast_address a = NULL
            get_unicast_port a = 28015
            get_multicast_port a = 28015
            get_network_interface a = NULL
            get_discovery_attempts a = 2
            get_discovery_timeout a = 500
            get_discovery_ttl a = 1
            get_tls_certificate a = NULL
            get_tls_private_key a = NULL
            get_tls_ca_certificate a = NULL
            get_tls_check_peer_id a = 0
            get_trace_filename a = NULL
            get_start_daemon a = 0
            get_description a = NULL
            count_resources a = 1
            get_error a = ''
            """)
    }

    private static var defaultSocket: String {
        "/tmp/flom-" + (getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())")
    }

    @Test func namesAreChecked() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_resource_name a red.green.blue = 0
            get_resource_name a = 'red.green.blue'
            set_resource_name a 1x = -14
            set_resource_name a = -14
            set_resource_name a a b = -14
            set_resource_name a pool[0] = -14
            set_resource_name a _s_x = -14
            get_error a = *
            get_resource_name a = 'red.green.blue'
            set_resource_name a _RESOURCE = 0
            get_resource_name a = '_RESOURCE'
            add_resource a db 5 1 = 0
            add_resource a pool[3] 5 2 = 0
            add_resource a 1x 5 1 = -14
            add_resource a x 6 1 = -7
            add_resource a x -1 1 = -7
            add_resource a x 5 0 = -7
            count_resources a = 3
            clear_resources a = 0
            count_resources a = 1
            """)
    }

    @Test func numbersHaveRanges() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_lock_mode a 0 = 0
            get_lock_mode a = 0
            set_lock_mode a 6 = -7
            set_lock_mode a 7 = -7
            set_lock_mode a 99 = -7
            set_lock_mode a -3 = -7
            get_error a = '-3 is no lock mode: they are FLOM_LOCK_MODE_NL (0) to EX (5)'
            get_lock_mode a = 0
            set_resource_quantity a -3 = 0
            get_resource_quantity a = 3
            set_resource_quantity a 0 = 0
            get_resource_quantity a = 3
            set_resource_quantity a -2147483648 = -7
            set_resource_timeout a -9 = 0
            get_resource_timeout a = -9
            set_resource_timeout a 2147483647 = 0
            set_resource_idle_lifespan a -60000 = 0
            get_resource_idle_lifespan a = 60000
            set_resource_idle_lifespan a 0 = 0
            get_resource_idle_lifespan a = 0
            set_resource_create a 0 = 0
            get_resource_create a = 0
            set_resource_create a 42 = -7
            set_resource_create a -1 = -7
            get_resource_create a = 0
            set_unicast_port a -7777 = 0
            get_unicast_port a = 7777
            set_unicast_port a 0 = -7
            set_unicast_port a 700000 = -7
            get_unicast_port a = 7777
            set_multicast_port a 65535 = 0
            set_multicast_port a 65536 = -7
            get_multicast_port a = 65535
            set_discovery_attempts a -5 = 0
            get_discovery_attempts a = 5
            set_discovery_attempts a 0 = 0
            get_discovery_attempts a = 1
            set_discovery_attempts a 1001 = -7
            set_discovery_timeout a -750 = 0
            get_discovery_timeout a = 750
            set_discovery_timeout a 0 = 0
            set_discovery_timeout a 3600001 = -7
            get_discovery_timeout a = 0
            set_discovery_ttl a 0 = 0
            get_discovery_ttl a = 1
            set_discovery_ttl a 300 = -7
            set_tls_check_peer_id a 1 = 0
            set_tls_check_peer_id a 2 = -7
            get_tls_check_peer_id a = 1
            set_start_daemon a 1 = 0
            set_start_daemon a 2 = -7
            get_start_daemon a = 1
            """)
    }

    /// A socket, an address and a group exclude each other; the one that was set last counts.
    @Test func thereIsOnePlace() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let longest = String(repeating: "x", count: 107)
        try await box.play(
            """
            init a = 0
            set_unicast_address a 127.0.0.1 = 0
            get_socket_name a = NULL
            get_unicast_address a = '127.0.0.1'
            set_multicast_address a 224.0.0.1 = 0
            get_unicast_address a = NULL
            get_multicast_address a = '224.0.0.1'
            set_socket_name a @SOCKET = 0
            get_multicast_address a = NULL
            get_socket_name a = '@SOCKET'
            set_unicast_address a NULL = 0
            get_socket_name a = '@SOCKET'
            set_socket_name a \(longest) = 0
            get_socket_name a = '\(longest)'
            set_socket_name a \(longest)x = -9
            get_error a = 'the socket name has 108 bytes; the system allows 107'
            get_socket_name a = '\(longest)'
            set_socket_name a NULL = 0
            get_socket_name a = NULL
            lock a = -1
            get_error a = 'nothing says where the daemon is: set a socket name, a unicast address or a multicast address'
            state a = 22
            """)
    }

    @Test func filesAndInterfacesMustExist() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("", to: box.path("cert.pem"))
        symlink("cert.pem", box.path("link.pem"))
        try await box.play(
            """
            init a = 0
            set_tls_certificate a @BOX/link.pem = 0
            get_tls_certificate a = '@BOX/cert.pem'
            set_tls_private_key a ./cert.pem = 0
            get_tls_private_key a = '@BOX/cert.pem'
            set_tls_certificate a @BOX/none.pem = -125
            get_error a = 'the TLS file '@BOX/none.pem' does not exist, or cannot be reached'
            get_tls_certificate a = '@BOX/cert.pem'
            set_tls_certificate a NULL = 0
            get_tls_certificate a = NULL
            set_network_interface a nosuchdevice = -20
            get_network_interface a = NULL
            set_trace_filename a @BOX/trace = 0
            get_trace_filename a = '@BOX/trace'
            set_trace_filename a NULL = 0
            get_trace_filename a = NULL
            """)
        #expect(!Files.exists(box.path("trace")))
    }

    /// The loopback interface has an IPv6 address on most machines, not on all.
    @Test(.enabled(if: Files.text(of: "/proc/net/if_inet6")?.contains(" lo\n") == true, "needs IPv6 on the loopback interface"))
    func anInterfaceWithIPv6() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_network_interface a lo = 0
            get_network_interface a = 'lo'
            set_unicast_address a 127.0.0.1 = 0
            lock a = -110
            set_network_interface a NULL = 0
            get_network_interface a = NULL
            """)
    }

    /// Texts are copied, and given back as they were.
    @Test func textsAreBytes() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_resource_name a /srv/Grüße/\u{1F511} = 0
            get_resource_name a = '/srv/Grüße/\u{1F511}'
            set_description a nightly  report = 0
            get_description a = 'nightly  report'
            """)
    }
}
