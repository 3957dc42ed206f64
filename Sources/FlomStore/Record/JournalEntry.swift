package import FlomModel

extension Journal {
    /// When a batch happened, on both clocks. The wall clock is for people, `CLOCK_BOOTTIME` for every difference.
    package struct Stamp: Hashable, Sendable {
        /// Microseconds since 1970-01-01 UTC.
        package var wallMicroseconds: Int64
        package var boottime: Instant

        package init(wallMicroseconds: Int64, boottime: Instant) {
            self.wallMicroseconds = wallMicroseconds
            self.boottime = boottime
        }
    }

    /// When commits reach the device. Committing itself is the same for all: what is committed survives any death of the
    /// process.
    package enum SyncLevel: String, CaseIterable, Hashable, Sendable {
        case auto
        case always
        /// Never, except inside a checkpoint, which could damage the file otherwise.
        case off
    }

    package struct Settings: Sendable {
        package var path: String
        package var sync: SyncLevel
        /// This machine's id; a journal of another one is refused. Empty when there is none: then nothing is compared.
        package var machineID: String
        /// This boot's id; empty if it is not known. Boottimes of another boot mean nothing in this one.
        package var bootID: String

        package init(path: String, sync: SyncLevel = .auto, machineID: String, bootID: String) {
            self.path = path
            self.sync = sync
            self.machineID = machineID
            self.bootID = bootID
        }
    }

    /// What a commit records.
    package enum Entry: Hashable, Sendable {
        case request(Event)
        case daemonStarted(DaemonStart)
        case daemonStopped(reason: String)
        /// What could not be recorded when it happened, in words.
        case gap(String)
        case pruned(PruneRecord)
    }

    /// What a prune is about to remove, counted before it begins: should it be interrupted, the next one removes the rest.
    package struct PruneRecord: Hashable, Sendable {
        package var by: String
        /// Requests that ended before this moment go, in microseconds since 1970-01-01 UTC.
        package var before: Int64
        /// Events up to this one go.
        package var upTo: Int64
        package var requests: Int64
        package var events: Int64
    }

    /// What was decided at one moment, and could not be written then.
    package struct LateEntries: Hashable, Sendable {
        package let entries: [Entry]
        package let stamp: Stamp

        package init(_ entries: [Entry], decidedAt stamp: Stamp) {
            self.entries = entries
            self.stamp = stamp
        }
    }

    package struct DaemonStart: Hashable, Sendable {
        package var pid: Int32
        package var bootID: String
        package var version: String
        package var endpoint: String
        package var view = ProcessView.unknown
        /// Its number in the journal: what is identified from now on is seen so. Nil if nothing is known of the view.
        package var viewNumber: Int64?

        package init(pid: Int32, bootID: String, version: String, endpoint: String) {
            self.pid = pid
            self.bootID = bootID
            self.version = version
            self.endpoint = endpoint
        }
    }

    /// What a starting daemon needs to know of the past.
    package struct Recovered: Sendable {
        /// By number.
        package var openRequests: [OpenRequest]
        /// The resources that existed; their idling counts on through the time without a daemon.
        package var living: [StoredResource]
        package var lastStamps: [ResourceName: TimestampValue]
        package var nextRequestNumber: Int64
        /// The counter of the newest token ever granted; 0 before the first.
        package var lastTokenCounter: Int64
        /// 0 before the first `advanceEpoch`.
        package var epoch: Int64
        /// The boot of the last `advanceEpoch`; empty before the first.
        package var lastBootID: String
        /// Whether what is on record may be of another boot: see `BootEvidence.mayHaveRebooted`.
        package var mayBeOfAnotherBoot: Bool
        /// The machine that created the journal.
        package var machineID: String
    }
}
