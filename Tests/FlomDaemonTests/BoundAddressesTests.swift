import FlomNet
import Testing

@testable import FlomDaemon
@testable import FlomNetCore

/// The addresses of a daemon when those of its host change.
@Suite struct BoundAddressesTests {
    private static func addresses(_ texts: String) -> [InternetAddress] {
        texts.split(separator: " ").map { InternetAddress(text: String($0), port: 28015)! }
    }

    struct Look: Sendable {
        let meant: String
        let here: String
        var died = ""
        var revived = ""
        var wanted = ""
        var needsEntrance = false
    }

    /// A series of looks; the wanted addresses are listened on before the next look.
    @Test(
        arguments: [
            ("10.7.0.1", [Look(meant: "10.7.0.1", here: "10.7.0.1"), Look(meant: "", here: "10.7.0.1 10.7.0.9")]),
            // A new lease, and the name follows at once.
            (
                "10.7.0.1",
                [
                    Look(meant: "10.7.0.9", here: "10.7.0.9", died: "10.7.0.1", wanted: "10.7.0.9"),
                    Look(meant: "10.7.0.9", here: "10.7.0.9"),
                    Look(meant: "10.7.0.1", here: "10.7.0.1", died: "10.7.0.9", revived: "10.7.0.1"),
                ]
            ),
            // The name follows later.
            (
                "10.7.0.1",
                [
                    Look(meant: "10.7.0.1", here: "10.7.0.9", died: "10.7.0.1", needsEntrance: true),
                    Look(meant: "", here: "10.7.0.9", needsEntrance: true),
                    Look(meant: "10.7.0.9", here: "10.7.0.9", wanted: "10.7.0.9"),
                ]
            ),
            // One of two addresses is enough; an address of another host is not bound.
            ("10.7.0.1 fd00::1", [Look(meant: "10.7.0.1 fd00::1 10.7.0.2", here: "fd00::1", died: "10.7.0.1")]),
            ("10.7.0.1 127.0.0.1", [Look(meant: "", here: "127.0.0.1", died: "10.7.0.1")]),
            // Each wildcard address serves its family.
            ("0.0.0.0", [Look(meant: "10.7.0.9", here: ""), Look(meant: "fd00::1", here: "fd00::1", wanted: "fd00::1")]),
        ] as [(String, [Look])])
    func looks(bound: String, looks: [Look]) {
        var state = BoundAddresses(Self.addresses(bound))
        for look in looks {
            let here = Self.addresses(look.here)
            let change = state.look(meant: Self.addresses(look.meant)) { here.contains($0) }
            #expect(change.died == Self.addresses(look.died), "\(look)")
            #expect(change.revived == Self.addresses(look.revived), "\(look)")
            #expect(change.wanted == Self.addresses(look.wanted), "\(look)")
            #expect(change.needsEntrance == look.needsEntrance, "\(look)")
            for address in change.wanted { state.add(address) }
            #expect(state.alive.allSatisfy { $0.isWildcard || here.contains($0) }, "\(look)")
        }
    }
}
