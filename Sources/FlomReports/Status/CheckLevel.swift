/// The exit status of monitoring plugins.
package enum CheckLevel: Int32, Comparable {
    case ok = 0
    case warning = 1
    case critical = 2
    case unknown = 3

    package static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }

    var word: String {
        switch self {
        case .ok: "OK"
        case .warning: "WARNING"
        case .critical: "CRITICAL"
        case .unknown: "UNKNOWN"
        }
    }
}
