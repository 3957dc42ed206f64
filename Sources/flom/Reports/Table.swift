internal import CFlomSystem

/// Prints rows as a table that fits the terminal: where the columns are too wide together, the widest that may shrink do, and
/// what does not fit is cut with `…`. Elsewhere than on a terminal nothing is cut.
struct Table {
    struct Column {
        let title: String
        let isNumber: Bool
        /// As narrow as it may become; nil if it keeps its width.
        let leastWidth: Int?

        init(_ title: String, isNumber: Bool = false, leastWidth: Int? = nil) {
            self.title = title
            self.isNumber = isNumber
            self.leastWidth = leastWidth
        }
    }

    /// So many rows are looked at for the widths of the columns; those that follow are fitted to them.
    private static let measuredRows = 200
    /// Below this gaps are narrow, and times are without the year.
    private static let narrowWidth = 110

    private let columns: [Column]
    private let terminalWidth: Int?
    private let emit: (String) -> Bool
    let isNarrow: Bool
    private var waiting: [[String]] = []
    private var widths: [Int]?

    /// - Parameter emit: takes the lines; false when nobody reads any more.
    init(_ columns: [Column], emit: @escaping (String) -> Bool = { StandardOutput.print($0) }) {
        self.columns = columns
        self.emit = emit
        let width = Int(flom_terminal_columns(1))
        terminalWidth = width > 0 ? width : nil
        isNarrow = width > 0 && width < Self.narrowWidth
    }

    private var gap: String { isNarrow ? " " : "  " }

    /// False when nobody reads any more.
    mutating func add(_ row: [String]) -> Bool {
        if let widths { return printRow(row, widths) }
        waiting.append(row)
        return waiting.count < Self.measuredRows || flush()
    }

    /// Prints what has been gathered; nothing at all if there were no rows.
    @discardableResult
    mutating func flush() -> Bool {
        guard widths == nil, !waiting.isEmpty else { return true }
        let widths = fittingWidths()
        self.widths = widths
        let rows = [columns.map(\.title)] + waiting
        waiting = []
        return rows.allSatisfy { printRow($0, widths) }
    }

    private func fittingWidths() -> [Int] {
        var widths = columns.map { $0.title.count }
        for row in waiting {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        guard let terminalWidth else { return widths }
        var excess = widths.reduce(0, +) + gap.count * (columns.count - 1) - terminalWidth
        while excess > 0 {
            let shrinkable = columns.indices.filter { widths[$0] > (columns[$0].leastWidth ?? .max) }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func printRow(_ row: [String], _ widths: [Int]) -> Bool {
        var line = ""
        for (index, cell) in row.enumerated() {
            if index > 0 { line += gap }
            let isLast = index == row.count - 1
            // The last column of a row beyond the measured ones may be wider, where nothing limits it.
            let shown =
                cell.count <= widths[index] || (isLast && terminalWidth == nil)
                ? cell : String(cell.prefix(widths[index] - 1)) + "…"
            let padding = String(repeating: " ", count: max(0, widths[index] - shown.count))
            line += columns[index].isNumber ? padding + shown : isLast ? shown : shown + padding
        }
        while line.last == " " { line.removeLast() }
        return emit(line)
    }
}
