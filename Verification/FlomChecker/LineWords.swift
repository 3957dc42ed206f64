/// The words of one line of a history, taken out one after the other.
struct LineWords {
    private let line: String
    private var words: [Substring]

    init(_ line: String) {
        self.line = line
        words = line.split(separator: " ")
    }

    func mistake(_ what: String) -> BrokenPromise { BrokenPromise(.history, "\(what): \(line)") }

    mutating func word() throws(BrokenPromise) -> Substring {
        guard !words.isEmpty else { throw mistake("the line is too short") }
        return words.removeFirst()
    }

    mutating func number() throws(BrokenPromise) -> Int64 {
        let text = try word()
        guard let number = Int64(text) else { throw mistake("\(text) is no number") }
        return number
    }

    /// Whether the line contains this word by itself.
    mutating func has(_ word: String) -> Bool {
        guard let place = words.firstIndex(of: word[...]) else { return false }
        words.remove(at: place)
        return true
    }

    /// The value behind `key=`.
    mutating func value(_ key: String) -> Substring? {
        guard let place = words.firstIndex(where: { $0.hasPrefix("\(key)=") }) else { return nil }
        return words.remove(at: place).dropFirst(key.count + 1)
    }

    mutating func optionalNumber(_ key: String) throws(BrokenPromise) -> Int64? {
        guard let text = value(key) else { return nil }
        guard let number = Int64(text) else { throw mistake("\(text) is no number") }
        return number
    }

    mutating func number(_ key: String) throws(BrokenPromise) -> Int64 {
        guard let number = try optionalNumber(key) else { throw mistake("\(key)= is missing") }
        return number
    }

    mutating func bytes(_ key: String) -> [UInt8]? { value(key).map(Escaping.unescape) }

    func end() throws(BrokenPromise) {
        if let word = words.first { throw mistake("nobody knows what \(word) means here") }
    }
}

/// Bytes as a word without blanks.
enum Escaping {
    static func escape(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            if byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "=") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "%" + (digits.count < 2 ? "0" + digits : digits)
            }
        }
        return text
    }

    static func unescape(_ word: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
