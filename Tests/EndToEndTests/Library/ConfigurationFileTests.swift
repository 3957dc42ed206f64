import FlomTestKit
import Foundation
import Testing

/// The configuration files, which the command reads too: they set what new handles have, and nothing is said about them anywhere.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryConfigurationTests {
    @Test func filesSetTheProperties() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(
            """
            # a comment
            [Resource]
            Name=red.green
            LockMode=PR
            Quantity=3
            Timeout=700
            Create=no
            IdleLifespan=9
            OnLost=kill
            [Daemon]
            SocketName=\(box.socket)
            Lifespan=never
            [Network]
            DiscoveryAttempts=4
            DiscoveryTimeout=5
            DiscoveryTTL=6
            [TLS]
            TlsCheckPeerId=no
            [Unknown]
            Key=value
            neither a group nor a key
            """, to: box.path("home/.flom"))
        try Files.makeDirectory(box.path("config/flom"))
        try Files.write("[Resource]\nTimeout=0x10\n[Trace]\nCommandTraceFile=trace\n", to: box.path("config/flom/flom.conf"))
        let outcome = try await box.play(
            """
            init a = 0
            get_resource_name a = 'red.green'
            get_lock_mode a = 3
            get_resource_quantity a = 3
            get_resource_timeout a = 16
            get_resource_create a = 0
            get_resource_idle_lifespan a = 9
            get_socket_name a = '@SOCKET'
            get_discovery_attempts a = 4
            get_discovery_timeout a = 5
            get_discovery_ttl a = 6
            get_trace_filename a = 'trace'
            set_resource_timeout a 3 = 0
            init b = 0
            get_resource_timeout b = 16
            clean a = 0
            get_resource_timeout a = 16
            clean b = 0
            """)
        #expect(outcome.errors.isEmpty, "\(outcome)")
        #expect(!Files.exists(box.path("trace")))
    }

    @Test(arguments: [
        (
            "[Resource]\nName=1x\n", -5,
            "home/.flom:2: Name='1x' is not accepted; it takes the name of a resource; this one is refused because "
        ),
        ("[Resource]\nLockMode=shared\n", -5, "home/.flom:2: LockMode='shared' is not accepted; it takes NL (NullLock), "),
        ("[Resource]\nCreate=perhaps\n", -5, "home/.flom:2: Create='perhaps' is not accepted; it takes yes, y, no or n"),
        (
            "[Daemon]\nUnicastPort=70000\n", -5,
            "home/.flom:2: UnicastPort='70000' is not accepted; it takes a whole number from 1 to 65535"
        ),
        ("[Daemon]\nSocketName=/s\nUnicastAddress=h\n", -5, "home/.flom:2 names a socket and "),
        ("[TLS]\nTlsCheckPeerId=yes\n", -5, "a configuration file sets TlsCheckPeerId=yes, which needs "),
        ("[TLS]\nTlsCertificate=/nowhere/c.pem\n", -125, "the TLS file '/nowhere/c.pem' does not exist"),
    ])
    func aWrongValueIsSaid(file: String, code: Int, sentence: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(file, to: box.path("home/.flom"))
        let outcome = try await box.play(
            """
            init a = \(code)
            lock a = -17
            get_error NULL = *
            get_error a = *
            heap b = NULL
            """)
        #expect(outcome.output.contains(sentence), "\(outcome)")
        #expect(outcome.errors.isEmpty)
    }

    /// What cannot be read, or is another user's, says nothing.
    @Test func filesThatAreNotObeyed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Resource]\nTimeout=7\n", to: box.path("home/.flom"), mode: 0o666)
        try Files.makeDirectory(box.path("config/flom"))
        try Files.makeDirectory(box.path("config/flom/flom.conf"))
        let outcome = try await box.play("init a = 0\nget_resource_timeout a = -1\nget_error NULL = ''")
        #expect(outcome.errors.isEmpty, "\(outcome)")
    }

    /// The lines that FLOM_TRACE_MASK asks for go to standard error, and to a file and back.
    @Test func traces() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_trace_filename a @BOX/no/such/trace = -120
            lock a = 0
            unlock a = 0
            set_trace_filename a @BOX/trace = 0
            set_resource_name a other = 0
            lock a = 0
            unlock a = 0
            set_trace_filename a NULL = 0
            set_trace_filename a NULL = 0
            set_resource_name a third = 0
            lock a = 0
            clean a = 0
            """
        let outcome = try await box.play(script, environment: ["FLOM_TRACE_MASK": "0x80000"])
        let file = try #require(Files.text(of: box.path("trace")))
        #expect(
            outcome.errors.contains("'_RESOURCE'") && outcome.errors.contains("'third'") && !outcome.errors.contains("'other'"),
            "\(outcome)")
        #expect(file.contains("'other'") && !file.contains("'third'"), "\(file)")
    }
}
