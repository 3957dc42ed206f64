internal import FlomStore
internal import FlomSystem
internal import Glibc

/// The access rules in the endpoint record. They need more room than its page has, so there are two places behind the page. The
/// page names the place that counts, with the hash of its content: a daemon that is killed between the two writes leaves the
/// rules before.
enum RecordedRules {
    private static let room = 64 * 1024
    private static let places = [EndpointRecord.size, EndpointRecord.size + room]
    /// The length of the longest record, in bytes.
    static let end = EndpointRecord.size + 2 * room

    /// Writes the rules behind the page.
    ///
    /// - Returns: the text for the page: `PLACE:LENGTH:SHA-256`, or empty if there are no rules.
    /// - Throws: `SystemError`, also when the rules are not known: then those that were there stay.
    static func write(_ access: AccessSettings?, to descriptor: Int32) throws(SystemError) -> String {
        guard let access else { throw SystemError("write", "access rules", code: EINVAL) }
        guard !access.rules.isEmpty else { return "" }
        let bytes = Array(access.recordText.utf8)
        guard bytes.count <= room else { throw SystemError("write", "access rules", code: E2BIG) }
        let hash = SHA256.digest(of: bytes).description
        lseek(descriptor, 0, SEEK_SET)
        let present = Files.contents(of: descriptor, limit: end) ?? []
        let used = words(in: present)
        if let used, used.hasSuffix(":\(bytes.count):\(hash)"), content(of: used, in: present) != nil { return used }
        let place = used?.hasPrefix("\(places[0]):") == true ? places[1] : places[0]
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(place)) }
        guard count == bytes.count else { throw SystemError("write", "access rules") }
        // Before the page that names them. EINVAL: see `EndpointRecord.synchronize`.
        try EndpointRecord.synchronize(descriptor)
        return "\(place):\(bytes.count):\(hash)"
    }

    /// The rules of a record; nil if they cannot be read.
    ///
    /// - Parameter words: the text in the page; nil for pages of versions without rules.
    static func read(_ words: String?, letsRemoteAdministrate: Bool, from record: [UInt8]) -> AccessSettings? {
        var none = AccessSettings()
        none.letsRemoteAdministrate = letsRemoteAdministrate
        guard let words, !words.isEmpty else { return none }
        return content(of: words, in: record).flatMap {
            AccessSettings(recordText: String(decoding: $0, as: UTF8.self), letsRemoteAdministrate: letsRemoteAdministrate)
        }
    }

    private static func content(of words: String, in record: [UInt8]) -> [UInt8]? {
        let parts = words.split(separator: ":")
        guard parts.count == 3, let place = Int(parts[0]), let length = Int(parts[1]), places.contains(place),
            (1...room).contains(length), record.count >= place + length
        else { return nil }
        let bytes = Array(record[place..<place + length])
        return SHA256.digest(of: bytes).description == parts[2] ? bytes : nil
    }

    private static func words(in record: [UInt8]) -> String? {
        let page = String(decoding: record.prefix(EndpointRecord.size), as: UTF8.self)
        return page.split(separator: "\n").first { $0.hasPrefix("access=") }.map { String($0.dropFirst("access=".count)) }
    }
}
