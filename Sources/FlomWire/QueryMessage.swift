import FlomEngine

// Verb 19, step 8: `<query open="0|1" …/>`. `open` is always there, so that a query for everything is told from none.

extension HistoryQuery {
    /// - Throws: `tooLong` for a resource name of tens of thousands of bytes; then nothing has been appended.
    func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.betweenOurs, CollectionOfOne(())) { bytes, _ in
            bytes.appendMessageStart(.query, marked: true)
            bytes.append(onlyOpen ? "<query open=\"1\"" : "<query open=\"0\"")
            if let resource {
                bytes.append(" resource=\"")
                Base64.append(resource, to: &bytes)
                bytes.append("\"")
            }
            if let limit { bytes.append(" limit=\"", decimal: limit) }
            if let after { bytes.append(" after=\"", decimal: after.number) }
            if let upTo { bytes.append(" upto=\"", decimal: upTo.number) }
            if let pageSize { bytes.append(" size=\"", decimal: pageSize) }
            bytes.append("/>")
            bytes.appendMessageEnd()
        }
    }

    init(from reader: inout MessageReader) throws(WireError) {
        var onlyOpen: Bool?
        self.init()
        while try reader.next() {
            guard reader.element == .query else { continue }
            if reader.isNamed("open") {
                onlyOpen = try reader.flag()
            } else if reader.isNamed("resource") {
                guard let name = try reader.base64() else { throw reader.malformed("no base64") }
                resource = name
            } else if reader.isNamed("limit") {
                limit = try reader.number(in: 0...Int.max)
            } else if reader.isNamed("after") {
                after = RequestID(try reader.number(in: 0...Int64.max))
            } else if reader.isNamed("upto") {
                upTo = RequestID(try reader.number(in: 0...Int64.max))
            } else if reader.isNamed("size") {
                pageSize = try reader.number(in: 1...Int.max)
            }
        }
        guard let onlyOpen else { throw .unexpected("a query without open") }
        self.onlyOpen = onlyOpen
    }
}
