import FlomRandom
import FlomTestKit
import Foundation
import Testing

/// A hundred clients of each kind at once, and every third killed by SIGKILL while it waits or while its command runs, which goes on until
/// then. The commands write down when they begin and end; a command whose flom was killed runs on, and keeps what it has.
@Suite(.serialized) struct KillStressTests {
    struct Stress: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The words behind `-r` for the n-th client.
        let words: @Sendable (_ number: Int) -> [String]
        /// Whether one command may begin while others run.
        let fits: @Sendable (_ use: Use, _ others: [Use]) -> Bool
        var mayFail = false
        /// No element is given twice; if commands may fail, no element of a command that succeeded.
        var givesOnce = false
    }

    /// A line of a command.
    struct Use: Sendable {
        let number: Int
        let element: String
    }

    private static let path: @Sendable (Int) -> String = { ["/t", "/t/a", "/t/a/x", "/t/b", "/t/b/x/y", "/t/c"][$0 % 6] }
    private static let quantity: @Sendable (Int) -> Int = { 1 + $0 % 3 }

    static let kinds: [Stress] = [
        Stress(testDescription: "simple", words: { _ in ["R"] }, fits: { $1.isEmpty }),
        Stress(
            testDescription: "numeric", words: { ["pool[5]", "-q", "\(quantity($0))"] },
            fits: { use, others in (others + [use]).reduce(0) { $0 + quantity($1.number) } <= 5 }),
        Stress(
            testDescription: "set", words: { _ in ["a.b.c.d"] },
            fits: { use, others in "abcd".contains(use.element) && !others.contains { $0.element == use.element } }),
        Stress(
            testDescription: "hierarchical", words: { [path($0), "-l", $0.isMultiple(of: 4) ? "EX" : "PR"] },
            fits: { use, others in
                others.allSatisfy { other in
                    let paths = [path(use.number), path(other.number)].map { $0 + "/" }
                    let areApart = !paths[0].hasPrefix(paths[1]) && !paths[1].hasPrefix(paths[0])
                    return areApart || !(use.number.isMultiple(of: 4) || other.number.isMultiple(of: 4))
                }
            }),
        Stress(testDescription: "sequence", words: { _ in ["_s_n[4]"] }, fits: { $1.count < 4 }, givesOnce: true),
        Stress(
            testDescription: "transactional sequence", words: { _ in ["_S_n[4]"] },
            fits: { use, others in others.count < 4 && !others.contains { $0.element == use.element } }, mayFail: true,
            givesOnce: true),
        Stress(
            testDescription: "timestamp", words: { _ in ["_t_%Y%m%d%H%M%S#fff[3]"] }, fits: { $1.count < 3 }, givesOnce: true),
    ]

    private static let clientCount = 100
    private static let killCount = 33

    @Test(arguments: kinds) func killedClients(of kind: Stress) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let start = ContinuousClock.now
        var random = SeededRandom(seed: 33)
        let victims = Set((0..<Self.clientCount).shuffled(using: &random).prefix(Self.killCount))
        let clients = try (0..<Self.clientCount).map { number in
            // `+` and `-`, the number, and the element if there is one: each line is one write at the end of the file.
            let fails = kind.mayFail && number.isMultiple(of: 5)
            let killing = victims.contains(number) ? "until [ -e killed-$0 ]; do sleep 0.01; done; " : ""
            let running = "\(killing)sleep 0.0\(1 + random.below(4))"
            let script = "echo + $0 $1 >> log; \(running); echo - $0 $1 >> log; exit \(fails ? 1 : 0)"
            return try box.start(
                [box.program] + box.options + ["-i", "60000", "-r"] + kind.words(number)
                    + ["--", "sh", "-c", script, "\(number)"])
        }
        try await kill(victims, of: clients, in: box, &random)

        for (number, client) in clients.enumerated() {
            let outcome = try await client.wait(within: .seconds(60))
            let ending =
                victims.contains(number) ? Ending.signalled(SIGKILL) : .exited(kind.mayFail && number.isMultiple(of: 5) ? 1 : 0)
            #expect(outcome.ending == ending, "\(outcome)")
        }
        try await eventually("nobody holds or waits") { try await box.status().isEmpty }
        #expect(ContinuousClock.now - start < .seconds(15))
        check(kind, entries(in: box), victims)

        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
        let next = try await box.run(
            [box.program] + box.options + ["-o", "1000", "-r"] + kind.words(0) + ["--", "echo", "next"])
        #expect(next.status == 0 && next.output.hasPrefix("next"), "\(next)")
        let rows = try await box.history().filter { $0.resource != "warmup" }
        #expect(rows.allSatisfy { ["released", "reclaimed", "withdrawn"].contains($0.outcome) }, "\(Set(rows.map(\.outcome)))")
        #expect(rows.count <= Self.clientCount + 1 && rows.count >= Self.clientCount + 1 - Self.killCount)
        #expect(rows.count { $0.outcome == "released" } == Self.clientCount + 1 - Self.killCount)
        #expect(rows.contains { $0.outcome == "reclaimed" })
    }

    /// Kills the clients one after the other: all whose commands run, and a waiter each time another command has begun. The first is one whose
    /// command runs.
    private func kill(
        _ victims: Set<Int>, of clients: [RunningProcess], in box: Sandbox, _ random: inout SeededRandom
    ) async throws {
        var left = victims
        var begun = 0
        while !left.isEmpty {
            let isFirst = left == victims
            let started = try await found("somebody begins, of whom \(left) are to be killed") { () -> [Int]? in
                let started = entries(in: box).filter(\.begins).map(\.use.number)
                let isNews = started.count > begun && !isFirst
                return isNews || started.contains(where: left.contains) ? started : nil
            }
            begun = started.count
            var targets = left.intersection(started)
            let waiting = left.subtracting(targets).sorted()
            if !isFirst, !waiting.isEmpty { targets.insert(random.pick(waiting[...])) }
            for target in targets {
                clients[target].send(SIGKILL)
                try Files.write("", to: box.path("killed-\(target)"))
            }
            left.subtract(targets)
        }
    }

    // MARK: - The commands' log

    private struct Entry {
        let begins: Bool
        let use: Use
    }

    private func entries(in box: Sandbox) -> [Entry] {
        let text = Files.text(of: box.path("log")) ?? ""
        // Without the unfinished last line.
        return text.prefix(through: text.lastIndex(of: "\n") ?? text.startIndex).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return Entry(
                begins: words[0] == "+", use: Use(number: Int(words[1])!, element: words.count > 2 ? String(words[2]) : ""))
        }
    }

    private func check(_ kind: Stress, _ entries: [Entry], _ victims: Set<Int>) {
        var running: [Int: Use] = [:]
        var finished: [Use] = []
        for entry in entries {
            let use = entry.use
            if entry.begins {
                #expect(kind.fits(use, Array(running.values)), "\(use) beside \(running.values)")
                running[use.number] = use
            } else {
                #expect(running.removeValue(forKey: use.number) != nil)
                finished.append(use)
            }
        }
        #expect(running.isEmpty)
        #expect(Set(0..<Self.clientCount).subtracting(victims).isSubset(of: Set(finished.map(\.number))))
        #expect(finished.count == Set(finished.map(\.number)).count)
        guard kind.givesOnce else { return }
        // The number of a command that failed is given again, unless its failure was never reported.
        let kept = finished.filter { !kind.mayFail || !$0.number.isMultiple(of: 5) }.map(\.element)
        #expect(kept.count > 50 && Set(kept).count == kept.count && !kept.contains(""), "\(kept)")
    }
}
