import FlomTestKit
import Foundation
import Testing

/// What programs that were written for FLoM 1.7.2's library see: the groups of its own tests, in C and C++.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryPeerTests {
    /// Lock and unlock with a handle of the program's and with one of the library's, on the default resource.
    @Test(arguments: ["usual.c", "usual.cc"]) func theUsualWay(program: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await box.runProgram(program, [box.socket])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    /// The numbers go on over the end of the process, which is a rollback.
    @Test(arguments: ["transactions.c", "transactions.cc"]) func transactions(program: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        for numbers in [[1, 2, 1, 1, 2], [3, 4, 2, 2, 3]] {
            let outcome = try await box.runProgram(program, [box.socket])
            #expect(outcome.ending == .signalled(SIGABRT), "\(outcome)")
            #expect(outcome.output == numbers.map { "locked element is \($0)\n" }.joined(), "\(outcome)")
        }
    }

    /// Every property as it was and as it is after it was set; and then a lock over TLS, with a quantity and a mode that a set ignores, and an
    /// interface that a socket ignores.
    @Test(
        .enabled(if: Conditions.hasProgram("openssl"), "needs openssl"),
        .enabled(if: Conditions.machineID != nil, "needs a machine id"),
        .enabled(if: Files.text(of: "/proc/net/if_inet6")?.contains(" lo\n") == true, "needs IPv6 on the loopback interface"))
    func gettersAndSetters() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let certificates = Certificates(in: box)
        let id = try #require(Conditions.machineID)
        try await certificates.make(id)
        let started = try await box.run(
            [box.program] + box.options + certificates.options(id) + ["--tls-check-peer-id", "yes", "-r", "w", "--", "true"])
        #expect(started.status == 0, "\(started)")
        let words = [
            box.socket, certificates.certificate(id), certificates.key(id), certificates.authority, "lo", box.path("trace"),
        ]

        let inC = try await box.runProgram("getters.c", words)
        #expect(
            inC.output == lines(of: "flom_handle_get_", box, name: "red.green.blue", none: "(null)", ["red", "green"]), "\(inC)")
        #expect(inC.status == 0 && inC.errors.isEmpty, "\(inC)")

        let inCPlusPlus = try await box.runProgram("getters.cc", words)
        let expected = lines(of: "FlomHandle.get", box, name: "red.blue.green", none: "", ["red", "blue"])
        #expect(inCPlusPlus.output == expected, "\(inCPlusPlus)")
        #expect(inCPlusPlus.status == 0 && inCPlusPlus.errors.isEmpty, "\(inCPlusPlus)")
    }

    /// What the programs print, once for each handle.
    private func lines(of call: String, _ box: Sandbox, name: String, none: String, _ elements: [String]) -> String {
        let login = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())"
        let properties: [(String, [String])] = [
            ("socket_name", ["'/tmp/flom-\(login)'", "'\(box.socket)'"]), ("trace_filename", ["'\(box.path("trace"))'"]),
            ("resource_name", ["'_RESOURCE'", "'\(name)'"]), ("resource_create", ["1", "0", "1"]),
            ("resource_timeout", ["-1", "-1"]),
            ("resource_quantity", ["1", "3"]), ("lock_mode", ["5", "4"]), ("resource_idle_lifespan", ["0", "10000"]),
            ("unicast_address", ["'\(none)'", "'127.0.0.1'"]), ("multicast_address", ["'\(none)'", "'224.0.0.1'"]),
            ("unicast_port", ["28015", "7777"]), ("multicast_port", ["28015", "8888"]), ("discovery_attempts", ["2", "5"]),
            ("discovery_timeout", ["500", "750"]), ("discovery_ttl", ["1", "2"]), ("tls_check_peer_id", ["0", "0", "1"]),
        ]
        let isCPlusPlus = call.contains("FlomHandle")
        return elements.map { element in
            var text = ""
            for (property, values) in properties + (isCPlusPlus ? [("network_interface", ["''"])] : []) {
                let function = isCPlusPlus ? property.split(separator: "_").map(\.capitalized).joined() : property
                for value in values { text += "\(call)\(function)() = \(value)\n" }
            }
            return text + "locked element is \(element)\n"
        }.joined()
    }

    /// The methods and the guard that 1.7.2's classes do not have.
    @Test func whatIsNewInCPlusPlus() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let outcome = try await box.runProgram("classes.cc", [box.socket])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output == "all well\n", "\(outcome)")
        try await holder.letGo()
    }
}
