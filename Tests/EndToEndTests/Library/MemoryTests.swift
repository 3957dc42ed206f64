import FlomTestKit
import Foundation
import Testing

/// Programs that do everything wrong, watched: nothing that is not theirs is touched, nothing is left behind.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryMemoryTests {
    private static let script = """
        zero a
        garbage b
        lock a = -17
        lock b = -17
        unlock b = -17
        clean b = -17
        cancel b = -17
        lock_finish b = -17
        set_resource_name b db = 11
        get_resource_name b = '_RESOURCE'
        get_locked_element b = NULL
        get_error b = ''
        init a = 0
        set_socket_name a @SOCKET = 0
        set_resource_name a red.green = 0
        set_resource_name a blue.white = 0
        add_resource a _s_n[1] 5 1 = 0
        set_resource_name a 1x = -14
        get_error a = *
        lock a = 0
        lock a = -17
        copy a c
        get_lost_fd a = a descriptor
        get_locked_element_of a 1 = '1'
        clean a = 0
        clean a = -17
        unlock c = -6
        clean c = -6
        get_locked_element c = NULL
        heap d = a handle
        set_socket_name d @SOCKET = 0
        set_resource_name d taken = 0
        set_resource_timeout d 20 = 0
        lock d = 9
        set_resource_timeout d 0 = 0
        lock d = 4
        lock d = 4
        delete d
        delete d
        lock d = -17
        set_description d x = 11
        heap e = a handle
        set_socket_name e @SOCKET = 0
        lock e = 0
        delete e
        heap f = a handle
        set_socket_name f @SOCKET = 0
        set_resource_name f taken = 0
        lock_start f 0 = 1
        delete f
        lock NULL = -4
        delete NULL
        exit
        """

    @Test(.enabled(if: Conditions.hasProgram("valgrind"), "needs valgrind")) func valgrindHasNothingToSay() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        // What handles are made of lives as long as the process, and is reachable.
        let words = [
            "valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite", "--run-libc-freeres=no",
        ]
        let outcome = try await box.play(Self.script, under: words)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        try await holder.letGo()
    }

    @Test(arguments: [["-fsanitize=address"], ["-fsanitize=undefined", "-fno-sanitize-recover=all"]])
    func sanitizersHaveNothingToSay(options: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let outcome = try await box.play(Self.script, options: options)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        try await holder.letGo()
    }
}
