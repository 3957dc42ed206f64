import FlomModel

extension ServerMessage {
    /// The answer to a query: a page, or why there is none.
    static func queryAnswer(from reader: inout MessageReader) throws(WireError) -> ServerMessage {
        var rows: [HistoryRow] = []
        var row = RowReading()
        var rowElement = 0
        var hasMore: Bool?
        var upTo: RequestID?
        var counters: DaemonCounters?
        var trouble: String?
        var refusal: (code: Int32?, reason: String?) = (nil, nil)
        while try reader.next() {
            switch reader.element {
            case .row:
                if reader.elementNumber != rowElement {
                    if rowElement > 0 { rows.append(try row.finished()) }
                    row = RowReading()
                    rowElement = reader.elementNumber
                }
                try row.readAttribute(from: reader)
            case .page:
                if reader.isNamed("more") {
                    hasMore = try reader.flag()
                } else if reader.isNamed("upto") {
                    upTo = RequestID(try reader.number(in: 0...Int64.max))
                } else if reader.isNamed("limits") {
                    counters = DaemonCounters(text: try reader.string())
                } else if reader.isNamed("trouble") {
                    trouble = try reader.string()
                }
            case .answer:
                if reader.isNamed("rc") {
                    refusal.code = try reader.number()
                } else if reader.isNamed("x-why") {
                    refusal.reason = try reader.string()
                }
            case .session, .resource, .network, .shutdown, .command, .process, .daemon, .query, .part:
                break  // does not belong here
            }
        }
        if rowElement > 0 { rows.append(try row.finished()) }
        if let hasMore {
            var page = HistoryPage(rows: rows, hasMore: hasMore, upTo: upTo)
            if let trouble {
                counters = counters ?? DaemonCounters()
                counters!.trouble = trouble
            }
            page.counters = counters
            return .page(page)
        }
        guard let code = refusal.code, code != ReturnCode.granted.rawValue else {
            throw .unexpected("an answer to a query with neither a page nor a refusal")
        }
        return .queryRefused(reason: refusal.reason ?? "the daemon does not say why")
    }
}

/// A row of the history, collected until all its attributes have been read.
private struct RowReading {
    private var request: RequestID?
    private var resource: [UInt8]?
    private var mode: LockMode?
    private var outcome: RequestOutcome?
    private var askedAt: Int64?
    /// The optional values; the required ones are set at the end.
    private var row = HistoryRow(request: RequestID(0), resource: [], mode: .nullLock, outcome: .waiting, askedAt: 0)

    mutating func readAttribute(from reader: borrowing MessageReader) throws(WireError) {
        if try readRequiredAttribute(from: reader) { return }
        if try readMoment(from: reader) { return }
        if reader.isNamed("orphan") {
            row.isOrphan = try reader.flag()
        } else if reader.isNamed("user") {
            row.user = try reader.string()
        } else if reader.isNamed("host") {
            row.host = try reader.string()
        } else if reader.isNamed("uid") {
            row.uid = try reader.number(in: 0...UInt32.max)
        } else if reader.isNamed("tls-subject") {
            row.tlsSubject = try reader.string()
        } else if reader.isNamed("pid") {
            row.clientPID = try reader.number()
        } else if reader.isNamed("command-pid") {
            row.commandPID = try reader.number()
        } else if reader.isNamed("argv") {
            guard let words = try reader.base64().flatMap(CommandWords.splitWhole) else {
                throw reader.malformed("no base64 of words that end with a NUL")
            }
            row.command = words
        } else if reader.isNamed("status") {
            row.exitStatus = try reader.number()
        } else if reader.isNamed("signal") {
            row.signal = try reader.number()
        } else if reader.isNamed("detail") {
            row.detail = try reader.string()
        } else if reader.isNamed("group") {
            row.group = RequestID(try reader.number(in: 0...Int64.max))
        } else if reader.isNamed("parent") {
            row.parent = RequestID(try reader.number(in: 0...Int64.max))
        } else if reader.isNamed("fence") {
            row.token = FencingToken(try reader.number(in: 0...((1 << 53) - 1)))
        } else if reader.isNamed("quantity") {
            row.quantity = try reader.number()
        } else if reader.isNamed("element") {
            row.element = try reader.base64()
        } else if reader.isNamed("away") {
            row.isAway = try reader.flag()
        } else if reader.isNamed("kept-until") {
            row.keptUntil = try reader.moment()
        } else if reader.isNamed("place") {
            row.place = try reader.number(in: 1...Int.max)
        }
    }

    private mutating func readRequiredAttribute(from reader: borrowing MessageReader) throws(WireError) -> Bool {
        if reader.isNamed("request") {
            request = RequestID(try reader.number(in: 0...Int64.max))
        } else if reader.isNamed("resource") {
            resource = try reader.base64()
        } else if reader.isNamed("mode") {
            mode = LockMode(rawValue: try reader.number(in: 0...UInt8.max))
        } else if reader.isNamed("outcome") {
            outcome = RequestOutcome(rawValue: try reader.string())
        } else if reader.isNamed("asked") {
            askedAt = try reader.moment()
        } else {
            return false
        }
        return true
    }

    private mutating func readMoment(from reader: borrowing MessageReader) throws(WireError) -> Bool {
        if reader.isNamed("queued") {
            row.queuedAt = try reader.moment()
        } else if reader.isNamed("granted") {
            row.grantedAt = try reader.moment()
        } else if reader.isNamed("ended") {
            row.endedAt = try reader.moment()
        } else if reader.isNamed("waited") {
            row.waitedNanoseconds = try reader.moment()
        } else if reader.isNamed("held") {
            row.heldNanoseconds = try reader.moment()
        } else {
            return false
        }
        return true
    }

    func finished() throws(WireError) -> HistoryRow {
        guard let request, let resource, let mode, let outcome, let askedAt else {
            throw .unexpected("a row without a request, or with words that this version does not know")
        }
        var row = row
        row.request = request
        row.resource = resource
        row.mode = mode
        row.outcome = outcome
        row.askedAt = askedAt
        return row
    }
}

extension MessageReader {
    /// The attribute as a wall time or a span: any number of 64 bits, because clocks can be set to anything.
    fileprivate func moment() throws(WireError) -> Int64 { try number(in: Int64.min...Int64.max) }
}
