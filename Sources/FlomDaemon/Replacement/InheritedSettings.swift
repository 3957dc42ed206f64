internal import FlomEngine
internal import FlomModel
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Decides which settings and which journal a starting daemon takes over from the previous one.
enum InheritedSettings {
    /// After a crash in this boot everything stays as it was, because locks in that journal may still be held. After an orderly
    /// end with nothing open the new starter's options count, but the journal stays unless another one is named.
    ///
    /// - Parameters:
    ///   - wanted: what the starter asks for.
    ///   - previous: the endpoint record of the previous daemon; nil if there was none.
    ///   - place: what is known about the endpoint apart from its record.
    ///   - view: the view from which this process sees others.
    /// - Throws: `DaemonError` when both cannot be reconciled.
    static func resolve(
        _ wanted: DaemonSettings, at endpoint: Endpoint, _ previous: EndpointRecord?, _ place: JournalPlace?, view: ProcessView
    ) throws(DaemonError) -> (settings: DaemonSettings, journalPath: String) {
        guard let previous, !mayBeForgotten(previous, view) || access(previous.journalPath, R_OK | W_OK) == 0 else {
            if let named = wanted.journalPath { return (wanted, named) }
            return (wanted, try JournalLocation.path(for: endpoint, create: true))
        }
        guard previous.state != .ended else {
            // After a reboot another place that looked the same may have been given the journal.
            let own = place.flatMap { $0.isOthers(previous.journalPath) ? $0.journalPath : nil } ?? previous.journalPath
            return (wanted, wanted.journalPath ?? own)
        }

        if let named = wanted.journalPath, named != previous.journalPath {
            throw DaemonError(
                "the last daemon on '\(previous.endpoint)' did not end in order, and the locks in its journal "
                    + "'\(previous.journalPath)' may still be held; start it once without --journal '\(named)'")
        }
        guard access(previous.journalPath, R_OK | W_OK) == 0 || (errno == ENOENT && previous.acceptsJournal) else {
            let owner = Files.status(of: previous.journalPath).flatMap { Users.name(of: $0.st_uid) }
            throw DaemonError(
                "the journal '\(previous.journalPath)' of this endpoint cannot be used: "
                    + (errno == ENOENT
                        ? "\(JournalContinuity.isMissing), \(JournalContinuity.advice(previous.endpoint))"
                        : "it belongs to \(owner ?? "another user"); only they or root can start this daemon"))
        }
        return (try overlay(previous, of: endpoint, on: wanted), previous.journalPath)
    }

    /// The settings of a daemon that goes on after a crash: those on record, and the starter's where the record has none.
    ///
    /// - Throws: `DaemonError` if the record's access rules cannot be read.
    static func overlay(
        _ previous: EndpointRecord, of endpoint: Endpoint, on wanted: DaemonSettings
    ) throws(DaemonError) -> DaemonSettings {
        var settings = wanted
        for setting in DaemonSetting.all where setting.isRecorded { setting.copy(previous.settings, &settings) }
        // Never back to plain text. Files that the starter names count, because they may have moved.
        settings.tls = wanted.tls ?? previous.settings.tls
        guard previous.access != nil else {
            throw DaemonError(
                "the access rules of the last daemon on '\(previous.endpoint)' cannot be read from '\(endpoint.recordPath)', "
                    + "and no client is served by other rules; start it with its rules: flom --foreground")
        }
        return settings
    }

    /// Whether no client can hold anything of the record's journal any more, should that journal be gone: after another boot, or
    /// after an orderly end. Another boot id alone proves neither: containers and services are shown other ids.
    private static func mayBeForgotten(_ record: EndpointRecord, _ view: ProcessView) -> Bool {
        guard let bootID = view.bootID, !record.bootID.isEmpty, record.bootID != bootID else { return false }
        return record.state == .ended || record.provesReboot(seenFrom: view)
    }
}
