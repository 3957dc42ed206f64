/// A column of a table for people.
package struct TableColumn: Sendable {
    package let title: String
    package let isNumber: Bool
    /// The least width to which the column may shrink; nil if it keeps its width.
    package let minimumWidth: Int?
    /// The order in which columns are left out if even the least widths do not fit, the highest first; nil if the column always
    /// stays.
    package let dropRank: Int?

    package init(_ title: String, isNumber: Bool = false, minimumWidth: Int? = nil, dropRank: Int? = nil) {
        self.title = title
        self.isNumber = isNumber
        self.minimumWidth = minimumWidth
        self.dropRank = dropRank
    }
}

/// The columns that a terminal has room for, and their widths. Without a limit of the width, nothing is left out or cut.
package struct TableLayout {
    private let columns: [TableColumn]
    private let terminalWidth: Int?
    private let gap: Int
    /// The indices of the columns that are shown.
    private let shown: [Int]
    private let widths: [Int]

    /// - Parameter rows: rows that the columns have to hold. Wider rows may come later.
    package init(_ columns: [TableColumn], rows: [[String]], terminalWidth: Int?, gap: Int) {
        self.columns = columns
        self.terminalWidth = terminalWidth
        self.gap = gap
        let natural = columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index])) }
        }
        guard let terminalWidth else {
            (shown, widths) = (Array(columns.indices), natural)
            return
        }
        let least = natural.indices.map { min(natural[$0], columns[$0].minimumWidth ?? .max) }
        shown = Self.shown(columns, least, terminalWidth: terminalWidth, gap: gap)
        widths = Self.shrunk(natural, least, shown, terminalWidth: terminalWidth, gap: gap)
    }

    /// The columns by which the table is too wide; below 0 if there is room.
    private static func excess(_ widths: [Int], _ shown: [Int], _ terminalWidth: Int, _ gap: Int) -> Int {
        shown.reduce(-gap) { $0 + widths[$1] + gap } - terminalWidth
    }

    private static func shown(_ columns: [TableColumn], _ least: [Int], terminalWidth: Int, gap: Int) -> [Int] {
        var shown = Array(columns.indices)
        while excess(least, shown, terminalWidth, gap) > 0 {
            let droppable = shown.compactMap { column in columns[column].dropRank.map { (rank: $0, column: column) } }
            guard let first = droppable.max(by: { $0.rank < $1.rank }) else { break }
            shown.removeAll { $0 == first.column }
        }
        return shown
    }

    /// Shrinks the widest columns first.
    private static func shrunk(_ natural: [Int], _ least: [Int], _ shown: [Int], terminalWidth: Int, gap: Int) -> [Int] {
        var widths = natural
        var missing = excess(widths, shown, terminalWidth, gap)
        while missing > 0, let widest = shown.filter({ widths[$0] > least[$0] }).max(by: { widths[$0] < widths[$1] }) {
            widths[widest] -= 1
            missing -= 1
        }
        return widths
    }

    /// The cells of a line with their columns, padded and cut so that they line up.
    package func line(_ row: [String]) -> [(column: Int, text: String)] {
        // A row that is wider than the rows above is cut only if the line has no room for it.
        let width = shown.reduce(-gap) { $0 + max(widths[$1], DisplayWidth.of(row[$1])) + gap }
        let mustCut = terminalWidth.map { width > $0 } ?? false
        return shown.map { column in
            let text = mustCut ? DisplayWidth.cut(row[column], to: widths[column]) : row[column]
            let padding = String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(text)))
            if columns[column].isNumber { return (column, padding + text) }
            return (column, column == shown.last ? text : text + padding)
        }
    }
}
