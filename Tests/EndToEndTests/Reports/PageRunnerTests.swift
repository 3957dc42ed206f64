import FlomTestKit
import Foundation
import Testing

/// Tests of the runner of `UseCasePagesTests`: a page that does not tell the truth fails.
struct PageRunnerTests {
    @Test func commandsHaveTheirLinesHostsAndOutputs() throws {
        let page = try Page(
            """
            Text, and `$ not a command`.

            ```console
            mojan$ cat <<END
            > one
            > END
            one

            $ true
            ```

            ```
            $ not this one
            ```
            """)
        #expect(page.commands.map(\.host) == ["mojan", nil])
        #expect(page.commands.map(\.text) == ["cat <<END\none\nEND", "true"])
        #expect(page.commands.map(\.output) == [["one", ""], []])
        #expect(page.commands.map(\.number) == [4, 9])
        #expect(page.needsNetwork)
    }

    @Test(arguments: ["```console\noutput\n$ true\n```", "```console\n$ true\n"])
    func aPageWithoutRhymeIsRefused(_ text: String) {
        #expect(throws: Page.Malformed.self) { try Page(text) }
    }

    @Test(arguments: [
        (
            "2026-11-22 14:25:20  db  EX  root@vm  22281  0.0 ms   2.0 s",
            "2027-01-02 03:04:05  db  EX  root@vm      7  0.1 ms  1.2 s"
        ),
        (
            "restarted: process 12 took over from process 3 after 9 ms",
            "restarted: process 44 took over from process 12 after 90 ms"
        ),
        ("24 flom -d -1 -- true", "1024 flom -d -1 -- true"), ("root        24       1  0 23:56 ?", "root  9     1  2 00:01 ?"),
        ("[7148/0x15c2e00] flom_client_connect", "[9/0x2] flom_client_connect"), ("used 99.8 %", "used 3.1 %"),
        ("waited  0.535123s", "waited  0.2s".replacing("0.2s", with: "0.200000s")), ("since 14:25", "since 09:00"),
        ("a  b   ", "a     b"), ("20261122235001", "20270101000000"), ("flom-root@4c-1.journal", "flom-root@fe01-2b.journal"),
    ])
    func partsOfASingleRunMayDiffer(_ shown: String, _ printed: String) {
        #expect(ShownOutput.difference([shown], [printed]) == nil)
    }

    @Test(arguments: [
        ("98", "99"), ("licence[3]  held  2", "licence[3]  held  1"), ("a b", "ab"), ("pid 12", "process 12"),
        ("root@vm  12", "root@db  12"),
        ("waited  2.0 s", "waited  3.1 ms"), ("waited  3.0 ms", "waited"), ("137438953473", "137438953474"),
        ("24 flom -d -1", "24 flom -d 0"),
        ("2026-11-22 14:25:20  db", "14:25:20  db"),
        ("head 9:\(String(repeating: "a", count: 64))", "head 9:\(String(repeating: "a", count: 32))"),
        ("head 9:\(String(repeating: "a", count: 64))", "head 8:\(String(repeating: "a", count: 64))"), ("", " x"),
    ])
    func otherPartsMayNotDiffer(_ shown: String, _ printed: String) {
        #expect(ShownOutput.difference([shown], [printed]) != nil)
        #expect(ShownOutput.difference([printed], [shown]) != nil || shown.hasPrefix("waited  2.0 s"))
    }

    @Test func aLineMoreOrLessIsADifference() {
        #expect(ShownOutput.difference(["a"], ["a", "b"])?.contains("does not show") == true)
        #expect(ShownOutput.difference(["a", "b"], ["a"])?.contains("nothing has printed") == true)
    }

    /// Runs a real page that is wrong in one word.
    @Test(.enabled(if: PageRunner.isPossible, "\(PageRunner.need)"))
    func aWrongOutputIsFoundAndRewritten() async throws {
        let right = """
            ```console
            $ flom -r db -- sleep 30 &
            $ flom -r db -o 0 -- echo mine; echo $?
            flom: the resource is locked already, and -o 0 does not wait [4]
            98
            $ hostname; cd /tmp; word=kept
            vm
            $ pwd; echo $word; pgrep -a flom | tail -n 1
            /tmp
            kept
            16 flom -- true
            ```
            """
        let page = try Page(right)
        let outputs = try await PageRunner.outputs(of: page)
        #expect(PageRunner.differences(page, outputs) == [])
        for (word, other) in [("98", "0"), ("locked already", "free"), ("\nkept\n", "\n"), ("vm", "vm\nvm")] {
            let wrong = try Page(right.replacing(word, with: other))
            #expect(PageRunner.differences(wrong, outputs).count == 1, "\(other) for \(word)")
            let again = try Page(wrong.rewritten(outputs))
            #expect(PageRunner.differences(again, outputs) == [] && again.commands.map(\.text) == page.commands.map(\.text))
        }
    }
}
