import Testing

@testable import FlomDaemon

/// What a starter and its daemon say to each other: the order in the environment, and the report over the pipe.
@Suite struct DaemonOrderTests {
    private typealias Variable = DaemonOrder.Variable

    @Test func theVariableOfAnOrder() {
        let order = Variable(starter: 4711, ready: 3, record: 4, isSuccessor: false)
        let successor = Variable(starter: 1, ready: -1, record: 7, isSuccessor: true)
        #expect(order.text == "4711:3:4" && successor.text == "1:-1:7:after")
        #expect(Variable(text: order.text) == order && Variable(text: successor.text) == successor)
    }

    @Test(arguments: ["", "4711", "4711:3", "4711:3:4:", "4711:3:4:before", "4711:3:4:after:x", "a:3:4", "4711::4", "4711:3:0x4"])
    func whatIsNoOrder(_ text: String) {
        #expect(Variable(text: text) == nil)
    }

    static let reports: [(StartReport, text: String)] = [
        (.ready(warning: nil), "ready\n"), (.ready(warning: "no group"), "ready\nno group"), (.yields, "yield\n"),
        (.failed("the address is in use"), "the address is in use"), (.nothing, ""),
    ]

    @Test(arguments: reports)
    func theReportOfAStart(_ report: StartReport, text: String) {
        #expect(report.text == text)
        #expect(StartReport(text: text) == report)
    }

    /// A daemon that is killed in the middle of a word has failed.
    @Test func halfAWord() { #expect(StartReport(text: "read") == .failed("read")) }
}
