import FlomChecker
import Testing

/// For each promise one history that keeps it and one that does not.
enum Histories {
    struct Sample: CustomTestStringConvertible, Sendable {
        let promise: BrokenPromise.Promise
        let name: String
        let kept: String
        let broken: String
        var testDescription: String { name }

        init(_ promise: BrokenPromise.Promise, _ name: String, kept: String, broken: String) {
            self.promise = promise
            self.name = name
            self.kept = kept
            self.broken = broken
        }
    }

    static let all = grants + elements + queues + endings + sessions + nested + losses + failures + offers

    private static func held(_ request: Int, _ what: String, token: Int, _ element: String = "") -> String {
        "1 asked \(request) \(what)\n1 granted \(request) token=\(token)\(element.isEmpty ? "" : " element=\(element)")\n1 committed"
    }

    private static let grants = [
        Sample(
            .exclusion, "readers share, a writer does not",
            kept: held(1, "db client=1 mode=PR", token: 1) + "\n" + held(2, "db client=2 mode=CR", token: 2),
            broken: held(1, "db client=1 mode=PR", token: 1) + "\n" + held(2, "db client=2", token: 2)),
        Sample(
            .exclusion, "a path excludes what leads to it, and nothing beside it",
            kept: held(1, "/a/b client=1", token: 1) + "\n" + held(2, "/a/bb client=2", token: 2),
            broken: held(1, "/a/b client=1", token: 1) + "\n" + held(2, "/a client=2 mode=CR", token: 2)),
        Sample(
            .capacity, "a pool",
            kept: held(1, "p[3] client=1 quantity=2", token: 1) + "\n" + held(2, "p[3] client=2", token: 2),
            broken: held(1, "p[3] client=1 quantity=2", token: 1) + "\n" + held(2, "p[3] client=2 quantity=2", token: 2)),
        Sample(
            .capacity, "a recovered daemon knows its holders",
            kept: held(1, "p[1] client=1", token: 1) + "\n2 daemon-ended\n3 daemon-started 2\n3 committed",
            broken: held(1, "p[1] client=1", token: 1)
                + "\n2 daemon-ended\n3 daemon-started 2\n3 committed\n4 asked 2 p[1] client=2\n4 granted 2 token=2"),
        Sample(
            .token, "tokens",
            kept: held(1, "a client=1", token: 3) + "\n" + held(2, "b client=2", token: 4),
            broken: held(1, "a client=1", token: 3) + "\n" + held(2, "b client=2", token: 3)),
        Sample(
            .number, "request numbers",
            kept: held(1, "a client=1", token: 1) + "\n" + held(5, "b client=2", token: 2),
            broken: held(2, "a client=1", token: 1) + "\n" + held(1, "b client=2", token: 2)),
        Sample(
            .commitFirst, "a command starts under a grant that is on record",
            kept: held(1, "a client=1", token: 1) + "\n2 command-started 1 request=1 token=1",
            broken: "1 asked 1 a client=1\n1 queued 1\n2 command-started 1 request=1 token=1"),
        Sample(
            .commitFirst, "and is told what is on record",
            kept: held(1, "_s_n[1] client=1", token: 1, "1") + "\n2 command-started 1 request=1 token=1 element=1",
            broken: held(1, "_s_n[1] client=1", token: 1, "1") + "\n2 command-started 1 request=1 token=1 element=2"),
        Sample(
            .atomicity, "a group is granted whole",
            kept: """
                1 asked 1 a client=1 group=1
                1 asked 2 b client=1 group=1
                1 granted 1 token=1
                1 granted 2 token=2
                1 committed
                """,
            broken: """
                1 asked 1 a client=1 group=1
                1 asked 2 b client=1 group=1
                1 granted 1 token=1
                1 queued 2
                1 committed
                """),
        Sample(
            .history, "time goes forward",
            kept: "5 committed\n5 committed",
            broken: "5 committed\n4 committed"),
    ]

