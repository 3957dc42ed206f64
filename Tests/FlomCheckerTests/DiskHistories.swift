import FlomChecker

/// Histories of journals that lose their end, or that cannot be written for a while. Client 5 is on another host.
extension Histories {
    private static func granted(_ request: Int, _ what: String, token: Int, _ element: String = "") -> String {
        let carried = element.isEmpty ? "" : " element=\(element)"
        return "1 asked \(request) \(what)\n1 granted \(request) token=\(token)\(carried)\n1 committed"
    }

    private static let told = "\n1 told 1 granted token=1"
    private static let cut = "\n2 daemon-ended\n2 client-gone 1\n2 power-lost 1"
    private static let away = "\n2 daemon-ended\n2 client-gone 1\n2 power-lost 0"

    static let losses = [
        Sample(
            .power, "a grant to another host is answered when the device has it",
            kept: granted(1, "db client=5", token: 1) + cut,
            broken: granted(1, "db client=5", token: 1) + told + cut),
        Sample(
            .power, "one to this host need not wait: nobody is left who knows of it",
            kept: granted(1, "db client=1", token: 1) + told + "\n1 command-started 1 request=1 token=1"
                + "\n2 daemon-ended\n2 command-ended 1 request=1\n2 client-gone 1\n2 power-lost 1"
                + "\n3 daemon-started 2 rebooted\n3 asked 1 db client=2\n3 granted 1 token=2\n3 committed",
            broken: granted(1, "db client=5", token: 1) + "\n1 command-started 5 request=1 token=1" + cut),
        Sample(
            .power, "a number of a sequence waits for it on this host as well",
            kept: granted(1, "_s_n[1] client=1", token: 1, "1") + cut
                + "\n3 daemon-started 2 rebooted\n3 asked 1 _s_n[1] client=2\n3 granted 1 token=2 element=1\n3 committed",
            broken: granted(1, "_s_n[1] client=1", token: 1, "1") + told + cut),
        Sample(
            .power, "also when it is one of several",
            kept: pair + cut,
            broken: pair + told + cut),
        Sample(
            .power, "so does the end of one",
            kept: granted(1, "_s_n[1] client=1", token: 1, "1") + told + over + cut,
            broken: granted(1, "_s_n[1] client=1", token: 1, "1") + told + over + "\n2 told 1 ended" + cut),
        Sample(
            .power, "a lock that a person took away stays away",
            kept: granted(1, "db client=5", token: 1) + told + broken + cut,
            broken: granted(1, "db client=5", token: 1) + told + broken + "\n2 told 1 ended" + cut),
        Sample(
            .token, "no token comes again, whatever the journal has forgotten",
            kept: granted(1, "db client=1", token: 7) + cut + "\n3 daemon-started 2 rebooted\n"
                + "3 asked 1 db client=2\n3 granted 1 token=8\n3 committed",
            broken: granted(1, "db client=1", token: 7) + cut + "\n3 daemon-started 2 rebooted\n"
                + "3 asked 1 db client=2\n3 granted 1 token=7\n3 committed"),
        Sample(
            .number, "request numbers of lost requests come again, and no others",
            kept: granted(1, "db client=1", token: 1) + cut
                + "\n3 daemon-started 2 rebooted\n3 asked 1 a client=2\n3 granted 1 token=2",
            broken: granted(1, "db client=1", token: 1) + away + "\n3 daemon-started 2 rebooted\n3 asked 1 a client=2"),
        Sample(
            .exclusion, "a lock whose end is lost is held again",
            kept: granted(1, "db client=5", token: 1) + told + over5 + cut
                + "\n3 daemon-started 2 rebooted\n3 asked 2 db client=2\n3 queued 2\n3 committed",
            broken: granted(1, "db client=5", token: 1) + told + over5 + cut
                + "\n3 daemon-started 2 rebooted\n3 asked 2 db client=2\n3 granted 2 token=2"),
        Sample(
            .shut, "a journal that has lost its end may be shut, another one not",
            kept: granted(1, "db client=1", token: 1) + cut + "\n3 daemon-started 2 rebooted shut\n3 committed",
            broken: granted(1, "db client=1", token: 1) + away + "\n3 daemon-started 2 rebooted shut"),
        Sample(
            .shut, "then nobody is granted anything",
            kept: shut + "\n3 asked 1 db client=2\n3 queued 1\n3 committed"
                + "\n30003 opened\n30003 granted 1 token=2\n30003 committed",
            broken: shut + "\n3 asked 1 db client=2\n3 granted 1 token=2"),
        Sample(
            .shut, "until there was time to come back",
            kept: shut + "\n30003 opened",
            broken: shut + "\n30002 opened"),
        Sample(
            .shut, "whichever daemons there were meanwhile",
            kept: shut + "\n10003 daemon-ended\n10004 daemon-started 3 shut\n10004 committed\n30004 opened",
            broken: shut + "\n10003 daemon-ended\n10004 daemon-started 3 shut\n10004 committed\n30003 opened"),
        Sample(
            .shut, "and a restart does not cut it short",
            kept: shut + "\n10003 daemon-ended\n10004 daemon-started 3 shut",
            broken: shut + "\n10003 daemon-ended\n10004 daemon-started 3"),
        Sample(
            .progress, "and then who could go on does",
            kept: shut + "\n3 asked 1 db client=2\n3 queued 1\n3 committed",
            broken: shut + "\n3 asked 1 db client=2\n3 queued 1\n3 committed"
                + "\n30003 opened\n30003 asked 2 db client=3\n30003 queued 2\n30003 committed"),
    ]

