internal import FlomEngine
internal import FlomModel
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc
internal import NIOCore

/// What the daemon tells the service manager that runs it in the foreground.
extension Daemon {
    /// From the loop itself: one that is stuck is found because nothing comes.
    func beginService() {
        guard let notifier = service?.notifier else { return }
        statusText = currentStatus
        notifier.tell(["READY=1", "STATUS=\(statusText)"])
        if let interval = service?.watchdogMicroseconds { giveSignsOfLife(every: .microseconds(max(1, interval / 2))) }
    }

    private func giveSignsOfLife(every interval: TimeAmount) {
        service?.notifier?.tell(["WATCHDOG=1"], isUrgent: false)
        loop.assumeIsolated().scheduleTask(in: interval) { [unowned self] in giveSignsOfLife(every: interval) }
    }

    /// Once a second: if it has changed.
    func tellStatus() {
        guard let notifier = service?.notifier, statusText != currentStatus else { return }
        statusText = currentStatus
        notifier.tell(["STATUS=\(statusText)"], isUrgent: false)
    }

    private var currentStatus: String {
        "serves \(settings.endpoint.name): \(engine.openRequestCount) held or waiting, \(sessions.count) connected"
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
