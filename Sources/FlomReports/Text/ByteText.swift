/// Sizes in bytes for people.
package enum ByteText {
    /// `512 B`, `3.2 KiB`, `12 MiB`.
    package static func of(_ bytes: UInt64) -> String {
        var value = bytes
        var rest: UInt64 = 0
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024 {
            (value, rest) = (value / 1024, value % 1024)
            unit += 1
        }
        return unit > 0 && value < 10 ? "\(value).\(rest * 10 / 1024) \(units[unit])" : "\(value) \(units[unit])"
    }
}