    private static let elements = [
        Sample(
            .element, "an element has one holder, and the one that has rested longest comes next",
            kept: held(1, "a.b client=1", token: 1, "a") + "\n" + held(2, "a.b client=2", token: 2, "b"),
            broken: held(1, "a.b client=1", token: 1, "a") + "\n" + held(2, "a.b client=2", token: 2, "a")),
        Sample(
            .sequence, "numbers come in order",
            kept: held(1, "_s_n[2] client=1", token: 1, "1") + "\n" + held(2, "_s_n[2] client=2", token: 2, "2"),
            broken: held(1, "_s_n[2] client=1", token: 1, "1") + "\n" + held(2, "_s_n[2] client=2", token: 2, "1")),
        Sample(
            .sequence, "rolled back numbers come again, in the order of their return",
            kept: rolledBack + "\n3 asked 3 _S_n[2] client=3\n3 granted 3 token=3 element=2",
            broken: rolledBack + "\n3 asked 3 _S_n[2] client=3\n3 granted 3 token=3 element=1"),
        Sample(
            .sequence, "a number of unknown outcome does not come again",
            kept: reclaimed + "\n9 asked 2 _S_n[1] client=2\n9 granted 2 token=2 element=2",
            broken: reclaimed + "\n9 asked 2 _S_n[1] client=2\n9 granted 2 token=2 element=1"),
        Sample(
            .sequence, "numbering begins anew with a new life, and not before",
            kept: ended + "\n2004 asked 2 _s_n[1] client=2\n2004 granted 2 token=2 element=1",
            broken: ended + "\n2001 asked 2 _s_n[1] client=2\n2001 granted 2 token=2 element=1"),
        Sample(
            .stamp, "a time stamp comes once, in any life",
            kept: held(1, "_t_%s[2] client=1", token: 1, "7") + "\n9 asked 2 _t_%s[2] client=2\n9 granted 2 token=2 element=8",
            broken: held(1, "_t_%s[2] client=1", token: 1, "7") + "\n9 asked 2 _t_%s[2] client=2\n9 granted 2 token=2 element=7"),
    ]

    private static let rolledBack =
        held(1, "_S_n[2] client=1", token: 1, "1") + "\n" + held(2, "_S_n[2] client=2", token: 2, "2")
        + "\n2 let-go 2\n2 ended 2 released rolls-back\n2 let-go 1\n2 ended 1 released rolls-back\n2 committed"
    private static let reclaimed =
        held(1, "_S_n[1] client=1", token: 1, "1") + "\n2 client-gone 1\n3 ended 1 reclaimed processesEnded\n3 committed"
    private static let ended = held(1, "_s_n[1] client=1", token: 1, "1") + "\n2 let-go 1\n3 ended 1 released\n3 committed"

    private static let queues = [
        Sample(
            .overtaking, "a waiter is passed until it has waited long enough",
            kept: waitingWriter + "\n99 asked 3 db client=3 mode=PR\n99 granted 3 token=2\n99 committed",
            broken: waitingWriter + "\n101 asked 3 db client=3 mode=PR\n101 granted 3 token=2\n101 committed"),
        Sample(
            .overtaking, "a group bars up to the first resource on which it does not fit",
            kept: waitingGroup + "\n200 asked 4 b client=3\n200 granted 4 token=2\n200 committed",
            broken: waitingGroup + "\n200 asked 4 a client=3 mode=PR\n200 granted 4 token=2\n200 committed"),
        Sample(
            .overtaking, "a nested request passes who waits for what its own ancestors hold",
            kept: waitingWriter + "\n200 asked 3 db client=1 mode=PR parent=1\n200 granted 3 token=2\n200 committed",
            broken: waitingWriter + "\n200 asked 3 db client=1 mode=PR parent=2\n200 granted 3 token=2\n200 committed"),
        Sample(
            .order, "equals are served in their order",
            kept: twoWriters + "\n4 granted 2 token=2\n4 committed",
            broken: twoWriters + "\n4 granted 3 token=2\n4 committed"),
        Sample(
            .progress, "who could go on does",
            kept: twoWriters + "\n4 granted 2 token=2\n4 committed",
            broken: twoWriters + "\n4 committed"),
        Sample(
            .progress, "a restart loses nobody",
            kept: waitingWriter + "\n2 daemon-ended\n3 daemon-started 2\n3 committed",
            broken: waitingWriter
                + "\n2 daemon-ended\n2 client-gone 1\n3 daemon-started 2\n3 ended 1 reclaimed processesEnded\n3 committed"),
        Sample(
            .progress, "at the end nobody waits",
            kept: held(1, "db client=1", token: 1) + "\n2 let-go 1\n2 ended 1 released\n2 committed\n9 all-done",
            broken: "1 asked 1 db client=1 no-create\n1 awaiting-creation 1\n1 committed\n9 all-done"),
        Sample(
            .refusal, "busy is who cannot have it",
            kept: held(1, "db client=1", token: 1) + "\n2 asked 2 db client=2 no-wait\n2 ended 2 refused busy\n2 committed",
            broken: "2 asked 2 db client=2 no-wait\n2 ended 2 refused busy\n2 committed"),
        Sample(
            .refusal, "a clock that says not now is asked after the resource was created",
            kept: "1 asked 1 _t_%s[1] client=1 no-wait\n1 ended 1 refused busy\n1 committed\n" + follower,
            broken: "1 committed\n" + follower),
        Sample(
            .refusal, "unknown is what does not exist",
            kept: "2 asked 2 db client=2 no-wait no-create\n2 ended 2 refused unknownResource\n2 committed",
            broken: held(1, "db client=1", token: 1)
                + "\n2 asked 2 db client=2 no-wait no-create\n2 ended 2 refused unknownResource"),
    ]

