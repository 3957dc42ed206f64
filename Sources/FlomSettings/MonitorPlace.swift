package import FlomNetCore

/// Where a daemon answers over HTTP.
package enum MonitorPlace: Hashable, Sendable {
    /// A UNIX socket at an absolute path.
    case unix(String)
    case tcp(InternetAddress)

    /// Reads `127.0.0.1:9650`, `[::1]:9650` or an absolute path; nil for anything else. A name is refused, because it may mean several
    /// addresses, and others at the next start.
    package init?(text: String) {
        if text.utf8.first == UInt8(ascii: "/") {
            guard (try? UnixAddress(path: text)) != nil else { return nil }
            self = .unix(text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
            text[text.index(after: colon)...].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        var host = text[..<colon]
        let hasBrackets = host.hasPrefix("[") && host.hasSuffix("]") && host.utf8.count > 2
        if hasBrackets { host = host.dropFirst().dropLast() }
        guard let address = InternetAddress(text: String(host), port: port), hasBrackets == (address.family == .ipv6) else {
            return nil
        }
        self = .tcp(address)
    }

    /// As it is written.
    package var text: String {
        switch self {
        case .unix(let path): path
        case .tcp(let address): address.family == .ipv6 ? "[\(address.text)]:\(address.port)" : "\(address.text):\(address.port)"
        }
    }
}
