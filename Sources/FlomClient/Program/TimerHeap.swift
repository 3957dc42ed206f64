/// Moments, each with the number of what is due then. The earliest is at the top.
struct TimerHeap {
    struct Timer {
        /// Nanoseconds on the boot clock.
        let at: Int64
        let tag: UInt64
        /// A timer counts only if it is the last one that was set for its tag.
        let version: UInt32
    }

    private var timers: [Timer] = []

    var first: Timer? { timers.first }

    mutating func insert(_ timer: Timer) {
        timers.append(timer)
        var place = timers.count - 1
        while place > 0, timers[place].at < timers[(place - 1) / 2].at {
            timers.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() {
        timers.swapAt(0, timers.count - 1)
        timers.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < timers.count && timers[child].at < timers[least].at {
                least = child
            }
            if least == place { return }
            timers.swapAt(place, least)
            place = least
        }
    }
}
