internal import CFlomSystem
internal import FlomSystem
internal import Glibc
internal import NIOCore

/// The helper thread that watches what the event loop cannot: pidfds (NIO would read them and trap), processes without one,
/// signals and the channel to a successor. It decides nothing, and reports to the loop.
final class EventWatcher: ThreadBody {
    enum News: Sendable {
        /// The process of this watch has ended.
        case ended(watch: UInt64)
        /// The successor has asked for the sockets, or has closed its end of the channel.
        case successorSpoke
        /// A signal has come; `takeSignals` tells which.
        case signalled
        /// A watched file has lost its name.
        case namesChanged
    }

    /// The epoll tag of the signal descriptor. Watches are numbered from 1.
    private static let signalTag: UInt64 = 0
    private static let successorTag = UInt64.max
    /// The epoll tag of the wake-up: there is a process to poll now.
    private static let wakingTag = UInt64.max - 1
    private static let namesTag = UInt64.max - 2
    private let epoll: Int32
    private let signals: Int32
    private let waking: Int32
    private let polled = PolledProcesses()
    private let loop: any EventLoop
    private let report: @Sendable (News) -> Void

    /// Blocks the signals `handled` in this thread and in all that start later.
    ///
    /// - Parameter report: called on `loop`.
    init(on loop: any EventLoop, handled: [Int32], report: @escaping @Sendable (News) -> Void) throws(SystemError) {
        epoll = flom_epoll_create()
        guard epoll >= 0 else { throw SystemError("epoll_create1") }
        signals = flom_signalfd(handled, Int32(handled.count), nil)
        guard signals >= 0, flom_epoll_add(epoll, signals, Self.signalTag) == 0 else { throw SystemError("signalfd") }
        waking = flom_eventfd()
        guard waking >= 0, flom_epoll_add(epoll, waking, Self.wakingTag) == 0 else { throw SystemError("eventfd") }
        self.loop = loop
        self.report = report
        pthread_detach(try SystemThread.start(self))
    }

    /// Reports once when the process of `pidfd` has ended. The descriptor stays the caller's, to be closed after that.
    func watch(_ pidfd: Int32, as watch: UInt64) throws(SystemError) {
        guard flom_epoll_add(epoll, pidfd, watch) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// As above, for a process without a pidfd: it is checked every 100 ms, until `unwatch`.
    func watch(pid: Int32, startTime: UInt64, as watch: UInt64) {
        guard polled.add(pid: pid, startTime: startTime, as: watch) else { return }
        var one: UInt64 = 1
        write(waking, &one, 8)
    }

    /// Ends the watch of a process without a pidfd.
    func unwatch(_ watch: UInt64) { polled.remove(watch) }

    /// Watches a descriptor again after it was reported.
    func watchAgain(_ descriptor: Int32, as watch: UInt64) throws(SystemError) {
        guard flom_epoll_again(epoll, descriptor, watch) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// Reports once when something can be read on the channel to the successor.
    func watchSuccessor(_ channel: Int32) throws(SystemError) {
        guard flom_epoll_add(epoll, channel, Self.successorTag) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// Reports once when a `NameWatch` has something to read. Call it again for the next time.
    func watchNames(_ descriptor: Int32) {
        if flom_epoll_again(epoll, descriptor, Self.namesTag) != 0 { _ = flom_epoll_add(epoll, descriptor, Self.namesTag) }
    }

    func run() {
        var tags = [UInt64](repeating: 0, count: 64)
        while true {
            let count = flom_epoll_wait(epoll, &tags, Int32(tags.count), polled.pauseMilliseconds)
            for tag in tags.prefix(Int(max(count, 0))) {
                switch tag {
                case Self.signalTag: post(.signalled)
                case Self.successorTag: post(.successorSpoke)
                case Self.wakingTag: fallAsleepAgain()
                case Self.namesTag: post(.namesChanged)
                default: post(.ended(watch: tag))
                }
            }
            for watch in polled.takeEnded() { post(.ended(watch: watch)) }
        }
    }

    private func fallAsleepAgain() {
        var count: UInt64 = 0
        read(waking, &count, 8)
        _ = flom_epoll_again(epoll, waking, Self.wakingTag)
    }

    /// The signals that have come, after `signalled`. The loop reads them itself, so that it lets in no client that came after a
    /// signal (`hasSignals`) while the news of it is on its way.
    func takeSignals() -> [Int32] {
        var numbers: [Int32] = []
        var signal = flom_signal()
        while flom_read_signal(signals, &signal) == 1 { numbers.append(signal.number) }
        _ = flom_epoll_again(epoll, signals, Self.signalTag)
        return numbers
    }

    /// Whether a signal has come that was not taken yet.
    var hasSignals: Bool {
        var waiting = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    private func post(_ news: News) {
        let report = self.report
        loop.execute { report(news) }
    }
}
