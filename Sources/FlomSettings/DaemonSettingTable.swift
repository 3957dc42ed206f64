internal import FlomModel
internal import FlomNetCore
internal import FlomStore

extension DaemonSetting {
    /// Every field of `DaemonSettings`, in the order of the lines in the endpoint record. A new one that is to be recorded goes
    /// behind `Limits`.
    package static let all: [DaemonSetting] = [
        DaemonSetting("Lifespan", \.lifespanMilliseconds, .takesOver, .number("lifespan-ms", isRequired: true)),
        DaemonSetting(
            "SocketMode", \.socketMode, .keeps,
            // The starter of a daemon has replaced nil by the endpoint's default.
            RecordedValue(
                key: "socket-mode", isRequired: true, text: { String($0 ?? 0o600, radix: 8) }, value: { UInt32($0, radix: 8) })),
        DaemonSetting("Sync", \.sync, .keeps, .word("sync", isRequired: true)),
        DaemonSetting(
            "QueuePolicy and MaxOvertake", \.queuePolicy, .keeps,
            RecordedValue(
                key: "max-overtake-ms", isRequired: true, text: { "\($0.maxOvertakeMilliseconds)" },
                value: { Int64($0).map { QueuePolicy(maxOvertakeMilliseconds: $0) } }),
            shown: { $0.maxOvertakeMilliseconds == .max ? "overtake" : "\($0.maxOvertakeMilliseconds) ms" }),
        // Clients have been told after which time they lose their locks.
        DaemonSetting("LostHolderDelay", \.lostHolderDelayMilliseconds, .keeps, .number("lost-holder-delay-ms")),
        DaemonSetting("ReclaimGrace", \.reclaimGraceMilliseconds, .takesOver, .number("reclaim-grace-ms")),
        DaemonSetting(
            "Retention", \.retentionMicroseconds, .takesOver,
            RecordedValue(
                key: "retention-us", text: { $0.map { "\($0)" } ?? "" }, value: { Int64($0).map { $0 > 0 ? $0 : nil } }),
            shown: { $0.map { "\($0 / 1_000_000) s" } ?? "forever" }),
        DaemonSetting(
            "RecordCommand and Redact", \.recording, .takesOver,
            RecordedValue(key: "recording", text: { $0.recordText }, value: { CommandRecording(recordText: $0) }),
            differences: { old, new in
                change("RecordCommand", from: old.extent.rawValue, to: new.extent.rawValue)
                    // Patterns are about secrets, so only their number is shown.
                    + number(of: "patterns", "Redact", old.redactions, new.redactions)
            }),
        DaemonSetting("LogLevel", \.logLevel, .takesOver, .word("log-level")),
        DaemonSetting(
            "RemoteAdmin and Rule", \.access, .takesOver, .rules,
            differences: { old, new in
                change("RemoteAdmin", from: yesOrNo(old.letsRemoteAdministrate), to: yesOrNo(new.letsRemoteAdministrate))
                    + number(of: "rules", "Rule", old.rules, new.rules)
            }),
        DaemonSetting(
            "Limits", \.limits, .takesOver,
            RecordedValue(key: "limits", text: { $0.recordText }, value: { DaemonLimits(recordText: $0) })),
        DaemonSetting(
            "Http", \.http, .keeps,
            RecordedValue(
                key: "http", text: { $0?.text ?? "" },
                value: { $0.isEmpty ? .some(nil) : MonitorPlace(text: $0).map { .some($0) } }),
            shown: { $0?.text ?? "nowhere" }),
        // The counters of the old ones would be lost.
        DaemonSetting(
            "Buckets", \.buckets, .keeps,
            RecordedValue(key: "buckets", text: { $0.text }, value: { HistogramBounds(text: $0) })),
        DaemonSetting(
            "MountPointVFS", \.mountPoint, .keeps,
            RecordedValue(key: "mount-point", text: { $0 ?? "" }, value: { .some($0.isEmpty ? nil : $0) }),
            shown: { $0 ?? "nowhere" }),

        DaemonSetting(
            "the files and rules of TLS", \.tls, .keeps, .tls,
            differences: { old, new in
                change(
                    "the files and rules of TLS", from: old == nil ? "none" : "these",
                    to: new == nil ? "none" : new == old ? "these" : "others")
            }),

        // The record says which journal the endpoint has, whether it was named or not. Nil means that it stays wherever it is.
        DaemonSetting(
            "File", \.journalPath, .keeps, .no,
            differences: { old, new in
                guard let old, let new else { return [] }
                return change("File", from: old, to: new)
            }),
        DaemonSetting(
            "TcpKeepalive", \.keepalive, .takesOver,
            shown: { "\($0.idleSeconds) s, \($0.intervalSeconds) s, \($0.probes) times" }),
        DaemonSetting("DiscoveryAttempts", \.discoveryAttempts, .keeps, shown: { "\($0)" }),
        DaemonSetting("DiscoveryTimeout", \.discoveryTimeoutMilliseconds, .keeps, shown: { "\($0)" }),
        DaemonSetting("DiscoveryTTL", \.discoveryTTL, .keeps, shown: { "\($0)" }),
        // A trace is for one daemon and its starter.
        DaemonSetting("DaemonTraceFile", \.traceFile, .keeps, .no, differences: { _, _ in [] }),
        DaemonSetting("AppendTraceFile", \.appendsTrace, .keeps, .no, differences: { _, _ in [] }),
    ]

    private static func number<Element: Equatable>(
        of things: String, _ key: String, _ old: [Element], _ new: [Element]
    ) -> [String] {
        old == new ? [] : ["\(key) (\(old.count) → \(new.count) \(things))"]
    }

    private static func yesOrNo(_ flag: Bool) -> String { flag ? "yes" : "no" }
}
