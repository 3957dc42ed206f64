import FlomTestKit
import Foundation
import Testing

/// Kinds of resources for a client of 1.7.2: elements in its answers, release by the root level, refusals with its numbers.
@Suite struct LegacyKindTests {
    private func message(_ name: String, attributes: String = "wait=\"0\" create=\"1\" lifespan=\"60000\"") -> String {
        let name = Data(name.utf8).base64EncodedString()
        return "<msg level=\"3\" verb=\"1\" step=\"8\"><session peerid=\"x\"/><resource name=\"\(name)\" \(attributes)/></msg>"
    }

    private func answer(to text: String, in box: Sandbox) async throws -> String {
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(5); s.sendall(sys.argv[2].encode())
            data = b""
            while not data.endswith(b"</msg>"):
                part = s.recv(1024)
                if not part: break
                data += part
            print(data.decode())
            """
        let outcome = try await box.run(["python3", "-c", script, box.socket, text])
        return outcome.output
    }

    static let answers: [(name: String, attributes: String, expected: String)] = [
        ("a.b", "wait=\"0\" create=\"1\" lifespan=\"60000\"", "<answer rc=\"0\" element=\"a\"/>"),
        ("_s_x[1]", "wait=\"0\" create=\"1\" lifespan=\"60000\"", "<answer rc=\"0\" element=\"1\"/>"),
        ("n[2]", "wait=\"0\" quantity=\"2\" create=\"1\" lifespan=\"0\"", "<answer rc=\"0\"/>"),
        ("n[2]", "wait=\"1\" quantity=\"3\" create=\"1\" lifespan=\"0\"", "<answer rc=\"6\"/>"),
        ("n[2]", "wait=\"1\" quantity=\"3\" create=\"0\" lifespan=\"0\"", "<answer rc=\"6\"/>"),
        ("n[2]", "wait=\"1\" quantity=\"-1\" create=\"1\" lifespan=\"0\"", "<answer rc=\"6\"/>"),
        ("n[0]", "wait=\"1\" quantity=\"1\" create=\"1\" lifespan=\"0\"", "<answer rc=\"6\"/>"),
        ("_s_x[0]", "wait=\"1\" create=\"1\" lifespan=\"0\"", "<answer rc=\"-14\"/>"),
        ("_t_%S[0]", "wait=\"1\" create=\"1\" lifespan=\"0\"", "<answer rc=\"-14\"/>"),
        ("_t_%Y[1]", "wait=\"1\" create=\"1\" lifespan=\"0\"", "<answer rc=\"-14\"/>"),
        ("/a/b", "mode=\"5\" wait=\"0\" create=\"1\" lifespan=\"0\"", "<answer rc=\"0\"/>"),
    ]

    @Test(.enabled(if: JournalQuery.isPossible), arguments: answers)
    func firstAnswers(name: String, attributes: String, expected: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let found = try await answer(to: message(name, attributes: attributes), in: box)
        #expect(found.contains("step=\"16\"") && found.contains(expected), "\(found)")
    }

    /// A lost connection of 1.7.2 rolls a transactional number back.
    @Test(.enabled(if: JournalQuery.isPossible)) func aLostConnectionRollsBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        for _ in 0..<3 {
            #expect(
                try await answer(to: message("_S_x[1]", attributes: "wait=\"1\" create=\"1\" lifespan=\"60000\""), in: box)
                    .contains("rc=\"0\" element=\"1\""))
            try await eventually("it is free") { try await box.status().isEmpty }
        }
        #expect(try await box.flom("-r", "_S_x[1]", "--", "echo").output == "1\n")
        #expect(try await box.flom("-r", "_S_x[1]", "--", "echo").output == "2\n")
    }
}
