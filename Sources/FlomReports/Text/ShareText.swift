package enum ShareText {
    /// `12.3 %`.
    package static func percent(ofMillionths share: Int64) -> String {
        let tenths = (share + 500) / 1000
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
