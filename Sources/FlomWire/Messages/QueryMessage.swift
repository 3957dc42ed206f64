import FlomModel

// Verb 19, step 8: `<query open="0|1" …/>`. `open` is always present, so that a query for everything differs from none. Texts are in
// Base64, times in microseconds since 1970-01-01 UTC.

extension HistoryQuery {
    /// - Throws: `tooLong` for texts of tens of thousands of bytes. Then nothing has been appended.
    func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.betweenOurs, CollectionOfOne(())) { bytes, _ in
            bytes.appendMessageStart(.query, extended: true)
            bytes.append("<query")
            filter.encode(into: &bytes)
            if let limit { bytes.append(" limit=\"", decimal: limit) }
            if newestFirst { bytes.append(" newest=\"1\"") }
            if let after { bytes.append(" after=\"", decimal: after.number) }
            if let upTo { bytes.append(" upto=\"", decimal: upTo.number) }
            if let pageSize { bytes.append(" size=\"", decimal: pageSize) }
            if wantsLimits { bytes.append(" limits=\"1\"") }
            bytes.append("/>")
            bytes.appendMessageEnd()
        }
    }

    init(from reader: inout MessageReader) throws(WireError) {
        var hasBegun = false
        self.init()
        while try reader.next() {
            guard reader.element == .query else { continue }
            if reader.isNamed("open") {
                filter.onlyOpen = try reader.flag()
                hasBegun = true
            } else if reader.isNamed("limit") {
                limit = try reader.number(in: 0...Int.max)
            } else if reader.isNamed("newest") {
                newestFirst = try reader.flag()
            } else if reader.isNamed("after") {
                after = RequestID(try reader.number(in: 0...Int64.max))
            } else if reader.isNamed("upto") {
                upTo = RequestID(try reader.number(in: 0...Int64.max))
            } else if reader.isNamed("limits") {
                wantsLimits = try reader.flag()
            } else if reader.isNamed("size") {
                pageSize = try reader.number(in: 1...Int.max)
            } else {
                try filter.readAttribute(from: &reader)
            }
        }
        guard hasBegun else { throw .unexpected("a query without open") }
    }
}

extension HistoryFilter {
    fileprivate func encode(into bytes: inout [UInt8]) {
        bytes.append(onlyOpen ? " open=\"1\"" : " open=\"0\"")
        Self.append(" resource=\"", resource, to: &bytes)
        Self.append(" pattern=\"", resourcePattern, to: &bytes)
        Self.append(" user=\"", user.map { Array($0.utf8) }, to: &bytes)
        Self.append(" host=\"", host.map { Array($0.utf8) }, to: &bytes)
        Self.append(" command=\"", command, to: &bytes)
        if let since { bytes.append(" since=\"", decimal: since) }
        if let until { bytes.append(" until=\"", decimal: until) }
        if let request { bytes.append(" request=\"", decimal: request.number) }
        if !outcomes.isEmpty {
            // One bit for each outcome, in the order of declaration.
            let bits = RequestOutcome.allCases.enumerated().reduce(0) { outcomes.contains($1.element) ? $0 | 1 << $1.offset : $0 }
            bytes.append(" outcomes=\"", decimal: bits)
        }
    }

    fileprivate mutating func readAttribute(from reader: inout MessageReader) throws(WireError) {
        if reader.isNamed("resource") {
            resource = try Self.text(&reader)
        } else if reader.isNamed("pattern") {
            resourcePattern = try Self.text(&reader)
        } else if reader.isNamed("user") {
            user = String(decoding: try Self.text(&reader), as: UTF8.self)
        } else if reader.isNamed("host") {
            host = String(decoding: try Self.text(&reader), as: UTF8.self)
        } else if reader.isNamed("command") {
            command = try Self.text(&reader)
        } else if reader.isNamed("since") {
            since = try reader.number(in: Int64.min...Int64.max)
        } else if reader.isNamed("until") {
            until = try reader.number(in: Int64.min...Int64.max)
        } else if reader.isNamed("request") {
            request = RequestID(try reader.number(in: 0...Int64.max))
        } else if reader.isNamed("outcomes") {
            let bits = try reader.number(in: 0...(1 << RequestOutcome.allCases.count - 1))
            outcomes = Set(RequestOutcome.allCases.enumerated().filter { bits & 1 << $0.offset != 0 }.map(\.element))
        }
    }

    private static func append(_ start: StaticString, _ text: [UInt8]?, to bytes: inout [UInt8]) {
        guard let text else { return }
        bytes.append(start)
        Base64.append(text, to: &bytes)
        bytes.append("\"")
    }

    private static func text(_ reader: inout MessageReader) throws(WireError) -> [UInt8] {
        guard let text = try reader.base64() else { throw reader.malformed("no base64") }
        return text
    }
}
