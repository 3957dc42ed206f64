import FlomTestKit
import Foundation
import Testing

/// What a program is compiled and linked with.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryFileTests {
    /// The functions that the headers declare.
    private static var declared: Set<String> {
        let headers = Files.names(in: BuiltLibrary.include).compactMap { Files.text(of: "\(BuiltLibrary.include)/\($0)") }
            .joined()
        return Set(headers.matches(of: /\b(flom_[a-z_]+)\(/).map { String($0.output.1) })
    }

    @Test(.enabled(if: Conditions.hasProgram("nm"), "needs nm")) func nothingElseIsExported() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(Self.declared.count > 60)
        let shared = try await box.run(["nm", "-D", "--defined-only", BuiltLibrary.lib + "/libflom.so"]).output
        let exported = Set(shared.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        #expect(exported == Self.declared)
        let archive = try await box.run(["nm", "--defined-only", "--extern-only", BuiltLibrary.lib + "/libflom.a"]).output
        let visible = Set(
            archive.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count == 3 }.map { String($0[2]) })
        #expect(visible == Self.declared)
    }

    @Test(.enabled(if: Conditions.hasProgram("readelf"), "needs readelf")) func nothingAvoidableIsNeeded() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let lines = try await box.run(["readelf", "-dW", BuiltLibrary.lib + "/libflom.so"]).output.split(separator: "\n")
        let needed = lines.filter { $0.contains("(NEEDED)") }.compactMap {
            $0.firstMatch(of: /\[(.+)\]/).map { String($0.output.1) }
        }
        #expect(
            Set(needed).isSubset(of: ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"]), "\(needed)")
        #expect(lines.contains { $0.contains("(SONAME)") && $0.contains("[libflom.so.0]") })
        #expect(lines.contains { $0.contains("NODELETE") })
    }

    @Test(arguments: ["c89", "gnu89", "c99", "c11", "c17"]) func theHeaderIsC(standard: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(
            "#include <flom.h>\n#include <flom.h>\nint main(void) { return flom_handle_lock(NULL) == FLOM_RC_NULL_OBJECT; }\n",
            to: box.path("a.c"))
        let strict = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-Wmissing-prototypes", "-Wstrict-prototypes"]
        let outcome = try await box.run(["cc", "-std=\(standard)", "-I", BuiltLibrary.include, "-c", "a.c"] + strict)
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test(arguments: ["c++98", "c++11", "c++14", "c++17", "c++20"]) func theHeaderIsCPlusPlus(standard: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let text = """
            #include <iostream>
            #include <flom.hh>
            using namespace flom;
            int f() {
                try {
                    FlomHandle handle;
                    FlomLock lock(handle);
                    string element = handle.getLockedElement();
                    cout << element << endl;
                    handle.setResourceName("x");
                    handle.setResourceName(element);
                    return lock.unlock();
                } catch (FlomException &failure) {
                    cout << failure.getReturnCodeText() << failure.what() << endl;
                    return failure.getReturnCode();
                }
            }

            """
        try Files.write(text, to: box.path("a.cc"))
        let outcome = try await box.run(
            ["c++", "-std=\(standard)", "-I", BuiltLibrary.include, "-c", "a.cc", "-pedantic", "-Wall", "-Wextra", "-Werror"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// Two files that include the header link, with the old word for glib too, which 1.7.2's users write; statically as well.
    @Test func twoFilesLink() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(
            "#include <flom.h>\nconst char *f(flom_handle_t *h) { return flom_handle_get_locked_element(h); }\n",
            to: box.path("a.c"))
        let main =
            "#include <flom.h>\nconst char *f(flom_handle_t *);\nint main(void) { return f(NULL) != flom_handle_get_locked_element(NULL); }\n"
        try Files.write(main, to: box.path("b.c"))
        let compile = ["cc", "-I", BuiltLibrary.include, "a.c", "b.c", "-o"]
        // An archive of its own stands for glib where that is not installed.
        _ = try await box.run(["ar", "rcs", "libglib-2.0.a"])
        for (name, linking) in [
            ("shared", BuiltLibrary.shared), ("glib", BuiltLibrary.shared + ["-L.", "-lglib-2.0"]),
            ("static", BuiltLibrary.static),
            ("whole", ["-static"] + BuiltLibrary.static + ["-w"]),
        ] {
            let outcome = try await box.run(compile + [name] + linking)
            #expect(outcome.status == 0, "\(name): \(outcome)")
            #expect(try await box.run([box.path(name)]).status == 0)
        }
    }

    /// The static library does what the shared one does.
    @Test(arguments: [[], ["-static"]]) func theStaticLibraryLocks(options: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a red.green = 0
            lock a = 0
            get_locked_element a = 'red'
            unlock a = 0
            set_unicast_address a localhost = 0
            set_unicast_port a \(try FreePort.find()) = 0
            lock a = -105
            clean a = 0
            """, linking: options + BuiltLibrary.static)
    }

    @Test(.enabled(if: Conditions.hasProgram("pkg-config"), "needs pkg-config")) func pkgConfigKnowsIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let path = ["PKG_CONFIG_PATH": BuiltLibrary.lib + "/pkgconfig"]
        let flags = try await box.run(["pkg-config", "--cflags", "--libs", "flom"], environment: path)
        #expect(flags.output.split(separator: " ").contains("-lflom"), "\(flags)")
        #expect(try await box.run(["pkg-config", "--modversion", "flom"], environment: path).output.contains("."))
    }

    /// The cost of loading it: less than 5 ms, and less than 3 MB.
    @Test func loadingCostsLittle() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let program = try await CompiledPrograms.path("load.c", linking: ["-ldl"])
        var best = (milliseconds: Double.infinity, kilobytes: Int.max)
        for _ in 0..<10 {
            let outcome = try await box.run([program, BuiltLibrary.lib + "/libflom.so.0"])
            let words = outcome.output.split(whereSeparator: \.isWhitespace)
            try #require(outcome.status == 0 && words.count == 2, "\(outcome)")
            best.milliseconds = min(best.milliseconds, Double(words[0])!)
            best.kilobytes = min(best.kilobytes, Int(words[1])!)
        }
        #expect(best.milliseconds < 5 && best.kilobytes < 3072, "\(best)")
    }

    /// Each function has a man page of its name, which groff takes without a remark.
    @Test(.enabled(if: Conditions.hasProgram("groff"), "needs groff")) func everyFunctionHasAManPage() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let directory = BuiltLibrary.directory + "/share/man/man3"
        for name in Self.declared.sorted() + ["flom.h"] { #expect(Files.exists("\(directory)/\(name).3"), "\(name)") }
        for page in Files.names(in: directory) where Files.target(of: "\(directory)/\(page)") == nil {
            let outcome = try await box.run(["groff", "-man", "-t", "-Tutf8", "-ww", "-z", "\(directory)/\(page)"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(page): \(outcome.errors)")
        }
        #expect(Files.names(in: directory).count == Self.declared.count + 1)
    }
}
