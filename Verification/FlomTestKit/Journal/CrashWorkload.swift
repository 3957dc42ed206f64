import Foundation

/// The workload of three clients while their daemon is killed, three times over: every kind of resource, a queue, waits that end by `-o`, commands
/// that fail, a killed flom and a killed waiter.
///
/// Each command writes down in `log` when it begins and ends: `+ RESOURCE:WEIGHT:CAPACITY REQUEST STATUS ELEMENT`, and `-` with the
/// same. For an exclusive resource it also makes a file that must not exist yet.
package enum CrashWorkload {
    /// `use RESOURCE:WEIGHT:CAPACITY[,…] STATUS [ELEMENT]`
    static let use = """
        #!/bin/sh
        # Of a set it is the element that is exclusive.
        [ "$1" = set ] && { element=$3; shift; set -- "set-$element:1:1" "$@"; }
        set -C
        for part in $(IFS=,; echo $1); do
            case $part in *:1:1) echo > "in-${part%%:*}" || echo "$part" >> second-holders; esac
        done 2>> collisions
        echo "+ $1 $FLOM_REQUEST_ID $2 ${3-}" >> log
        sleep 0.01
        echo "- $1 $FLOM_REQUEST_ID $2 ${3-}" >> log
        for part in $(IFS=,; echo $1); do
            case $part in *:1:1) rm "in-${part%%:*}"; esac
        done
        exit $2
        """

    static let script = """
        # expect STATUS NAME WORD…: runs flom and writes down how it ended.
        expect() {
            wanted=$1; name=$2; shift 2
            # In a shell of its own, which says so when flom is killed.
            (exec $FLOM -i 60000 "$@" 2>> "stderr-$name")
            echo "$name $wanted $?" >> statuses
        }
        first() {
            expect 0 db1 -r db -- sh use db:9:9 0
            expect 0 line1 -r line -- sh use line:1:1 0 &
            expect 0 pool1 -r 'pool[3]' -q 2 -- sh use pool:2:3 0
            expect 5 order1 -r '_S_order[1]' -- sh use order:1:1 5
            expect 0 tree1 -r /srv/db -- sh use tree:9:9 0
            expect 0 line2 -r line -- sh use line:1:1 0 &
            expect 0 group1 -r A -r B -- sh use A:1:1,B:1:1 0
            expect 0 ticket1 -r '_s_ticket[2]' -- sh use ticket:1:2 0
            expect 0 order2 -r '_S_order[1]' -- sh use order:1:1 0
            wait
        }
        second() {
            expect 0 db2 -l PR -r db -- sh use db:1:9 0
            expect 0 set1 -r x.y -- sh use set 0
            expect 0 line3 -r line -- sh use line:1:1 0 &
            expect 0 tree2 -l PR -r /srv -- sh use tree:1:9 0
            expect 0 group2 -r B -r A -- sh use A:1:1,B:1:1 0
            until [ -e long-held ]; do sleep 0.01; done
            expect 98 busy -r long -o 0 -- touch never
            expect 98 late -r long -o 600 -- touch never
            expect 3 order3 -r '_S_order[1]' -- sh use order:1:1 3
            # Who waits for it and is killed must not get it before.
            until [ -e waiter-killed ]; do sleep 0.01; done
            echo > long-over
            expect 0 ticket2 -r '_s_ticket[2]' -- sh use ticket:1:2 0
            expect 0 stamp1 -r '_t_%Y%m%d%H%M%S#fff[1]' -- sh use stamp:1:1 0
            wait
        }
        third() {
            expect 0 long -r long -- sh -c 'sh use long:1:1 0; echo > long-held; until [ -e long-over ]; do sleep 0.01; done' &
            expect 0 db3 -l PR -r db -- sh use db:1:9 0
            expect 0 line4 -r line -- sh use line:1:1 0 &
            expect 137 victim1 -r victim -- sh -c 'kill -9 $PPID; exec sh use victim:1:1 0'
            expect 0 victim2 -r victim -- sh use victim:1:1 0
            $FLOM -r long -- touch never & waiter=$!
            expect 0 ticket3 -r '_s_ticket[2]' -- sh use ticket:1:2 0
            expect 0 pool2 -r 'pool[3]' -q 2 -- sh use pool:2:3 0
            kill -9 $waiter; echo > waiter-killed
            expect 0 set2 -r x.y -- sh use set 0
            expect 0 order4 -r '_S_order[1]' -- sh use order:1:1 0
            expect 0 stamp2 -r '_t_%Y%m%d%H%M%S#fff[1]' -- sh use stamp:1:1 0
            wait
        }
        for round in 1 2 3; do
            rm -f long-held long-over waiter-killed
            { first & second & third & wait; } 2>> shell-remarks
        done
        """

    /// The number of runs of flom that write down their status.
    static let commandCount = 3 * 29

    // MARK: - Results

    /// The findings, a line each.
    static func findings(in box: Sandbox) -> [String] {
        var findings: [String] = []
        for name in ["second-holders", "never"] where Files.exists(box.path(name)) {
            findings.append("\(name): \(Files.text(of: box.path(name)) ?? "")")
        }
        let statuses = (Files.text(of: box.path("statuses")) ?? "").split(separator: "\n")
        if statuses.count != commandCount { findings.append("\(statuses.count) commands have ended") }
        for line in statuses {
            let words = line.split(separator: " ")
            if words[1] != words[2] { findings.append("name, wanted and real status: \(line)") }
        }
        for name in Files.names(in: box.directory) where name.hasPrefix("stderr-") {
            let text = Files.text(of: box.path(name)) ?? ""
            let isExpected = ["stderr-busy", "stderr-late"].contains(name) || text.isEmpty
            if !isExpected { findings.append("\(name): \(text)") }
        }
        return findings + logFindings(Files.text(of: box.path("log")) ?? "")
    }

    private static func logFindings(_ log: String) -> [String] {
        var findings: [String] = []
        var used: [Substring: Int] = [:]
        /// For each kind with values: the values that were given, with the status of each command that had them.
        var given: [String: [Substring: [Int]]] = [:]
        for line in log.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 4 else { return ["bad line in the log: \(line)"] }
            for part in words[1].split(separator: ",") {
                let numbers = part.split(separator: ":")
                let (name, weight, capacity) = (numbers[0], Int(numbers[1])!, Int(numbers[2])!)
                used[name, default: 0] += words[0] == "+" ? weight : -weight
                if used[name]! > capacity { findings.append("more than \(capacity) of \(name) are in use: \(line)") }
                if words[0] == "+", words.count > 4, !name.hasPrefix("set-") {
                    given[String(name), default: [:]][words[4], default: []].append(Int(words[3])!)
                }
            }
        }
        findings += used.filter { $0.value != 0 }.map { "\($0.key) is in use at the end" }
        for (name, elements) in given {
            for (element, statuses) in elements where statuses.dropLast().contains(where: { name != "order" || $0 == 0 }) {
                findings.append("\(name) gave \(element) again, its commands ended with \(statuses)")
            }
        }
        if given.keys.sorted() != ["order", "stamp", "ticket"] { findings.append("numbers came only of \(given.keys.sorted())") }
        return findings
    }
}
