package import FlomModel

extension Journal {
    package struct Settings: Sendable {
        package var path: String
        package var sync: SyncLevel
        /// This machine's id; empty if it has none. The journal keeps it with each new epoch of tokens.
        package var machineID: String
        /// This boot's id; empty if it is not known. Times on the boot clock of another boot mean nothing in this one.
        package var bootID: String

        package init(path: String, sync: SyncLevel = .auto, machineID: String, bootID: String) {
            self.path = path
            self.sync = sync
            self.machineID = machineID
            self.bootID = bootID
        }
    }
}
