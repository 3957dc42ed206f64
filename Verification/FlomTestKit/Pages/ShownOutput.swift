/// Compares the output on a page with the output of a command.
///
/// Each run has its own times, process ids and hashes; the words between them are the same. So a line is cut into words and these
/// parts, which are compared by kind. How wide the columns of a table are depends on the parts: two blanks or more are as good as
/// two.
package enum ShownOutput {
    /// The parts that may differ from run to run.
    enum Part: CaseIterable {
        /// `2026-11-22 21:30:50`, `2026-11-22T21:30:50.123456Z`, `20261122213050`
        case moment
        /// `21:30:50`, `21:30`
        case clock
        /// `1.8 s`, `0.535123s`. A time of half a second or more is at least a quarter of it in the other run: a wait that is shown has
        /// to happen.
        case span
        /// `99.8 %`
        case share
        /// A process id in its place: `process 12`, `pid 12`, `root@vm  12`, `12 flom …` of pgrep, `root  12  1  0 ` of ps, `12@3456` of a proof, `[12/0x1f]`
        /// of a trace. The words are compared.
        case process
        /// The head of a chain, the id of a journal: 32 hexadecimal digits or more.
        case hash
        /// `@4c-1` and `@net87` in a journal's name: the directory of its socket, its network.
        case directory

        /// The range of the first such part in `text`, the rest of a line.
        func first(in text: Substring) -> Range<Substring.Index>? {
            switch self {
            case .moment: text.firstRange(of: /\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?|\b20\d{12}\b/)
            case .clock: text.firstRange(of: /\b\d\d:\d\d(:\d\d(\.\d+)?)?\b/)
            case .span: text.firstRange(of: /\b\d+\.\d{6}s\b|\b\d+(\.\d+)? (us|µs|ms|s|min|h|d)\b/)
            case .share: text.firstRange(of: /\b\d+\.\d %/)
            case .process:
                text.firstRange(
                    of:
                        /(\bprocess |\bpid |\b[a-z]+@[a-z]+ +)\d+\b|^\d+(?= flom )|^[a-z]+ +\d+ +1 +\d+\b|\b\d+@\d+\b|\[\d+\/0x[0-9a-f]+\]/
                )
            case .hash: text.firstRange(of: /\b[0-9a-f]{32,}\b/)
            case .directory: text.firstRange(of: /@([0-9a-f]+-[0-9a-f]+|net\d+)(?=\.journal)/)
            }
        }
    }

    /// The first difference, as a sentence; nil if there is none.
    package static func difference(_ shown: [String], _ printed: [String]) -> String? {
        for (number, (left, right)) in zip(shown, printed).enumerated() where !isSame(left, right) {
            return "line \(number + 1) of the output is\n    \(right)\nand the page shows\n    \(left)"
        }
        if let missing = printed.dropFirst(shown.count).first { return "the page does not show the line\n    \(missing)" }
        if let surplus = shown.dropFirst(printed.count).first { return "nothing has printed the line\n    \(surplus)" }
        return nil
    }

    static func isSame(_ shown: String, _ printed: String) -> Bool {
        var (left, right) = (shown[...], printed[...])
        while true {
            let (next, other) = (firstPart(in: left), firstPart(in: right))
            guard let next, let other else { return next == nil && other == nil && narrowed(left) == narrowed(right) }
            guard next.part == other.part, narrowed(left[..<next.range.lowerBound]) == narrowed(right[..<other.range.lowerBound]),
                isSame(next.part, left[next.range], right[other.range])
            else { return false }
            left = left[next.range.upperBound...]
            right = right[other.range.upperBound...]
        }
    }

    private static func firstPart(in text: Substring) -> (part: Part, range: Range<Substring.Index>)? {
        Part.allCases.compactMap { part in part.first(in: text).map { (part, $0) } }.min { $0.1.lowerBound < $1.1.lowerBound }
    }

    private static func isSame(_ part: Part, _ shown: Substring, _ printed: Substring) -> Bool {
        switch part {
        case .moment, .clock, .share, .directory: true
        case .hash: shown.count == printed.count
        case .process:
            narrowed(shown.prefix { $0.isLetter || $0 == "@" }) == narrowed(printed.prefix { $0.isLetter || $0 == "@" })
        case .span: seconds(shown) < 0.5 || seconds(printed) >= seconds(shown) / 4
        }
    }

    private static func seconds(_ span: Substring) -> Double {
        let number = span.prefix { $0.isNumber || $0 == "." }
        let unit = span.dropFirst(number.count).trimmingPrefix(" ")
        let factors = ["us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400]
        return Double(number)! * factors[String(unit)]!
    }

    private static func narrowed(_ text: Substring) -> String {
        String(text.replacing(/\ {2,}/, with: "  ").trimmingSuffix { $0 == " " })
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isSurplus: (Character) -> Bool) -> Substring {
        self[..<(lastIndex { !isSurplus($0) }.map { index(after: $0) } ?? startIndex)]
    }
}
