import FlomStore
import Glibc

/// `flom-make-journal FILE [--events N] [--days N] [--seed N]`: writes a journal like that of a busy host.
var path: String?
var events: Int64 = 10_000_000
var days: Int64 = 30
var seed: UInt64 = 1
var words = CommandLine.arguments.dropFirst()

func fail(_ sentence: String) -> Never {
    let line = Array("flom-make-journal: \(sentence)\n".utf8)
    Glibc.write(2, line, line.count)
    exit(2)
}

while let word = words.popFirst() {
    guard word.hasPrefix("--") else {
        path = word
        continue
    }
    guard let value = words.popFirst().flatMap({ Int64($0) }), value > 0 else { fail("\(word) takes a number above 0") }
    switch word {
    case "--events": events = value
    case "--days": days = value
    case "--seed": seed = UInt64(value)
    default: fail("there is no option \(word); there are --events, --days and --seed")
    }
}
guard let path else { fail("name the file to be made: flom-make-journal FILE [--events N] [--days N] [--seed N]") }
guard access(path, F_OK) != 0 else { fail("'\(path)' exists already") }

do {
    var past = try MadeUpPast(path: path, events: events, days: days, seed: seed)
    try past.write()
    print("\(past.requests) requests and \(past.events) events over \(days) days in '\(path)'")
} catch {
    fail("'\(path)' cannot be written: \((error as? JournalError)?.sentence ?? "\(error)")")
}