    static let failures = [
        Sample(
            .gap, "what was written late is followed by a word of that",
            kept: "5 late 1\n5 asked 1 db client=1\n5 granted 1 token=1\n5 gap\n5 committed",
            broken: "5 late 1\n5 asked 1 db client=1\n5 granted 1 token=1\n5 committed"),
        Sample(
            .commitFirst, "nobody hears what is not written yet",
            kept: "5 late 1\n5 asked 1 db client=1\n5 granted 1 token=1\n5 gap\n5 committed\n5 told 1 granted token=1",
            broken: "4 told 1 granted token=1"),
        Sample(
            .commitFirst, "neither of an end",
            kept: granted(1, "db client=1", token: 1) + "\n2 let-go 1\n2 ended 1 released\n2 committed\n2 told 1 ended",
            broken: granted(1, "db client=1", token: 1) + "\n2 let-go 1\n2 told 1 ended"),
        Sample(
            .overtaking, "it counts when it was decided",
            kept: waiting + "\n200 late 100\n200 asked 3 db client=3 mode=PR\n200 granted 3 token=2\n200 gap\n200 committed",
            broken: waiting + "\n200 late 101\n200 asked 3 db client=3 mode=PR\n200 granted 3 token=2\n200 gap\n200 committed"),
        Sample(
            .once, "and each turn by itself",
            kept: "2 let-go 1\n5 late 1\n5 asked 1 db client=1\n5 granted 1 token=1\n5 late 2\n5 ended 1 released"
                + "\n5 gap\n5 committed",
            broken: "5 late 1\n5 asked 1 db client=1\n5 late 2\n5 granted 1 token=1\n5 gap\n5 committed"),
    ]

    private static let over = "\n2 let-go 1\n2 ended 1 released\n2 committed"
    private static let over5 = "\n2 let-go 5\n2 ended 1 released\n2 committed"
    private static let broken = "\n2 break-ordered 1\n2 ended 1 broken\n2 committed"
    private static let shut = granted(1, "db client=1", token: 1) + cut + "\n3 daemon-started 2 rebooted shut\n3 committed"
    private static let waiting = granted(1, "db client=1 mode=PR", token: 1) + "\n1 asked 2 db client=2\n1 queued 2\n1 committed"
    private static let pair = """
        1 asked 1 a client=1 group=1
        1 asked 2 _s_n[1] client=1 group=1
        1 granted 1 token=1
        1 granted 2 token=2 element=1
        1 committed
        """
}