    private static let follower = "5 asked 2 _t_%s[1] client=2 no-create\n5 granted 2 token=1 element=7"
    private static let waitingWriter =
        held(1, "db client=1 mode=PR", token: 1) + "\n1 asked 2 db client=2\n1 queued 2\n1 committed"
    private static let waitingGroup =
        held(1, "a client=1 mode=PR", token: 1)
        + "\n1 asked 2 a client=2 group=2\n1 asked 3 b client=2 group=2\n1 queued 2\n1 queued 3\n1 committed"
    private static let twoWriters =
        held(1, "db client=1", token: 1) + "\n1 asked 2 db client=2\n1 queued 2\n1 asked 3 db client=3\n1 queued 3\n1 committed"
        + "\n3 let-go 1\n3 ended 1 released"

    private static let endings = [
        Sample(
            .once, "a request ends once",
            kept: held(1, "db client=1", token: 1) + "\n2 let-go 1\n2 ended 1 released",
            broken: held(1, "db client=1", token: 1) + "\n2 let-go 1\n2 let-go 1\n2 ended 1 released\n2 ended 1 released"),
        Sample(
            .once, "a request is decided at once",
            kept: "1 asked 1 db client=1\n1 granted 1 token=1\n1 committed",
            broken: "1 asked 1 db client=1\n1 committed"),
        Sample(
            .ending, "a release is the client's word",
            kept: held(1, "db client=1", token: 1) + "\n2 let-go 1\n2 ended 1 released",
            broken: held(1, "db client=1", token: 1) + "\n2 ended 1 released"),
        Sample(
            .ending, "a running command keeps its lock, also without its client",
            kept: running + "\n3 client-gone 1\n4 orphaned 1\n5 command-ended 1 request=1\n6 ended 1 reclaimed processesEnded",
            broken: running + "\n3 client-gone 1\n4 orphaned 1\n6 ended 1 reclaimed processesEnded"),
        Sample(
            .ending, "and with its client, also without its command",
            kept: running + "\n3 command-ended 1 request=1\n4 client-gone 1\n6 ended 1 reclaimed processesEnded",
            broken: running + "\n3 command-ended 1 request=1\n6 ended 1 reclaimed processesEnded"),
        Sample(
            .ending, "1.7.2's lock ends with its connection",
            kept: held(1, "db client=6", token: 1) + "\n2 client-gone 6\n3 ended 1 disconnected",
            broken: held(1, "db client=1", token: 1) + "\n2 client-gone 1\n3 ended 1 disconnected"),
        Sample(
            .ending, "a lost connection of another host is waited for",
            kept: held(1, "db client=5", token: 1) + "\n2 connection-lost 5\n15002 ended 1 reclaimed connectionLost",
            broken: held(1, "db client=5", token: 1) + "\n2 connection-lost 5\n15001 ended 1 reclaimed connectionLost"),
        Sample(
            .ending, "after a restart another host is waited for",
            kept: held(1, "db client=5", token: 1)
                + "\n2 daemon-ended\n3 daemon-started 2\n3 committed\n30003 ended 1 reclaimed notResumed",
            broken: held(1, "db client=5", token: 1)
                + "\n2 daemon-ended\n3 daemon-started 2\n3 committed\n30002 ended 1 reclaimed notResumed"),
        Sample(
            .ending, "a waiter is sent away only when a person says so",
            kept: waitingWriter + "\n2 shut-down-ordered\n2 ended 2 shut-down",
            broken: waitingWriter + "\n2 ended 2 shut-down"),
        Sample(
            .ending, "only a reboot proves a reboot",
            kept: held(1, "db client=1", token: 1)
                + "\n2 daemon-ended\n2 client-gone 1\n3 daemon-started 2 rebooted\n3 ended 1 reclaimed hostRebooted",
            broken: held(1, "db client=1", token: 1)
                + "\n2 daemon-ended\n2 client-gone 1\n3 daemon-started 2\n3 ended 1 reclaimed hostRebooted"),
    ]

    private static let running = held(1, "db client=1", token: 1) + "\n2 command-started 1 request=1 token=1\n2 started 1"
}
