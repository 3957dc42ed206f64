import FlomModel

extension ClientMessage {
    /// Appends the message as 1.7.2's client writes it, byte for byte where it has nothing of the extension.
    ///
    /// A message has at most 511 bytes, because a longer one kills a 1.7.2 daemon. Verbs from 16 on, which such a daemon never sees,
    /// have at most 64 KiB. What can be left out is left out before a message becomes too long: of a lock see `LockMessage`, of unlock
    /// and shutdown the XML declaration. A command line that is too long is cut, with `…` (U+2026) at the end of its last word.
    ///
    /// - Throws: `tooLong` if it does not fit all the same, `unexpected` for an offer whose boot id is invalid. Then nothing has been
    ///   appended.
    package func encode(into bytes: inout [UInt8]) throws(WireError) {
        switch self {
        case .lock(let message):
            try message.encode(into: &bytes)
        case .unlock(let message):
            try message.encode(into: &bytes)
        case .discover(let extended, let note):
            bytes.appendMessageStart(.discover, extended: extended)
            if extended { note?.append(to: &bytes) }
            bytes.appendMessageEnd()
        case .shutdown(let message):
            try message.encode(into: &bytes)
        case .describe(let command):
            Self.encode(command, into: &bytes)
        case .started(let process):
            bytes.appendMessageStart(.started, extended: true)
            bytes.append("<process")
            bytes.append(" pid=\"", decimal: process.pid)
            bytes.append(" start=\"", decimal: process.startTime)
            bytes.append("/>")
            bytes.appendMessageEnd()
        case .expired:
            bytes.appendMessageStart(.expired, extended: true)
            bytes.appendMessageEnd()
        case .query(let query):
            try query.encode(into: &bytes)
        case .prune(let before):
            Self.encodePrune(before: before, into: &bytes)
        case .confirm:
            bytes.appendMessageStart(.confirm, extended: true)
            bytes.appendMessageEnd()
        case .breakLock(let message):
            try bytes.appendFitting(FrameLimit.betweenOurs, [true]) { bytes, _ in message.encode(into: &bytes) }
        case .parts(let parts):
            try bytes.appendFitting(FrameLimit.betweenOurs, [true]) { bytes, _ in Self.encode(parts, into: &bytes) }
        }
    }

    private static func encode(_ parts: [ResourceMessage], into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.parts, extended: true)
        for part in parts {
            bytes.append("<part name=\"")
            Base64.append(part.name, to: &bytes)
            bytes.append("\"")
            if let mode = part.mode { bytes.append(" mode=\"", decimal: mode) }
            if let quantity = part.quantity { bytes.append(" quantity=\"", decimal: quantity) }
            bytes.append("/>")
        }
        bytes.appendMessageEnd()
    }

    private static func encode(_ command: [[UInt8]], into bytes: inout [UInt8]) {
        let start = bytes.count
        let end: StaticString = "\"/></msg>"
        bytes.appendMessageStart(.describe, extended: true)
        bytes.append("<command argv=\"")
        let room = FrameLimit.betweenOurs - (bytes.count - start) - end.utf8CodeUnitCount
        Base64.append(CommandWords.join(command, limit: room / 4 * 3), to: &bytes)
        bytes.append(end)
    }
}

extension UnlockMessage {
    fileprivate func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.towardsOldDaemon, [true, false]) { bytes, declared in
            bytes.appendMessageStart(.unlock, extended: speaksExtension, declared: declared)
            bytes.append("<resource name=\"")
            Base64.append(name, to: &bytes)
            bytes.append(rollback ? "\" rollback=\"1\"" : "\" rollback=\"0\"")
            if speaksExtension { Self.append(completion, to: &bytes) }
            if speaksExtension && isExpired { bytes.append(" x-expired=\"1\"") }
            bytes.append(" />")
            bytes.appendMessageEnd()
        }
    }

    private static func append(_ completion: Completion?, to bytes: inout [UInt8]) {
        switch completion {
        case .exited(let status):
            bytes.append(" x-status=\"", decimal: status)
        case .signalled(let signal):
            bytes.append(" x-signal=\"", decimal: signal)
        case .notStarted:
            bytes.append(" x-failed=\"1\"")
        case .unlocked, .disconnected, nil:
            break  // concluded by a daemon about 1.7.2's clients; `rollback` says all of it
        }
    }
}

extension BreakMessage {
    fileprivate func encode(into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.breakLock, extended: true)
        bytes.append("<part request=\"", decimal: request.number)
        bytes.append(" reason=\"", escaping: reason)
        bytes.append("/>")
        bytes.appendMessageEnd()
    }
}

extension ShutdownMessage {
    fileprivate func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.towardsOldDaemon, [true, false]) { bytes, declared in
            bytes.appendMessageStart(.manage, extended: speaksExtension, declared: declared)
            bytes.appendSession(peerID: peerID)
            bytes.append(immediate ? "<shutdown immediate=\"1\"" : "<shutdown immediate=\"0\"")
            bytes.append(speaksExtension && restarts ? " x-restart=\"1\"/>" : "/>")
            bytes.appendMessageEnd()
        }
    }
}
