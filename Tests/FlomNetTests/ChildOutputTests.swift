import FlomSystem
import Glibc
import Testing

@Suite struct ChildOutputTests {
    @Test func whatItPrints() {
        #expect(ChildOutput.of(["echo", "known"]) == Array("known\n".utf8))
        #expect(ChildOutput.of(["sh", "-c", "echo half; exit 2"]) == nil)
        #expect(ChildOutput.of(["no-such-program"]) == nil)
    }

    /// Also one that has printed something, and one whose child keeps the pipe.
    @Test(arguments: ["exec sleep 60", "echo half; exec sleep 60", "sleep 60 & echo half"])
    func whatHangsIsKilled(_ script: String) {
        let start = Clock.boottimeNanoseconds()
        #expect(ChildOutput.of(["sh", "-c", script], until: .after(milliseconds: 200)) == nil)
        #expect(Clock.boottimeNanoseconds() - start < 30_000_000_000)
    }

    /// Its signals are not those of the thread that asks.
    @Test func itBlocksNoSignals() throws {
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let status = try #require(ChildOutput.of(["cat", "/proc/self/status"]))
        #expect(String(decoding: status, as: UTF8.self).contains("SigBlk:\t0000000000000000"))
    }
}
