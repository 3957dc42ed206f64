package import FlomModel

/// What a request takes of its resource: its mode or its quantity, or the element that its grant carries.
package enum TakenText {
    package static func of(_ row: HistoryRow) -> String {
        if let element = row.element { return SafeText.shown(element) }
        if let quantity = row.quantity { return "\(quantity)" }
        guard let name = try? ResourceName(row.resource), !name.kind.hasModes else { return row.mode.shortName }
        return ""
    }
}
