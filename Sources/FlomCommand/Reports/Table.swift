internal import CFlomSystem
internal import FlomReports
internal import Glibc

/// Prints rows as a table that fits the terminal, in its colours. Outside a terminal nothing is cut or coloured.
struct Table {
    /// The meaning of a cell that is shown by a colour.
    enum Style: String {
        case heading = "1"
        case good = "32"
        case attention = "33"
        case bad = "31"
    }

    /// The number of rows that determine the widths of the columns; later rows are fitted to them.
    private static let measuredRows = 200
    /// The terminal width below which gaps are narrow and times have no year.
    private static let narrowWidth = 110

    private let columns: [TableColumn]
    private let terminalWidth: Int?
    private let emit: (String) -> Bool
    private let hasColours: Bool
    let isNarrow: Bool
    private var waiting: [Row] = []
    private var layout: TableLayout?

    private struct Row {
        let cells: [String]
        /// The style of a cell, by the index of its column.
        let styles: [Int: Style]
    }

    /// - Parameter emit: takes the lines; false when the output has no reader any more.
    init(_ columns: [TableColumn], emit: @escaping (String) -> Bool = { StandardOutput.print($0) }) {
        self.columns = columns
        self.emit = emit
        let width = Int(flom_terminal_columns(1))
        terminalWidth = width > 0 ? width : nil
        isNarrow = width > 0 && width < Self.narrowWidth
        hasColours = Self.terminalHasColours
    }

    /// https://no-color.org: NO_COLOR with any value disables colours.
    private static var terminalHasColours: Bool {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        let terminal = variable("TERM")
        return isatty(1) == 1 && variable("NO_COLOR").isEmpty && !terminal.isEmpty && terminal != "dumb"
    }

    private var gap: Int { isNarrow ? 1 : 2 }

    /// False when the output has no reader any more.
    ///
    /// - Parameter styles: the style of a cell, by the index of its column.
    mutating func add(_ row: [String], styles: [Int: Style] = [:]) -> Bool {
        let row = Row(cells: row, styles: styles)
        if let layout { return print(row, layout) }
        waiting.append(row)
        return waiting.count < Self.measuredRows || flush()
    }

    /// Prints what has been gathered; nothing if there were no rows. False when the output has no reader any more.
    @discardableResult
    mutating func flush() -> Bool {
        guard layout == nil, !waiting.isEmpty else { return true }
        let layout = TableLayout(columns, rows: waiting.map(\.cells), terminalWidth: terminalWidth, gap: gap)
        self.layout = layout
        let heading = Row(
            cells: columns.map(\.title), styles: Dictionary(uniqueKeysWithValues: columns.indices.map { ($0, .heading) }))
        let rows = [heading] + waiting
        waiting = []
        return rows.allSatisfy { print($0, layout) }
    }

    private func print(_ row: Row, _ layout: TableLayout) -> Bool {
        let cells = layout.line(row.cells).map { column, text in
            guard hasColours, let style = row.styles[column] else { return text }
            return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
        }
        var line = cells.joined(separator: String(repeating: " ", count: gap))
        while line.last == " " { line.removeLast() }
        return emit(line)
    }
}
