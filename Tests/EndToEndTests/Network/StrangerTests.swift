import FlomTestKit
import Foundation
import Testing

/// Connections that are no clients: health checks are counted, all others are logged once, by their address.
@Suite(.enabled(if: Conditions.hasProgram("python3"), "needs python3")) struct StrangerTests {
    private struct World {
        let box: Sandbox
        let daemon: RunningProcess
        let place: [String]
        /// The address for Python's `connect`.
        let address: String

        enum Kind: CaseIterable, Sendable {
            case tcp, tls, unix
        }

        init(_ kind: Kind) async throws {
            box = try Sandbox()
            let port = try FreePort.find()
            place = kind == .unix ? ["-s", box.socket] : ["-a", "127.0.0.1", "-p", "\(port)"]
            address = kind == .unix ? "'\(box.socket)'" : "('127.0.0.1', \(port))"
            var tls: [String] = []
            if kind == .tls {
                let certificates = Certificates(in: box)
                try await certificates.make("own")
                tls = certificates.options("own")
            }
            options = tls
            daemon = try box.start([box.program, "--foreground", "--journal", box.journal] + place + tls)
            try await eventually("it serves: \(daemon.errorsSoFar)") { [daemon] in daemon.errorsSoFar.contains("FLM003N") }
        }

        private let options: [String]

        func flom(_ words: String...) async throws -> Outcome { try await box.run([box.program] + place + options + words) }

        func python(_ script: String) async throws {
            let family = address.hasPrefix("'") ? "AF_UNIX" : "AF_INET"
            let head =
                "import socket, struct\ndef connect():\n s = socket.socket(socket.\(family)); s.connect(\(address)); return s\n"
            let outcome = try await box.run(["python3", "-c", head + script])
            guard outcome.status == 0 else { throw NeverHappened(description: "python: \(outcome)") }
        }

        /// The lines of the daemon's log since it was ready.
        var complaints: [Substring] {
            daemon.errorsSoFar.split(separator: "\n").drop { !$0.contains("FLM003N") }.dropFirst().filter {
                !$0.contains("FLM172W")
            }
        }

        func silent() async throws -> Int? {
            let text = try await flom("-d", "0", "--status", "--format", "prometheus").output
            let name = "flom_silent_connections_total "
            return text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) }
        }
    }

    /// Checks as a load balancer does: connect, and reset or close.
    @Test(arguments: [World.Kind.tcp, .tls])
    private func silentConnectionsAreCounted(_ kind: World.Kind) async throws {
        let world = try await World(kind)
        defer { world.box.close() }
        try await world.python(
            """
            for i in range(20):
                s = connect()
                if i % 2: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                s.close()
            """)
        try await eventually("all are counted: \(world.complaints)") { try await world.silent() == 20 }
        #expect(world.complaints.isEmpty)
        #expect(
            try await world.flom("-d", "0", "--status").output.contains(
                "connections that said nothing since the daemon began: 20"))
        let json = try await world.flom("-d", "0", "--status", "--format", "json").output
        #expect(json.contains("\"silent_connections\":20"), "\(json)")
    }

    @Test(arguments: World.Kind.allCases)
    private func oneConnectionGivesOneLine(_ kind: World.Kind) async throws {
        let world = try await World(kind)
        defer { world.box.close() }
        try await world.python(
            """
            s = connect()
            try:
                for i in range(256): s.sendall(bytes(4096))
            except OSError: pass
            s.close()
            """)
        try await eventually("it says so") { !world.complaints.isEmpty }
        // This comes after every line that the first connection could cause.
        try await world.python("s = connect(); s.sendall(b'nonsense</msg>'); s.recv(100)")
        try await eventually("the next one is named") { world.complaints.count >= 2 }
        #expect(world.complaints.count == 2, "\(world.complaints)")
        let name = kind == .unix ? "process " : "127.0.0.1 port "
        #expect(world.complaints.allSatisfy { $0.contains("the connection of \(name)") }, "\(world.complaints)")
    }

    /// A reset in the middle of a handshake is logged with the peer's address.
    @Test func aHandshakeThatIsCut() async throws {
        let world = try await World(.tls)
        defer { world.box.close() }
        try await world.python(
            """
            s = connect()
            s.sendall(bytes([0x16, 3, 1, 1, 0, 1, 0]))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            s.close()
            """)
        try await eventually("it says so") { !world.complaints.isEmpty }
        #expect(
            !world.complaints.contains { $0.contains("4294967295") || $0.contains("breaks the protocol") }, "\(world.complaints)")
        #expect(world.complaints.count == 1, "\(world.complaints)")
    }
}
