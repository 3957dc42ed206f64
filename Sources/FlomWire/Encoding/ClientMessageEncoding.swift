import FlomModel

extension ClientMessage {
    /// Appends the message as 1.7.2's client writes it, byte for byte where nothing of ours is in it.
    ///
    /// At most 511 bytes, which is what a 1.7.2 daemon survives; verbs from 16 on, which it never sees, at most 64 KiB.
    /// What can be left out goes before a message becomes too long: see `LockMessage`; of unlock and shutdown the XML
    /// declaration. Of a command line that is too long the rest is cut off, with `…` (U+2026) at the end of the last word
    /// that is left.
    ///
    /// - Throws: `tooLong` if it does not fit all the same, `unexpected` for an offer with a boot id that is no such thing.
    ///   Nothing has been appended then.
    package func encode(into bytes: inout [UInt8]) throws(WireError) {
        switch self {
        case .lock(let message):
            try message.encode(into: &bytes)
        case .unlock(let message):
            try message.encode(into: &bytes)
        case .discover(let marked, let note):
            bytes.appendMessageStart(.discover, marked: marked)
            if marked { note?.append(to: &bytes) }
            bytes.appendMessageEnd()
        case .shutdown(let message):
            try message.encode(into: &bytes)
        case .describe(let command):
            Self.encode(command, into: &bytes)
        case .started(let process):
            bytes.appendMessageStart(.started, marked: true)
            bytes.append("<process")
            bytes.append(" pid=\"", decimal: process.pid)
            bytes.append(" start=\"", decimal: process.startTime)
            bytes.append("/>")
            bytes.appendMessageEnd()
        case .expired:
            bytes.appendMessageStart(.expired, marked: true)
            bytes.appendMessageEnd()
        case .query(let query):
            try query.encode(into: &bytes)
        case .prune(let before):
            Self.encodePrune(before: before, into: &bytes)
        case .confirm:
            bytes.appendMessageStart(.confirm, marked: true)
            bytes.appendMessageEnd()
        case .breakLock(let message):
            try bytes.appendFitting(FrameLimit.betweenOurs, [true]) { bytes, _ in message.encode(into: &bytes) }
        case .parts(let parts):
            try bytes.appendFitting(FrameLimit.betweenOurs, [true]) { bytes, _ in Self.encode(parts, into: &bytes) }
        }
    }

    private static func encode(_ parts: [ResourceMessage], into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.parts, marked: true)
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
        bytes.appendMessageStart(.describe, marked: true)
        bytes.append("<command argv=\"")
        let room = FrameLimit.betweenOurs - (bytes.count - start) - end.utf8CodeUnitCount
        Base64.append(CommandWords.join(command, limit: room / 4 * 3), to: &bytes)
        bytes.append(end)
    }
}

extension UnlockMessage {
    fileprivate func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.towardsOldDaemon, [true, false]) { bytes, declared in
            bytes.appendMessageStart(.unlock, marked: isMarked, declared: declared)
            bytes.append("<resource name=\"")
            Base64.append(name, to: &bytes)
            bytes.append(rollback ? "\" rollback=\"1\"" : "\" rollback=\"0\"")
            if isMarked { Self.append(completion, to: &bytes) }
            if isMarked && isExpired { bytes.append(" x-expired=\"1\"") }
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
            break  // what a daemon concludes about 1.7.2's clients; `rollback` says it all
        }
    }
}

extension BreakMessage {
    fileprivate func encode(into bytes: inout [UInt8]) {
        bytes.appendMessageStart(.breakLock, marked: true)
        bytes.append("<part request=\"", decimal: request.number)
        bytes.append(" reason=\"", escaping: reason)
        bytes.append("/>")
        bytes.appendMessageEnd()
    }
}

extension ShutdownMessage {
    fileprivate func encode(into bytes: inout [UInt8]) throws(WireError) {
        try bytes.appendFitting(FrameLimit.towardsOldDaemon, [true, false]) { bytes, declared in
            bytes.appendMessageStart(.manage, marked: isMarked, declared: declared)
            bytes.appendSession(peerID: peerID)
            bytes.append(immediate ? "<shutdown immediate=\"1\"" : "<shutdown immediate=\"0\"")
            bytes.append(isMarked && restarts ? " x-restart=\"1\"/>" : "/>")
            bytes.appendMessageEnd()
        }
    }
}
