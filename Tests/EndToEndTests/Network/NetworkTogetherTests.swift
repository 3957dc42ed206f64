import FlomTestKit
import Testing

/// Several resources, and requests from within a lock, over TCP.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkTogetherTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]

    private func network() async throws -> HostNetwork {
        let net = try await HostNetwork()
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "-r", "warmup", "--", "true")
        guard started.status == 0 else {
            net.close()
            throw NeverHappened(description: "no daemon: \(started)")
        }
        return net
    }

    private func rows(_ net: HostNetwork) async throws -> [ReportRow] {
        try ReportRow.rows(try await net.mojan.run(["flom"] + Self.place + ["--history", "--format", "json"]))
    }

    @Test func allAreGrantedToAnotherHostAtOnce() async throws {
        let net = try await network()
        defer { net.close() }
        let words = ["-r", "B", "-r", "x.y", "-r", "A", "--", "sh", "-c", "echo $FLOM_RESOURCE_3 $FLOM_ELEMENT_2 $0"]
        let outcome = try await net.presanella.run(["flom"] + Self.place + words)
        #expect(outcome.status == 0 && outcome.output == "A x x\n" && outcome.errors.isEmpty, "\(outcome)")
        let group = try await rows(net).filter { $0.group != nil }
        #expect(group.map(\.resource) == ["B", "x.y", "A"] && Set(group.map(\.group)).count == 1)
        #expect(group.allSatisfy { $0.outcome == "released" && $0.uid == nil })
    }

    /// The ancestors of a client on another host cannot be seen: its variable is believed; that of a client on this host is checked.
    @Test func onAnotherHostTheNumberIsBelieved() async throws {
        let net = try await network()
        defer { net.close() }
        let inner = "flom \(Self.place.joined(separator: " ")) -r"
        let script = "\(inner) B -- true; FLOM_REQUEST_ID=$FLOM_REQUEST_ID setsid \(inner) A -- true"
        let outcome = try await net.presanella.run(["flom"] + Self.place + ["-r", "A", "--", "sh", "-c", script])
        #expect(outcome.status == 99 && outcome.errors.contains("deadlock"), "\(outcome)")
        let outer = try #require(try await rows(net).first { $0.resource == "A" })
        #expect(try await rows(net).filter { $0.parent == outer.request }.map(\.resource) == ["B", "A"])

        let holder = try await net.presanella.hold("C", Self.place)
        let held = try #require(try await rows(net).first { $0.resource == "C" })
        let journal = try #require(net.mojan.recorded("journal-id"))
        let copied = ["FLOM_REQUEST_ID": "\(journal):\(held.request)"]
        for (host, resource) in [(net.mojan, "D"), (net.tonale, "E")] {
            #expect(try await host.run(["flom"] + Self.place + ["-r", resource, "--", "true"], environment: copied).status == 0)
        }
        let after = try await rows(net)
        #expect(after.first { $0.resource == "D" }?.parent == nil)
        #expect(after.first { $0.resource == "E" }?.parent == held.request)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }
}
