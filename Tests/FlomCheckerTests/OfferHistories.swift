import FlomChecker

/// Histories of offers, and of waiters that give up.
extension Histories {
    /// Client 1 holds; 2 and 3 wait for it, and 2 is offered it at 5 ms.
    private static func offered(_ resource: String, _ holder: String = "", _ offer: String = "") -> String {
        """
        1 asked 1 \(resource) client=1
        1 granted 1 token=1\(holder)
        1 asked 2 \(resource) client=2
        1 queued 2
        1 asked 3 \(resource) client=3
        1 queued 3
        1 committed
        5 let-go 1
        5 ended 1 released
        5 offered 2 at=5\(offer)
        5 committed

        """
    }

    private static let waiter = "1 asked 1 db client=1\n1 granted 1 token=1\n1 asked 2 db client=2\n1 queued 2\n1 committed\n"

    static let offers = [
        Sample(
            .progress, "a waiter behind an offer is not forgotten",
            kept: offered("db") + "9 asked 4 db client=4\n9 queued 4\n9 committed",
            broken: offered("db") + "9 daemon-ended\n9 daemon-started 2\n9 asked 4 db client=4\n9 queued 4\n9 committed"),
        Sample(
            .exclusion, "what is offered to one client no other gets",
            kept: offered("db") + "9 granted 2 token=2\n9 committed", broken: offered("db") + "9 granted 3 token=2\n9 committed"),
        Sample(
            .exclusion, "two clients are offered what one can have",
            kept: offered("db"), broken: offered("db") + "6 offered 3 at=6\n6 committed"),
        Sample(
            .commitFirst, "no command runs on an offer",
            kept: offered("db") + "9 granted 2 token=2\n9 committed\n10 command-started 2 request=2 token=2",
            broken: offered("db") + "9 command-started 2 request=2 token=2"),
        Sample(
            .progress, "an offer stands no longer than its bound",
            kept: offered("db") + "2005 passed-over 2\n2005 granted 3 token=2\n2005 committed",
            broken: offered("db") + "2005 committed\n2006 asked 4 R client=4\n2006 granted 4 token=2\n2006 committed"),
        Sample(
            .progress, "a client has the whole time to answer",
            kept: offered("db") + "2005 passed-over 2\n2005 granted 3 token=2\n2005 committed",
            broken: offered("db") + "2004 passed-over 2\n2004 granted 3 token=2\n2004 committed"),
        Sample(
            .progress, "whoever was passed over has its place again when it is heard of",
            kept: offered("db")
                + "2005 passed-over 2\n2005 granted 3 token=2\n2005 committed\n3000 let-go 3\n3000 ended 3 released\n3000 committed",
            broken: offered("db")
                + "2005 passed-over 2\n2005 granted 3 token=2\n2005 resumed 2\n2005 committed\n3000 let-go 3\n3000 ended 3 released\n3000 committed"
        ),
        Sample(
            .order, "an offer passes nobody",
            kept: offered("db"),
            broken: offered("db").replacing("5 offered 2", with: "5 offered 3")),
        Sample(
            .sequence, "a number that nobody took comes again",
            kept: offered("_s_n[1]", " element=1", " element=2")
                + "2005 passed-over 2\n2005 granted 3 token=2 element=2\n2005 committed",
            broken: offered("_s_n[1]", " element=1", " element=2")
                + "2005 passed-over 2\n2005 granted 3 token=2 element=3\n2005 committed"),
        Sample(
            .sequence, "also after the end of its daemon",
            kept: offered("_s_n[1]", " element=1", " element=2")
                + "9 daemon-ended\n10 daemon-started 2\n10 granted 2 token=2 element=2\n10 committed",
            broken: offered("_s_n[1]", " element=1", " element=2")
                + "9 daemon-ended\n10 daemon-started 2\n10 granted 2 token=2 element=3\n10 committed"),
        Sample(
            .element, "a client gets what it was offered",
            kept: offered("_s_n[1]", " element=1", " element=2") + "9 granted 2 token=2 element=2\n9 committed",
            broken: offered("_s_n[1]", " element=1", " element=2") + "9 granted 2 token=2 element=3\n9 committed"),
        Sample(
            .patience, "a waiter waits for the next daemon",
            kept: waiter + "2 daemon-ended\n30002 gave-up 2", broken: waiter + "2 daemon-ended\n30001 gave-up 2"),
        Sample(
            .patience, "a waiter with a daemon does not give up",
            kept: waiter + "2 daemon-ended\n3 daemon-started 2\n3 committed\n30002 gave-up 2",
            broken: waiter + "2 daemon-ended\n3 daemon-started 2\n3 resumed 2\n3 committed\n40000 gave-up 2"),
        Sample(
            .patience, "a person ends the wait with the daemon, and nobody else does",
            kept: waiter + "2 shut-down-ordered\n2 daemon-ended\n3 gave-up 2", broken: waiter + "2 daemon-ended\n3 gave-up 2"),
    ]
}
