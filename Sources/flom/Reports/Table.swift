internal import CFlomSystem

/// Prints rows as a table that fits the terminal: the last column gets what is left, and is cut there. Elsewhere nothing is cut.
struct Table {
    struct Column {
        let title: String
        let isNumber: Bool

        init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    /// So many rows are looked at for the widths of the columns; those that follow are fitted to them.
    private static let measuredRows = 200
    /// Narrower than this the last column is not made.
    private static let leastLastWidth = 8

    private let columns: [Column]
    private let terminalWidth: Int?
    private var waiting: [[String]] = []
    private var widths: [Int]?

    init(_ columns: [Column]) {
        self.columns = columns
        let width = Int(flom_terminal_columns(1))
        terminalWidth = width > 0 ? width : nil
    }

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
        var widths = columns.map { $0.title.count }
        for row in waiting {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        self.widths = widths
        let rows = [columns.map(\.title)] + waiting
        waiting = []
        return rows.allSatisfy { printRow($0, widths) }
    }

    private func printRow(_ row: [String], _ widths: [Int]) -> Bool {
        var line = ""
        for (index, cell) in row.enumerated() {
            if index > 0 { line += "  " }
            if index == row.count - 1 {
                line += fitted(cell, used: line.count)
            } else {
                let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
                line += columns[index].isNumber ? padding + cell : cell + padding
            }
        }
        return StandardOutput.print(line)
    }

    private func fitted(_ cell: String, used: Int) -> String {
        guard let terminalWidth else { return cell }
        let room = max(terminalWidth - used, Self.leastLastWidth)
        return cell.count <= room ? cell : String(cell.prefix(room - 1)) + "…"
    }
}
