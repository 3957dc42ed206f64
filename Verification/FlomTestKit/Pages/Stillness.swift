import Foundation

/// Finds out when the next line may be typed.
///
/// A page types `flom … &` and then asks for the status. A person at a terminal would wait until the command is in its place, without
/// knowing how long that takes. So does this: it waits until all processes sleep, and have slept for a while.
enum Stillness {
    /// Longer than the first pauses of a client that tries to come back.
    private static let looks = 3
    private static let pause = Duration.milliseconds(30)

    /// How often each thread below these processes has slept so far; nil if one is awake. A search through all processes of the machine
    /// each time would take longer than the commands of the pages.
    private static func sleeps(below roots: [pid_t]) -> [String: String]? {
        var counts: [String: String] = [:]
        var next = roots
        while let process = next.popLast() {
            for thread in Files.names(in: "/proc/\(process)/task") {
                let place = "/proc/\(process)/task/\(thread)"
                guard let lines = Files.text(of: place + "/status")?.split(separator: "\n"),
                    let state = lines.first(where: { $0.hasPrefix("State:") }), !state.contains("R"), !state.contains("D"),
                    let children = Files.text(of: place + "/children")
                else { return nil }
                counts[thread] = lines.filter { $0.contains("ctxt_switches") }.joined()
                next += children.split(separator: " ").compactMap { pid_t($0) }
            }
        }
        return counts
    }

    /// Waits for stillness. Processes that have lost their parents are below the first process of their machine.
    ///
    /// - Throws: `NeverHappened`
    static func come(below roots: [pid_t]) async throws {
        var last: [String: String]?
        var same = 0
        try await eventually("everything sleeps") {
            let now = sleeps(below: roots)
            same = now != nil && now == last ? same + 1 : 0
            last = now
            if same < looks { try await Task.sleep(for: pause) }
            return same >= looks
        }
    }
}
