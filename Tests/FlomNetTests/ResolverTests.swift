import FlomNet
import FlomNetCore
import FlomSystem
import Glibc
import Testing

/// No name that DNS could be asked for: what is looked up stands in the hosts file, or cannot be a name.
@Suite struct ResolverTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("fe80::1%lo", "fe80::1%lo"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("239.255.0.1", "239.255.0.1"), ("ff02::1", "ff02::1"), ("0.0.0.0", "0.0.0.0"),
        // No literal to us, but one to the system.
        ("127.1", "127.0.0.1"),
    ])
    func literals(_ host: String, _ text: String) throws {
        #expect(try Resolver.resolve(host, port: 28015, until: .never) == [#require(InternetAddress(text: text, port: 28015))])
    }

    @Test(arguments: [
        ("::1", "::1"), ("fd00::1", "fd00::1"), ("fe80::1", "fe80::1%lo"), ("fe80::1%lo", "fe80::1%lo"),
        ("ff02::1", "ff02::1%lo"), ("ff15::1", "ff15::1"),
    ])
    func onAnInterface(_ host: String, _ text: String) throws {
        #expect(
            try Resolver.resolve(host, port: 1, interface: "lo", until: .never) == [
                #require(InternetAddress(text: text, port: 1))
            ])
    }

    @Test func aName() throws {
        let found = try Resolver.resolve("localhost", port: 28015, until: .never)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.isLoopback && $0.port == 28015 })
        #expect(Set(found).count == found.count)
    }

    static let impossibleName = String(repeating: "a", count: 64) + ".example"

    @Test(
        arguments: [
            ("", nil, .refused, ["empty"]),
            ("a\0b", nil, .refused, ["NUL"]),
            ("fe80::1", nil, .refused, ["fe80::1", "link-local", "--network-interface"]),
            ("fe80::1%nosuchif", nil, .refused, ["nosuchif", "lo"]),
            ("fd00::1%lo", nil, .refused, ["fd00::1%lo", "link-local"]),
            ("127.0.0.1%lo", nil, .refused, ["127.0.0.1%lo"]),
            ("::1", "nosuchif", .refused, ["nosuchif", "lo"]),
            ("::1", "", .refused, ["lo"]),
            ("127.0.0.1", "lo", .refused, ["127.0.0.1", "'lo'", "IPv6"]),
            ("fe80::1%4000000", "lo", .refused, ["fe80::1%4000000", "'lo'"]),
            (impossibleName, nil, .failed, [impossibleName, "28015"]),
            ("-" + impossibleName, nil, .failed, [impossibleName]),
        ] as [(String, String?, NetworkError.Kind, [String])])
    func refused(_ host: String, _ interface: String?, _ kind: NetworkError.Kind, _ words: [String]) throws {
        let error = try #require(
            failure { () throws(NetworkError) in try Resolver.resolve(host, port: 28015, interface: interface, until: .never) })
        #expect(error.kind == kind)
        for word in words { #expect(error.sentence.contains(word), "\(error.sentence)") }
    }

    /// In a process of its own, because the `getent` that it finds is not the system's.
    @Test func whatOnlyTheSystemKnows() async {
        await #expect(processExitsWith: .success) {
            var template = Array("/tmp/flom-getent-XXXXXX\0".utf8CString)
            let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
            defer {
                unlink("\(folder)/getent")
                rmdir(folder)
            }
            let script = """
                #!/bin/sh
                test "$1" = ahosts || exit 2
                echo '192.0.2.7       STREAM known'
                echo '192.0.2.7       DGRAM'
                echo '2001:db8::7     STREAM'
                """
            let file = open("\(folder)/getent", O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
            writeAll(Array(script.utf8), to: file)
            close(file)
            setenv("PATH", "\(folder):/usr/bin:/bin", 1)

            let found = try Resolver.resolve(ResolverTests.impossibleName, port: 5, until: .never)
            #expect(found.map(\.description) == ["192.0.2.7 port 5", "2001:db8::7 port 5"])
            // That getent knows no IPv6 address.
            #expect(throws: NetworkError.self) {
                try Resolver.resolve(ResolverTests.impossibleName, port: 5, interface: "lo", until: .never)
            }
        }
    }
}
