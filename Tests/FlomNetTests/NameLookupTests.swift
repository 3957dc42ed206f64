import FlomSystem
import Glibc
import Testing

@testable import FlomNet
@testable import FlomNetCore

/// The system's `getent` is replaced by one that takes its time, in a process of its own; DNS is asked for nothing, because no name can
/// be so long.
@Suite struct NameLookupTests {
    private static let name = String(repeating: "b", count: 64) + ".example"
    private static var question: NameLookup.Question { .init(name: name, family: AF_UNSPEC) }

    private static func replaceGetent(_ script: String) throws -> String {
        var template = Array("/tmp/flom-getent-XXXXXX\0".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let file = open("\(folder)/getent", O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
        writeAll(Array("#!/bin/sh\n\(script)\n".utf8), to: file)
        close(file)
        setenv("PATH", "\(folder):/usr/bin:/bin", 1)
        return folder
    }

    private static func remove(_ folder: String) {
        for name in ["getent", "asked", "go"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// A caller that comes after another has given up gets the answer of the lookup that is under way, and no second one is begun.
    @Test func aLookupThatIsGivenUpGoesOnForTheNextOne() async {
        await #expect(processExitsWith: .success) {
            let folder = try NameLookupTests.replaceGetent(
                #"d=$(dirname "$0"); echo x >> $d/asked; until [ -e $d/go ]; do sleep 0.01; done; echo '192.0.2.7 STREAM b'"#)
            defer { NameLookupTests.remove(folder) }
            for _ in 1...2 {
                #expect(try NameLookup.answer(to: NameLookupTests.question, until: .after(milliseconds: 50)) == nil)
            }
            close(open("\(folder)/go", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
            let answer = try NameLookup.answer(to: NameLookupTests.question, until: .after(milliseconds: 30_000))
            guard case .found(let addresses) = answer else { return #expect(Bool(false), "\(String(describing: answer))") }
            #expect(addresses.map(\.text) == ["192.0.2.7"])
            #expect(Files.contents(of: "\(folder)/asked") == Array("x\n".utf8))

            // What has been told is not told again.
            _ = try NameLookup.answer(to: NameLookupTests.question, until: .after(milliseconds: 30_000))
            #expect(Files.contents(of: "\(folder)/asked") == Array("x\nx\n".utf8))
        }
    }

    @Test func theSentenceSaysThatItWasTheName() async {
        await #expect(processExitsWith: .success) {
            let folder = try NameLookupTests.replaceGetent("exec sleep 60")
            defer { NameLookupTests.remove(folder) }
            let error = #expect(throws: NetworkError.self) {
                try Resolver.resolve(NameLookupTests.name, port: 5, until: .after(milliseconds: 50))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.sentence.contains("the name '\(NameLookupTests.name)' (port 5)") == true)
        }
    }
}
