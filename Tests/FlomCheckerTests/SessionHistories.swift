import FlomChecker

/// Histories of clients that come back, of persons, and of commands that make requests of their own.
extension Histories {
    private static func held(_ request: Int, _ what: String, token: Int) -> String {
        "1 asked \(request) \(what)\n1 granted \(request) token=\(token)\n1 committed"
    }

    private static let remote = held(1, "db client=5", token: 1) + "\n2 connection-lost 5\n10 resumed 1\n10 committed"
    private static let waiter =
        held(1, "db client=1", token: 1) + "\n1 asked 2 db client=2\n1 queued 2\n1 committed\n2 daemon-ended"
    private static let orphan =
        held(1, "db client=1", token: 1)
        + "\n1 told 1 granted token=1\n2 command-started 1 request=1 token=1\n3 client-gone 1\n3 orphaned 1\n3 committed"
    private static let cutOff = "\n2 command-started 7 request=1 token=1\n3 connection-lost 7"

    static let sessions = [
        Sample(
            .ending, "who has come back is not away",
            kept: remote + "\n20 connection-lost 5\n15020 ended 1 reclaimed connectionLost",
            broken: remote + "\n15020 ended 1 reclaimed connectionLost"),
        Sample(
            .ending, "1.7.2 does not come back",
            kept: held(1, "db client=5", token: 1) + "\n2 resumed 1",
            broken: held(1, "db client=6", token: 1) + "\n2 resumed 1"),
        Sample(
            .ending, "a command that ends with its lock never runs beside the next",
            kept: held(1, "db client=7", token: 1) + cutOff
                + "\n9000 command-ended 7 request=1\n15003 ended 1 reclaimed connectionLost",
            broken: held(1, "db client=7", token: 1) + cutOff + "\n15003 ended 1 reclaimed connectionLost"),
        Sample(
            .ending, "time alone ends no lock without a lease",
            kept: held(1, "db client=5 leaseless", token: 1) + "\n2 connection-lost 5\n3 break-ordered 1\n3 ended 1 broken",
            broken: held(1, "db client=5 leaseless", token: 1)
                + "\n2 connection-lost 5\n99999 ended 1 reclaimed connectionLost"),
        Sample(
            .ending, "whoever was told of a grant keeps it as long as it lives",
            kept: held(1, "db client=1", token: 1)
                + "\n2 daemon-ended\n3 daemon-started 2\n3 ended 1 reclaimed livenessPipeEnded",
            broken: held(1, "db client=1", token: 1)
                + "\n1 told 1 granted token=1\n2 daemon-ended\n3 daemon-started 2\n3 ended 1 reclaimed livenessPipeEnded"),
        Sample(
            .ending, "what has a liveness pipe is not over while its command runs",
            kept: orphan + "\n5 command-ended 1 request=1\n5 ended 1 reclaimed livenessPipeEnded",
            broken: orphan + "\n5 ended 1 reclaimed livenessPipeEnded"),
        Sample(
            .ending, "time ends the place of a waiter that is gone, and of no other on the daemon's host",
            kept: waiter + "\n2 client-gone 2\n3 daemon-started 2\n3 committed\n4003 ended 2 gone notResumed",
            broken: waiter + "\n3 daemon-started 2\n3 committed\n4003 ended 2 gone notResumed"),
        Sample(
            .ending, "a reboot leaves nobody alive",
            kept: held(1, "db client=1", token: 1)
                + "\n2 daemon-ended\n2 client-gone 1\n3 daemon-started 2 rebooted\n3 ended 1 reclaimed hostRebooted",
            broken: held(1, "db client=1", token: 1)
                + "\n2 daemon-ended\n3 daemon-started 2 rebooted\n3 ended 1 reclaimed hostRebooted"),
        Sample(
            .ending, "a person breaks a lock, and nobody else",
            kept: held(1, "db client=1", token: 1) + "\n2 break-ordered 1\n2 ended 1 broken",
            broken: held(1, "db client=1", token: 1) + "\n2 ended 1 broken"),
        Sample(
            .atomicity, "a group ends whole",
            kept: pair + "\n2 let-go 1\n2 ended 1 released\n2 ended 2 released\n2 committed",
            broken: pair + "\n2 let-go 1\n2 ended 1 released\n2 asked 3 b client=2\n2 queued 3\n2 committed"),
        Sample(
            .refusal, "what excludes itself is refused, and nothing else",
            kept: """
                1 asked 1 /a client=1 group=1
                1 asked 2 /a/b client=1 group=1
                1 ended 1 refused together
                1 ended 2 refused overlapping
                1 committed
                """,
            broken: """
                1 asked 1 /a client=1 group=1
                1 asked 2 /b client=1 group=1
                1 ended 1 refused together
                1 ended 2 refused overlapping
                1 committed
                """),
    ]

    private static let pair = """
        1 asked 1 a client=1 group=1
        1 asked 2 b client=1 group=1
        1 granted 1 token=1
        1 granted 2 token=2
        1 committed
        """

    private static let holders =
        held(1, "a client=1", token: 1) + "\n" + held(2, "b client=2", token: 2)
        + "\n3 asked 3 b client=3 parent=1 refuses-deadlock\n3 queued 3\n3 committed"

    static let nested = [
        Sample(
            .deadlock, "who can never be granted is told so",
            kept: holders + "\n4 asked 4 a client=4 parent=2 refuses-deadlock\n4 ended 4 refused deadlock\n4 committed",
            broken: holders + "\n4 asked 4 a client=4 parent=2 refuses-deadlock\n4 queued 4\n4 committed"),
        Sample(
            .refusal, "only who can never be granted is told so",
            kept: holders + "\n4 asked 4 a client=4 parent=2 refuses-deadlock\n4 ended 4 refused deadlock\n4 committed",
            broken: held(1, "a client=1", token: 1) + "\n" + held(2, "b client=2", token: 2)
                + "\n4 asked 4 a client=4 parent=2 refuses-deadlock\n4 ended 4 refused deadlock\n4 committed"),
        Sample(
            .refusal, "who did not ask for it is not told",
            kept: holders + "\n4 asked 4 a client=4 parent=2\n4 queued 4\n4 committed",
            broken: holders + "\n4 asked 4 a client=4 parent=2\n4 ended 4 refused deadlock\n4 committed"),
    ]
}
