import FlomSimulator
import Glibc

do {
    let command = try SimulateCommand(Array(CommandLine.arguments.dropFirst()), journals: ["sqlite": { SQLiteJournal() }])
    let isKept = try command.run { line in
        print(line)
        fflush(nil)
    }
    exit(isKept ? 0 : 1)
} catch {
    print("simulate: \(error)")
    exit(2)
}
