internal import FlomEngine
internal import FlomModel
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc
internal import NIOCore

/// The daemon's reports to the service manager that runs it in the foreground.
extension Daemon {
    /// Reports that the daemon serves, and begins with signs of life.
    func beginService() {
        guard let notifier = service?.notifier else { return }
        statusText = currentStatus
        notifier.tell(["READY=1", "STATUS=\(statusText)"])
        if let interval = service?.watchdogMicroseconds { housekeeper?.giveSignsOfLife(within: interval) }
    }

    /// Reports the status if it has changed. Call it once a second.
    func tellStatus() {
        guard let notifier = service?.notifier, statusText != currentStatus else { return }
        statusText = currentStatus
        notifier.tell(["STATUS=\(statusText)"], isUrgent: false)
    }

    private var currentStatus: String {
        "serves \(endpoint.name): \(engine.openRequestCount) held or waiting, \(sessions.count) connected"
    }

    func tellStopping() { service?.notifier?.tell(["STOPPING=1"]) }

    func tellReloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        service?.notifier?.tell(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    func tellReloaded() { service?.notifier?.tell(["READY=1"]) }
}
