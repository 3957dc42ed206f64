internal import FlomModel

/// Turns the entries of one transaction into rows, and restores its own state when the transaction fails.
///
/// A request that is new in the batch becomes one row in its final state. The usual first batch has two or three events for it,
/// and each statement less saves a fifth of a commit.
final class BatchWriter {
    private(set) var chain: HashChain
    private(set) var newestToken: FencingToken
    /// The state after the last commit.
    private var mark: (last: HashChain.Link, newestToken: FencingToken)
    private let events: EventTable
    private let requests: RequestTable
    private let names: ResourceNameTable
    private let storedResources: StoredResourceTable
    private let blocks: BlockTable
    private let longOpen: LongOpenTable
    private var newRows: [RequestRow] = []
    private var newRowIndexes: [Int64: Int] = [:]
    private var detail = JSONWriter()
    private let path: String
    /// The number of the view of the daemon that writes: see `ViewTable`.
    var view: Int64?

    init(_ database: Database, chain: HashChain, newestToken: FencingToken) throws(JournalError) {
        self.chain = chain
        self.newestToken = newestToken
        mark = (chain.last, newestToken)
        path = database.path
        events = try EventTable(database)
        requests = try RequestTable(database)
        names = try ResourceNameTable(database)
        storedResources = try StoredResourceTable(database)
        blocks = try BlockTable(database)
        longOpen = try LongOpenTable(database)
    }

    /// Writes entries inside a transaction that ends with `finish`, and then with `committed` or `rolledBack`.
    func write(_ entries: [JournalEntry], at moment: Moment) throws(JournalError) {
        for entry in entries {
            try append(entry, at: moment)
            if case .request(let event) = entry { try apply(event, at: moment) }
        }
    }

    func finish(_ changes: [ResourceChange], at moment: Moment) throws(JournalError) {
        for row in newRows {
            try requests.insert(row, resource: names.id(of: row.request.resource))
        }
        if let newest = newRows.last { try longOpen.follow(newest: newest.number) }
        try write(changes, at: moment)
    }

    /// Writes a summary inside a transaction of its own: it is no part of the record.
    func write(_ block: RequestBlock) throws(JournalError) { try blocks.insert(block) }

    /// Writes the last of several changes to each resource.
    private func write(_ changes: [ResourceChange], at moment: Moment) throws(JournalError) {
        var latest: [ResourceName: ResourceChange] = [:]
        for change in changes {
            switch change {
            case .lives(let resource): latest[resource.name] = change
            case .ended(let name): latest[name] = change
            case .allEnded:
                latest.removeAll()
                try storedResources.endAll()
            }
        }
        for (name, change) in latest { try storedResources.write(change, resource: names.id(of: name), at: moment) }
    }

    /// Forgets a name that has been removed from the file. It is inserted again when it is next used.
    func forget(_ name: ResourceName) { names.forget(name) }

    func committed() {
        mark = (chain.last, newestToken)
        names.committed()
        longOpen.committed()
        forgetRows()
    }

    func rolledBack() {
        chain.rewind(to: mark.last)
        newestToken = mark.newestToken
        names.rolledBack()
        longOpen.rolledBack()
        forgetRows()
    }

    private func append(_ entry: JournalEntry, at moment: Moment) throws(JournalError) {
        detail.removeAll()
        detail.writeDetail(of: entry)
        var request: Int64?
        if case .request(let event) = entry {
            request = event.request.number
            if case .granted(let token, _) = event.kind {
                guard token > newestToken else { throw JournalError(.staleToken(token.value), path: path) }
                newestToken = token
            }
        }
        let record = EventRecord(
            number: chain.last.number + 1,
            at: moment.wallMicroseconds,
            boottime: moment.boottime.nanoseconds,
            kind: EventKind(entry).utf8,
            request: request,
            newestToken: newestToken.value,
            detail: detail.isEmpty ? nil : detail.bytes
        )
        try events.insert(record, hash: chain.append(record))
    }

    private func apply(_ event: Event, at moment: Moment) throws(JournalError) {
        let number = event.request.number
        let change = RequestChange(event.kind)
        if let index = newRowIndexes[number] {
            guard newRows[index].apply(change, view: view, at: moment) else {
                throw JournalError(.unknownRequest(number), path: path)
            }
        } else if case .asked(let request) = change {
            newRowIndexes[number] = newRows.count
            newRows.append(RequestRow(number: number, request: request, view: view, asked: moment))
        } else {
            try requests.update(number, change, view: view, at: moment)
            switch change {
            case .described: try blocks.forget(blockOf: number)
            case .ended: try longOpen.ended(number)
            default: break
            }
        }
    }

    private func forgetRows() {
        newRows.removeAll(keepingCapacity: true)
        newRowIndexes.removeAll(keepingCapacity: true)
    }
}
