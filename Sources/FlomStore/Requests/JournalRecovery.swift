package import FlomModel

extension Journal {
    /// What a starting daemon needs to know of the past.
    package struct Recovered: Sendable {
        /// In the order of their numbers.
        package var openRequests: [OpenRequest]
        /// The resources that existed. Their idle time includes the time without a daemon.
        package var resources: [StoredResource]
        package var lastStamps: [ResourceName: TimestampValue]
        package var nextRequestNumber: Int64
        /// The counter of the newest token that was ever granted; 0 before the first.
        package var lastTokenCounter: Int64
        /// 0 before the first `advanceEpoch`.
        package var epoch: Int64
        /// The boot of the last `advanceEpoch`; empty before the first.
        package var lastBootID: String
        /// Whether the record may be of another boot: see `BootEvidence.mayHaveRebooted`.
        package var mayBeOfAnotherBoot: Bool
        /// The machine of the last `advanceEpoch`, or else the one that created the journal.
        package var machineID: String
    }

    /// Reads what a restarted daemon has to know. The cost grows with the open requests, not with the history.
    package func recover() throws(JournalError) -> Recovered {
        let row = try database.statement("SELECT epoch, boot_id, machine_id FROM journal")
        guard try row.step() else { throw JournalError(.corrupt, path: path, message: "it has no row about itself") }
        let (epoch, bootID, machineID) = (row.integer(0), row.text(1), row.text(2))
        row.reset()
        let isAnotherClock = try clockHasBegunAnew(since: bootID, settings.bootID)
        let newestNumber = try database.integer(
            "SELECT max(newest_pruned, ifnull((SELECT max(number) FROM request), 0)) FROM journal")
        return Recovered(
            openRequests: try seen(
                try database.openRequests(ignoringBoottimes: isAnotherClock, earlierBoot: openedAt.boottime), inBoot: bootID),
            resources: try StoredResourceTable.resources(database, now: openedAt, ignoringBoottimes: isAnotherClock),
            lastStamps: try StoredResourceTable.lastStamps(database),
            nextRequestNumber: (newestNumber ?? 0) + 1,
            lastTokenCounter: writer.newestToken.counter,
            epoch: epoch,
            lastBootID: bootID,
            mayBeOfAnotherBoot: try mayBeOfAnotherBoot(bootID),
            machineID: machineID
        )
    }

    /// Whether the boot clock on record may be that of another boot than this daemon's.
    ///
    /// - Parameter recorded: the recorded boot id; empty if it is not known.
    func mayBeOfAnotherBoot(_ recorded: String, _ present: String? = nil) throws(JournalError) -> Bool {
        let own = present ?? settings.bootID
        return BootEvidence.mayHaveRebooted(
            recorded: recorded.isEmpty ? nil : recorded, last: try newestMoment(), own: own.isEmpty ? nil : own,
            now: openedAt)
    }

    /// Whether boot times on record mean nothing now.
    private func clockHasBegunAnew(since recorded: String, _ own: String) throws(JournalError) -> Bool {
        BootEvidence.clockHasBegunAnew(
            recorded: recorded.isEmpty ? nil : recorded, last: try newestMoment(), own: own.isEmpty ? nil : own,
            now: openedAt)
    }

    /// When the newest event was recorded; nil without events.
    private func newestMoment() throws(JournalError) -> Moment? {
        let row = try database.statement("SELECT boottime, at FROM event ORDER BY number DESC LIMIT 1")
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Moment(boottime: Instant(nanoseconds: row.integer(0)), wallMicroseconds: row.integer(1))
    }

    /// Whether the newest event belongs to the boot on record. A daemon that was killed before its first commit has recorded its
    /// boot, while the newest event is still of the boot before: its time on the boot clock says nothing about the new boot. A
    /// grant proves that there is more, because a change of boots begins an epoch of tokens.
    private func hasGrantedInThisBoot() throws(JournalError) -> Bool {
        let newest = try database.integer("SELECT newest_token FROM event ORDER BY number DESC LIMIT 1") ?? 0
        return FencingToken(newest).epoch == (try database.integer("SELECT epoch FROM journal") ?? 0)
    }

    /// Dates open requests of the boot on record by the newest event: all events since the last change of boots belong to that
    /// boot.
    private func seen(_ open: [OpenRequest], inBoot bootID: String) throws(JournalError) -> [OpenRequest] {
        guard !bootID.isEmpty, try hasGrantedInThisBoot(), let newest = try newestMoment()?.boottime else { return open }
        return open.map { request in
            guard request.view.bootID == bootID else { return request }
            var request = request
            request.bootSeenUntil = max(request.bootSeenUntil ?? newest, newest)
            return request
        }
    }

    /// Whether a request with this number, open or ended, was made with this secret. In a journal that was restored from a copy,
    /// the numbers of lost requests are given again.
    package func knows(_ request: RequestID, secretHash: [UInt8]) throws(JournalError) -> Bool {
        let row = try database.statement("SELECT secret_hash FROM request WHERE number = ?1")
        defer { row.reset() }
        row.bind(1, request.number)
        if try row.step() { return row.bytes(0) == secretHash }
        // All numbers before the newest were given. A number without a row has been pruned.
        return try database.integer("SELECT max(number) FROM request") ?? 0 > request.number
    }

    /// Begins the next epoch of fencing tokens and commits it; the caller syncs before it grants. From now on the journal belongs
    /// to this machine under its present id. If the boot has changed, the boot times of open requests lose their meaning and are
    /// removed from the rows; the events keep them.
    ///
    /// - Parameter known: the newest epoch that is known from elsewhere, in case this journal is an older copy.
    /// - Returns: the new epoch.
    /// - Throws: `epochExhausted` when there is no next epoch.
    @discardableResult
    package func advanceEpoch(bootID: String, beyond known: Int64 = 0) throws(JournalError) -> Int64 {
        try transaction { () throws(JournalError) in
            let newestIsOfThisBoot = try hasGrantedInThisBoot()
            let advance = try database.statement("UPDATE journal SET epoch = max(epoch, ?2) + 1 WHERE max(epoch, ?2) < ?1")
            advance.bind(1, FencingToken.largestEpoch)
            advance.bind(2, known)
            try advance.run()
            guard database.changes == 1 else { throw JournalError(.epochExhausted, path: path) }
            let machine = try database.statement("UPDATE journal SET machine_id = ?1 WHERE machine_id <> ?1")
            machine.bind(1, settings.machineID)
            try machine.run()
            let recorded = try database.text("SELECT boot_id FROM journal") ?? ""
            let isAnotherBoot = try mayBeOfAnotherBoot(recorded, bootID)
            // If this boot is not known and nothing says that it is another one, the boot on record counts.
            guard isAnotherBoot || !bootID.isEmpty && bootID != recorded else { return }
            if newestIsOfThisBoot { try views.close(bootID: recorded) }
            let reboot = try database.statement("UPDATE journal SET boot_id = ?1")
            reboot.bind(1, bootID)
            try reboot.run()
            guard try clockHasBegunAnew(since: recorded, bootID) else { return }
            // A waiter's age counts from now on, also for later daemons.
            try database.execute(
                """
                UPDATE request
                SET asked_boottime = NULL, granted_boottime = NULL,
                    queued_boottime = iif(queued_at IS NULL, NULL, \(openedAt.boottime.nanoseconds))
                WHERE number IN (\(OpenRequestIndex.query(database))) AND ended_at IS NULL;
                UPDATE life SET idle_boottime = NULL
                """
            )
        }
        return try database.integer("SELECT epoch FROM journal") ?? 0
    }
}
