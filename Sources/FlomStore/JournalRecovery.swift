package import FlomEngine

extension Journal {
    /// Reads what a restarted daemon has to know. Its cost grows with what is open, not with history.
    package func recover() throws(JournalError) -> Recovered {
        let row = try database.statement("SELECT epoch, boot_id, machine_id FROM journal")
        guard try row.step() else { throw JournalError(.corrupt, path: path, message: "it has no row about itself") }
        let (epoch, bootID, machineID) = (row.integer(0), row.text(1), row.text(2))
        row.reset()
        let newestNumber = try database.integer(
            "SELECT max(newest_pruned, ifnull((SELECT max(number) FROM request), 0)) FROM journal")
        return Recovered(
            openRequests: try database.openRequests(
                ignoringBoottimes: bootID != settings.bootID,
                earlierBoot: openedAt.boottime
            ),
            living: try LifeTable.living(database, now: openedAt, ignoringBoottimes: bootID != settings.bootID),
            lastStamps: try LifeTable.lastStamps(database),
            nextRequestNumber: (newestNumber ?? 0) + 1,
            lastTokenCounter: writer.newestToken.counter,
            epoch: epoch,
            lastBootID: bootID,
            machineID: machineID
        )
    }

    /// Whether a request with this number is on record, open or ended, that was opened with this secret. In a journal that was restored
    /// from a copy the numbers of lost requests are given again.
    package func knows(_ request: RequestID, secretHash: [UInt8]) throws(JournalError) -> Bool {
        let row = try database.statement("SELECT secret_hash FROM request WHERE number = ?1")
        defer { row.reset() }
        row.bind(1, request.number)
        if try row.step() { return row.bytes(0) == secretHash }
        // All numbers before the newest were given; what is not there has been pruned.
        return try database.integer("SELECT max(number) FROM request") ?? 0 > request.number
    }

    /// Begins the next epoch of fencing tokens, committed; the caller syncs before it grants. The journal is this machine's from now on,
    /// by the id that it has now. With another boot than before, the
    /// boottimes of open requests lose their meaning and are taken out of the model; the events keep them.
    ///
    /// - Parameter known: the newest epoch that is known from elsewhere, if this journal may be an older copy.
    /// - Returns: the new epoch.
    /// - Throws: `epochExhausted` when there is no next one.
    @discardableResult
    package func advanceEpoch(bootID: String, beyond known: Int64 = 0) throws(JournalError) -> Int64 {
        try transaction { () throws(JournalError) in
            let advance = try database.statement("UPDATE journal SET epoch = max(epoch, ?2) + 1 WHERE max(epoch, ?2) < ?1")
            advance.bind(1, FencingToken.largestEpoch)
            advance.bind(2, known)
            try advance.run()
            guard database.changes == 1 else { throw JournalError(.epochExhausted, path: path) }
            let machine = try database.statement("UPDATE journal SET machine_id = ?1 WHERE machine_id <> ?1")
            machine.bind(1, settings.machineID)
            try machine.run()
            let reboot = try database.statement("UPDATE journal SET boot_id = ?1 WHERE boot_id <> ?1")
            reboot.bind(1, bootID)
            try reboot.run()
            guard database.changes == 1 else { return }
            // A waiter's age counts from now on, also for the daemons after this one.
            try database.execute(
                """
                UPDATE request
                SET asked_boottime = NULL, granted_boottime = NULL,
                    queued_boottime = iif(queued_at IS NULL, NULL, \(openedAt.boottime.nanoseconds))
                WHERE number IN (\(OpenNumbers.query(database))) AND ended_at IS NULL;
                UPDATE life SET idle_boottime = NULL
                """
            )
        }
        return try database.integer("SELECT epoch FROM journal") ?? 0
    }
}
