import FlomTestKit
import Foundation
import Testing

/// The library with FLoM 1.7.2's daemon, played by a stand-in that tolerates no more than the real one.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryLegacyTests {
    @Test func aLockAndItsEnd() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a red.blue = 0
            set_resource_idle_lifespan a 3000 = 0
            lock a = 0
            get_locked_element a = 'red'
            get_fencing_token a = 0
            get_request_id a = NULL
            unlock a = 0
            lock a = 4
            unlock a = 0
            clean a = 0
            """
        let program = try await box.startScript(script.replacing("lock a = 4", with: "set_resource_timeout a 0 = 0\nlock a = 4"))
        do {
            let session = try await daemon.accept()
            let lock = try await session.receiveLock()
            #expect(lock["resource", "wait"] == "1" && lock["resource", "lifespan"] == "3000")
            try await session.answer(LegacyMessages.firstAnswer(0).replacing("rc=\"0\"", with: "rc=\"0\" element=\"red\""))
            try await session.receiveUnlock()
            try await session.receiveEnd()
        }
        do {
            let session = try await daemon.accept()
            #expect(try await session.receiveLock()["resource", "wait"] == "0")
            try await session.answer(LegacyMessages.firstAnswer(4))
            try await session.receiveEnd()
        }
        box.expect(
            try await program.wait(),
            toHavePlayed: script.replacing("lock a = 4", with: "set_resource_timeout a 0 = 0\nlock a = 4"))
    }

    @Test func aDaemonThatVanishes() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            lock a = 0
            lost a = 1
            is_lost a = 1
            unlock a = -30
            state a = 25
            lock a = -126
            state a = 23
            clean a = 0
            """
        let program = try await box.startScript(script)
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(0))
        }
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(1))
        }
        box.expect(try await program.wait(), toHavePlayed: script)
    }

    @Test func severalResourcesAreTooMany() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a R1 = 0
            add_resource a R2 5 1 = 0
            lock a = -15
            state a = 23
            clean a = 0
            """
        let program = try await box.startScript(script)
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(0))
            try await session.receiveUnlock()
        }
        box.expect(try await program.wait(), toHavePlayed: script)
    }
}
