import FlomModel
import Testing

@testable import FlomDaemon

@Suite struct MachineBootsTests {
    private let first = SessionID(1)
    private let second = SessionID(2)
    private let third = SessionID(3)

    /// Evaluates an expression that may change the value.
    private final class Machines {
        var boots = MachineBoots()
        var cloned: Set<String> { boots.cloned }
        func heard(machine: String, boot: String, _ session: SessionID, now: Int64) -> Bool {
            boots.heard(machine: machine, boot: boot, session, now: now)
        }
    }

    @Test func aMachineThatWasBootedIsNoClone() {
        let boots = Machines()
        #expect(!boots.heard(machine: "m", boot: "a", first, now: 1))
        #expect(!boots.heard(machine: "m", boot: "b", second, now: 2))
        #expect(!boots.heard(machine: "m", boot: "b", third, now: 3))
        #expect(boots.cloned.isEmpty)
    }

    @Test func aBootThatSpeaksAfterANewerOneLivesBesideIt() {
        let boots = Machines()
        #expect(!boots.heard(machine: "m", boot: "a", first, now: 1))
        #expect(!boots.heard(machine: "m", boot: "b", second, now: 2))
        #expect(boots.heard(machine: "m", boot: "a", third, now: 3))
        // Once.
        #expect(!boots.heard(machine: "m", boot: "b", second, now: 4))
        #expect(!boots.heard(machine: "m", boot: "a", third, now: 5))
        #expect(boots.cloned == ["m"])
    }

    @Test func machinesAreToldApartAndTheUnknownIsNobody() {
        let boots = Machines()
        for (index, (machine, boot)) in [
            ("m", "a"), ("n", "b"), ("m", "a"), ("", "a"), ("", "b"), ("", "a"), ("m", ""), ("m", "a"),
        ]
        .enumerated() {
            #expect(!boots.heard(machine: machine, boot: boot, SessionID(UInt64(index)), now: Int64(index)))
        }
    }

    /// A holder sends nothing as long as its command runs; then its connection is examined.
    @Test func aSilentMachineIsSuspected() {
        var boots = MachineBoots()
        _ = boots.heard(machine: "m", boot: "a", first, now: 1)
        #expect(boots.suspects.isEmpty)
        _ = boots.heard(machine: "m", boot: "b", second, now: 2)
        #expect(boots.suspects.map(\.session) == [first] && boots.suspects.map(\.since) == [2])
        boots.left(first)
        #expect(boots.suspects.isEmpty)
    }

    @Test func strangersCannotMakeItRememberWithoutEnd() {
        let machines = Machines()
        for number in 0..<2 * MachineBoots.mostMachines {
            _ = machines.heard(machine: "m\(number)", boot: "a", SessionID(UInt64(number)), now: 1)
        }
        machines.boots.tidy(now: Int64.max / 2)
        for number in 0..<2 * MachineBoots.mostMachines { machines.boots.left(SessionID(UInt64(number))) }
        machines.boots.tidy(now: Int64.max / 2)
        #expect(!machines.heard(machine: "m", boot: "a", first, now: 1))
        #expect(!machines.heard(machine: "m", boot: "b", second, now: 2))
        #expect(machines.heard(machine: "m", boot: "a", first, now: 3))
    }
}
