// A program that uses the library, for tests that need a process of its own: one that ends, forks, or has a thousand locks.
//
//     flom-library-probe SOCKET|group:GROUP|tcp:HOST:PORT WHAT RESOURCE [NUMBER]
import FlomClient
import Glibc

let words = CommandLine.arguments
guard words.count > 3 else { fatalError("flom-library-probe SOCKET|group:GROUP|tcp:HOST:PORT WHAT RESOURCE [NUMBER]") }
let endpoint = place(words[1])
let resource = words[3]
let number = words.count > 4 ? Int(words[4])! : 0

func place(_ text: String) -> FlomEndpoint {
    let parts = text.split(separator: ":").map(String.init)
    return switch (parts[0], parts.count) {
    case ("group", 2): .multicast(parts[1])
    case ("tcp", 3): .tcp(parts[1], port: UInt16(parts[2])!)
    default: .local(socket: text, starting: nil)
    }
}

func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Waits until standard input ends.
func awaitEndOfInput() { while getchar() != EOF {} }

/// Forks, which Swift does not let a program do by itself.
func fork() -> pid_t {
    typealias Fork = @convention(c) () -> pid_t
    return unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)()
}

/// The number of threads of this process.
func threadCount() -> Int {
    guard let directory = opendir("/proc/self/task") else { return -1 }
    defer { closedir(directory) }
    var count = -2
    while readdir(directory) != nil { count += 1 }
    return count
}

switch words[2] {
case "hold", "exit", "abort":
    // Without a word to the daemon at the end.
    let lock = try await FlomLock.acquire(resource, at: endpoint)
    say("held \(lock.element ?? "-") \(lock.fencingToken ?? 0)")
    awaitEndOfInput()
    if words[2] == "abort" { abort() }
    if words[2] == "exit" { exit(3) }
    await lock.release()
case "fork":
    // The child lives on without the parent, and must neither hold the lock nor be able to end it.
    let lock = try await FlomLock.acquire(resource, at: endpoint)
    let child = fork()
    if child == 0 {
        awaitEndOfInput()
        exit(0)
    }
    say("held, with child \(child)")
    var byte: UInt8 = 0
    while read(0, &byte, 1) > 0, byte != UInt8(ascii: "\n") {}
    say(lock.state == .held ? "still held" : "\(lock.state)")
    _exit(0)
case "crowd":
    // So many waiters behind one holder that is another process.
    let granted = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<number {
            group.addTask { try await FlomLock.withLock(resource, at: endpoint, onLost: .keepGoing) { _ in 1 } }
        }
        say("asking")
        group.addTask {
            while true {
                do { try await Task.sleep(for: .milliseconds(20)) } catch { return 0 }
                say("threads \(threadCount())")
            }
        }
        var granted = 0
        while let one = try await group.next() {
            granted += one
            if granted == number { group.cancelAll() }
        }
        return granted
    }
    say("granted \(granted)")
case "states":
    // What becomes of the lock, until the body is cancelled.
    do {
        try await FlomLock.withLock(resource, at: endpoint) { lock in
            for await state in lock.states { say("\(state)") }
        }
    } catch {
        say("\(error)")
    }
case "pairs":
    // The cost of a lock and its unlock.
    let clock = ContinuousClock()
    try await FlomLock.withLock(resource, at: endpoint) { _ in }
    let span = try await clock.measure {
        for _ in 0..<number {
            let lock = try await FlomLock.acquire(resource, at: endpoint)
            await lock.release()
        }
    }
    say("\(span / number) a pair")
case "bodies":
    let clock = ContinuousClock()
    let span = try await clock.measure {
        for _ in 0..<number { try await FlomLock.withLock(resource, at: endpoint) { _ in } }
    }
    say("\(span / number) a body")
default:
    fatalError("\(words[2]) is none of hold, exit, abort, fork, crowd, states, pairs, bodies")
}
