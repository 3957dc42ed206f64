import FlomTestKit
import Foundation
import Testing

/// What a lock returns, and why.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryLockCodeTests {
    @Test func grantedAndRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a taken = 0
            set_resource_timeout a 0 = 0
            lock a = 4
            state a = 23
            set_resource_timeout a 50 = 0
            lock a = 9
            get_error a = 'the lock on 'taken' was not obtained within 50 ms'
            unlock a = 0
            set_resource_name a unheardof = 0
            set_resource_timeout a 0 = 0
            set_resource_create a 0 = 0
            lock a = 5
            unlock a = 0
            set_resource_create a 1 = 0
            set_resource_name a pool[2] = 0
            set_resource_quantity a 3 = 0
            set_resource_timeout a -1 = 0
            lock a = 6
            unlock a = 0
            set_resource_quantity a 2 = 0
            lock a = 0
            lock a = -17
            get_error a = 'the handle holds a lock already; unlock it first'
            clean a = 0
            """)
        try await holder.letGo()
    }

    @Test func nobodyIsThere() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            lock a = -105
            state a = 22
            get_error a = *
            set_socket_name a @BOX/no/such/directory/s = 0
            lock a = -105
            set_unicast_address a nohost.invalid = 0
            lock a = -110
            set_unicast_address a = 0
            lock a = -110
            set_unicast_address a 127.0.0.1 = 0
            set_unicast_port a \(try FreePort.find()) = 0
            lock a = -105
            state a = 22
            lock a = -105
            unlock a = -17
            clean a = 0
            """)
    }

    /// A multicast group is asked as often, and each time as long, as the properties say.
    @Test func nobodyAnswersInAGroup() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let start = ContinuousClock.now
        try await box.play(
            """
            init a = 0
            set_multicast_address a 239.255.77.\(Int.random(in: 1...250)) = 0
            set_multicast_port a \(try FreePort.find()) = 0
            set_discovery_attempts a 2 = 0
            set_discovery_timeout a 150 = 0
            lock a = -105
            set_multicast_address a 10.0.0.1 = 0
            lock a = -105
            """)
        #expect(ContinuousClock.now - start > .milliseconds(300))
    }

    @Test func namesThatAreTooLong() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a \(String(repeating: "n", count: 700)) = 0
            lock a = -12
            state a = 23
            unlock a = 0
            set_resource_name a \(String(repeating: "n", count: 200)) = 0
            lock a = 0
            clean a = 0
            """)
    }

    /// What is not FLoM, and what only accepts connections.
    @Test func aStrangerListens() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let program = """
            import socket
            s = socket.socket(socket.AF_UNIX); s.bind('\(box.socket)'); s.listen(5)
            while True:
                c, _ = s.accept(); c.recv(1000); c.send(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'); c.close()
            """
        let stranger = try box.start(["python3", "-c", program])
        try await eventually("the stranger listens") { Files.isSocket(box.socket) }
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            lock a = -13
            state a = 23
            get_error a = *
            clean a = 0
            """)
        stranger.send(SIGKILL)
    }

    @Test func plainTextIsNotMeant() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try Files.write("no certificate", to: box.path("file.pem"))
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_tls_check_peer_id a 1 = 0
            lock a = -24
            state a = 22
            set_tls_check_peer_id a 0 = 0
            set_tls_certificate a @BOX/file.pem = 0
            lock a = -24
            get_error a = 'TLS needs three files: a certificate, its private key, and the CA certificates; only some of them are set'
            set_tls_private_key a @BOX/file.pem = 0
            set_tls_ca_certificate a @BOX/file.pem = 0
            lock a = -403
            state a = 22
            set_tls_certificate a NULL = 0
            set_tls_private_key a NULL = 0
            set_tls_ca_certificate a NULL = 0
            lock a = 0
            clean a = 0
            """)
    }

    /// Every code has a text of its class.
    @Test func everyCodeHasAText() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let codes = try #require(Files.text(of: BuiltLibrary.include + "/flom_errors.h")).matches(
            of: /#define FLOM_RC_(\w+) +([+-]?\d+)/
        )
        .map { (name: String($0.output.1), value: Int($0.output.2)!) }
        #expect(codes.count == 121 + 4)
        #expect(Set(codes.map(\.value)).count == codes.count)
        let outcome = try await box.runProgram("texts.c", (codes.map(\.value) + [-999, 15]).map(String.init))
        let texts = outcome.output.split(separator: "\n").map(String.init)
        try #require(texts.count == codes.count + 2)
        for ((name, value), text) in zip(codes, texts) {
            let expected = value == 0 ? "OK:" : value < 0 ? "ERROR:" : value < 7 ? "INFO:" : "WARNING:"
            #expect(text.hasPrefix(expected + " "), "\(name)")
        }
        #expect(Set(texts).count == codes.count + 1)
        #expect(texts[codes.count] == texts[codes.count + 1])
    }
}
