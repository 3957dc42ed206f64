import FlomRandom
import Foundation

/// The state that a power cut would leave of a journal, at each moment of a daemon's life: rebuilt from strace's record of every write and
/// every sync.
package struct SyncedFiles: Sendable {
    /// A file, `journal` or `journal-wal`, found by the end of its name.
    fileprivate struct File: Sendable {
        var synced: [UInt8]
        /// The writes since the last sync, in their order.
        var pending: [Change] = []
    }

    fileprivate enum Change: Sendable {
        case write([UInt8], at: Int)
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .truncate(let size):
                bytes = Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count))
            case .write(let data, let offset):
                let end = offset + data.count
                if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
                bytes.replaceSubrange(offset..<end, with: data)
            }
        }
    }

    /// A message of the daemon, and the files at the moment before it left.
    package struct Moment: Sendable {
        package let message: String
        package let files: JournalFiles
        /// The same, with some of the unsynced writes: disks write in any order, at any time.
        package let someMore: JournalFiles
    }

    package let moments: [Moment]

    /// - Parameters:
    ///   - trace: the output of `strace -f -y -xx`, with whole pages.
    ///   - start: the files that the daemon found.
    ///   - isChosen: selects the messages whose moments are wanted.
    package init(trace: [UInt8], start: JournalFiles, seed: UInt64, isChosen: (String) -> Bool) {
        var random = SeededRandom(seed: seed)
        var files = ["journal": File(synced: start.database), "journal-wal": File(synced: start.log)]
        /// For syncs that another thread interrupts in the record: the writes that they will have synced when they return.
        var begun: [String: (name: String, count: Int)] = [:]
        var moments: [Moment] = []
        for line in trace.split(separator: UInt8(ascii: "\n")).map(Line.init) {
            if line.isResumed {
                if line.hasSucceeded, let sync = begun.removeValue(forKey: line.thread) { files[sync.name]?.sync(sync.count) }
                continue
            }
            let name = line.path.split(separator: "/").last.map(String.init) ?? ""
            switch line.call {
            // The daemon's answers. What waits for room in the socket, and what passes a descriptor, is sent by other calls.
            case "sendto" where line.path.hasPrefix("socket:"), "write" where line.path.hasPrefix("socket:"),
                "sendmsg" where line.path.hasPrefix("socket:"):
                let message = String(decoding: line.data, as: UTF8.self)
                guard isChosen(message) else { continue }
                moments.append(
                    Moment(
                        message: message, files: JournalFiles(files) { _ in false },
                        someMore: JournalFiles(files) { _ in random.chance(percent: 50) }))
            case "pwrite64":
                // The data is followed by its length, its place, and the result if the call was not interrupted.
                if line.numbers.count >= 2 { files[name]?.pending.append(.write(line.data, at: line.numbers[1])) }
            case "ftruncate":
                if let size = line.numbers.first { files[name]?.pending.append(.truncate(size)) }
            case "fdatasync", "fsync":
                guard let file = files[name] else { continue }
                if line.hasSucceeded {
                    files[name]?.sync(file.pending.count)
                } else {
                    begun[line.thread] = (name, file.pending.count)
                }
            default: continue
            }
        }
        self.moments = moments
    }

    /// `THREAD CALL(DESCRIPTOR<PATH>, "DATA", NUMBERS) = RESULT`, where paths and data are written as `\x` and two digits a byte. A
    /// call that is interrupted in the record ends with `<unfinished ...>`, and its second line has `<... CALL resumed>`.
    private struct Line {
        let thread: String
        let call: String
        let path: String
        let data: [UInt8]
        let numbers: [Int]
        let isResumed: Bool
        let hasSucceeded: Bool

        private static let quote = UInt8(ascii: "\"")

        init(_ bytes: ArraySlice<UInt8>) {
            let quote = Self.quote
            let open = bytes.firstIndex(of: quote) ?? bytes.endIndex
            let close = bytes.lastIndex(of: quote) ?? open
            let head = String(decoding: bytes[..<open], as: UTF8.self)
            data = open < close ? Self.bytes(bytes[bytes.index(after: open)..<close]) : []
            let words = head.split(separator: " ", maxSplits: 1)
            let rest = words.count == 2 ? words[1].drop { $0 == " " } : ""
            thread = words.first.map(String.init) ?? ""
            call = String(rest.prefix { $0 != "(" })
            isResumed = rest.hasPrefix("<...")
            let text = rest.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }
            path = text.hasPrefix("\\x") ? String(decoding: Self.bytes(Array(text.utf8)[...]), as: UTF8.self) : String(text)
            let tail = open < close ? String(decoding: bytes[close...], as: UTF8.self) : String(rest.drop { $0 != ">" })
            numbers = tail.split { !$0.isNumber }.compactMap { Int($0) }
            hasSucceeded = tail.hasSuffix("= 0") || rest.hasSuffix("= 0")
        }

        /// Nothing for what strace shows as a structure: a message to the kernel, not to a client.
        private static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8] {
            guard text.count.isMultiple(of: 4), text.allSatisfy({ $0 != UInt8(ascii: " ") && $0 != quote }) else { return [] }
            func value(_ digit: UInt8) -> UInt8 { digit >= 97 ? digit - 87 : digit - 48 }
            return stride(from: text.startIndex, to: text.endIndex - 3, by: 4).map {
                value(text[$0 + 2]) << 4 | value(text[$0 + 3])
            }
        }
    }
}

extension SyncedFiles.File {
    fileprivate mutating func sync(_ count: Int) {
        for change in pending.prefix(count) { change.apply(to: &synced) }
        pending.removeFirst(min(count, pending.count))
    }

    /// The synced contents, with the selected ones of the pending writes.
    fileprivate func content(_ isKept: (Int) -> Bool) -> [UInt8] {
        var bytes = synced
        for (index, change) in pending.enumerated() where isKept(index) { change.apply(to: &bytes) }
        return bytes
    }
}

extension JournalFiles {
    fileprivate init(_ files: [String: SyncedFiles.File], keeping isKept: (Int) -> Bool) {
        self.init(database: files["journal"]!.content(isKept), log: files["journal-wal"]!.content(isKept))
    }
}
