extension Journal {
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

    /// When commits reach the device. Committing itself is the same for all: what is committed survives any death of the
    /// process.
    package enum SyncLevel: String, CaseIterable, Hashable, Sendable {
        case auto
        case always
        /// Never, except inside a checkpoint, which could damage the file otherwise.
        case off
    }
}
