import FlomModel

// Verb 19, step 16: `<row …/>` for each request, then `<page more="0|1" upto="…"/>`.

extension HistoryPage {
    /// The room to keep for the end of the message: `<page more="1" upto="9223372036854775807" limits="" trouble=""/></msg>`.
    private static let tailLength = 92
    /// The longest trouble in characters: a sentence with a path.
    private static let longestTrouble = 1000

    /// Appends as many rows as a frame of 64 KiB takes, and whether more follow. A command line that would not fit into a page of its
    /// own is cut, wherever its row stands.
    ///
    /// - Returns: false if the first row alone does not fit: it has tens of thousands of bytes beside the command.
    func append(to bytes: inout [UInt8]) -> Bool {
        let counters = self.counters?.text ?? ""
        let trouble = String((self.counters?.trouble ?? "").prefix(Self.longestTrouble))
        // A byte that has to be escaped takes six.
        let end = bytes.count + FrameLimit.betweenOurs - Self.tailLength - counters.utf8.count - 6 * trouble.utf8.count
        bytes.appendMessageStart(.query, step: Step.answer, extended: true)
        let longestRow = end - bytes.count
        var taken = 0
        for row in rows {
            let start = bytes.count
            row.append(to: &bytes, room: longestRow)
            if bytes.count > end {
                bytes.removeSubrange(start...)
                break
            }
            taken += 1
        }
        bytes.append(hasMore || taken < rows.count ? "<page more=\"1\"" : "<page more=\"0\"")
        if let upTo { bytes.append(" upto=\"", decimal: upTo.number) }
        if !counters.isEmpty { bytes.append(" limits=\"", escaping: counters) }
        if !trouble.isEmpty { bytes.append(" trouble=\"", escaping: trouble) }
        bytes.append("/>")
        bytes.appendMessageEnd()
        return taken > 0 || rows.isEmpty
    }
}

extension HistoryRow {
    /// - Parameter room: the largest length of the element in bytes. The command is cut to what the rest leaves of it.
    fileprivate func append(to bytes: inout [UInt8], room: Int) {
        let start = bytes.count
        bytes.append("<row")
        bytes.append(" request=\"", decimal: request.number)
        if let group { bytes.append(" group=\"", decimal: group.number) }
        if let parent { bytes.append(" parent=\"", decimal: parent.number) }
        bytes.append(" resource=\"")
        Base64.append(resource, to: &bytes)
        bytes.append("\"")
        bytes.append(" mode=\"", decimal: mode.rawValue)
        bytes.append(" outcome=\"", escaping: outcome.rawValue)
        if isOrphan { bytes.append(" orphan=\"1\"") }
        appendMoments(to: &bytes)
        appendPeople(to: &bytes)
        if let exitStatus { bytes.append(" status=\"", decimal: exitStatus) }
        if let signal { bytes.append(" signal=\"", decimal: signal) }
        if let detail { bytes.append(" detail=\"", escaping: detail) }
        if let token { bytes.append(" fence=\"", decimal: token.value) }
        if let quantity { bytes.append(" quantity=\"", decimal: quantity) }
        if let element {
            bytes.append(" element=\"")
            Base64.append(element, to: &bytes)
            bytes.append("\"")
        }
        if isAway { bytes.append(" away=\"1\"") }
        if let keptUntil { bytes.append(" kept-until=\"", decimal: keptUntil) }
        if let place { bytes.append(" place=\"", decimal: place) }
        appendCommand(to: &bytes, room: start + room - bytes.count)
        bytes.append("/>")
    }

    private func appendMoments(to bytes: inout [UInt8]) {
        bytes.append(" asked=\"", decimal: askedAt)
        if let queuedAt { bytes.append(" queued=\"", decimal: queuedAt) }
        if let grantedAt { bytes.append(" granted=\"", decimal: grantedAt) }
        if let endedAt { bytes.append(" ended=\"", decimal: endedAt) }
        if let waitedNanoseconds { bytes.append(" waited=\"", decimal: waitedNanoseconds) }
        if let heldNanoseconds { bytes.append(" held=\"", decimal: heldNanoseconds) }
    }

    private func appendPeople(to bytes: inout [UInt8]) {
        if !user.isEmpty { bytes.append(" user=\"", escaping: user) }
        if !host.isEmpty { bytes.append(" host=\"", escaping: host) }
        if let uid { bytes.append(" uid=\"", decimal: uid) }
        if let tlsSubject { bytes.append(" tls-subject=\"", escaping: tlsSubject) }
        if let clientPID { bytes.append(" pid=\"", decimal: clientPID) }
        if let commandPID { bytes.append(" command-pid=\"", decimal: commandPID) }
    }

    private func appendCommand(to bytes: inout [UInt8], room: Int) {
        let opening: StaticString = " argv=\""
        let closing: StaticString = "\"/>"
        let left = (room - opening.utf8CodeUnitCount - closing.utf8CodeUnitCount) / 4 * 3
        // If the rest leaves hardly any room, no word of the command would fit.
        guard !command.isEmpty, left >= 8 else { return }
        bytes.append(opening)
        Base64.append(CommandWords.join(command, limit: left), to: &bytes)
        bytes.append("\"")
    }
}
