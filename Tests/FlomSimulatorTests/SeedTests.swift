import FlomSimulator
import Testing

/// Worlds in which something was found once, by the engine, its shell or the checker itself: it must not come back.
@Suite struct SeedTests {
    struct Found: CustomTestStringConvertible, Sendable {
        let seed: UInt64
        let what: String
        var testDescription: String { "\(seed): \(what)" }
    }

    static let all = [
        Found(seed: 1, what: "a number that was offered outlives its daemon"),
        Found(seed: 8, what: "a request counts as nested only while the grant is open under which it was asked"),
        Found(seed: 19, what: "a lock is broken while the word of its grant is on its way"),
        Found(seed: 57, what: "a group awaits one of several resources of which nobody knows whether they still exist"),
        Found(seed: 98, what: "a remote client is killed, and its command is nobody's to end"),
        Found(seed: 9, what: "a person hears that a lock is broken while the journal cannot be written"),
        Found(seed: 4, what: "a daemon is killed before its first commit in a boot, and the next one is shown another boot id"),
        Found(seed: 120, what: "a client that cannot be seen dies while its grant waits for the device"),
        Found(seed: 100_402, what: "a group awaits one of several resources, and the life of another one has ended meanwhile"),
    ]

    @Test(arguments: all)
    func isKept(_ found: Found) {
        #expect(Simulation.run(seed: found.seed, requests: 2000, journal: MemoryJournal()).failure == nil)
    }
}
