package import FlomModel
internal import FlomSystem

/// Reads the values of options and keys. Words must be exact, in any case; everything else is refused together with the accepted
/// values.
package enum Value {
    /// The refusal of a value; completes "… 'VALUE' …".
    package struct Refused: Error {
        package let accepted: String

        package init(accepted: String) { self.accepted = accepted }
    }

    /// Decimal or 0x. A leading 0 is refused, because 1.7.2 read `010` as 8.
    package static func integer(_ text: String, in range: ClosedRange<Int64>, unit: String = "") throws(Refused) -> Int64 {
        let bounds =
            range.upperBound == Int64(Int32.max) && range.lowerBound == Int64(Int32.min)
            ? "a whole number" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let refusal = Refused(accepted: bounds + (unit.isEmpty ? "" : " (\(unit))") + ", decimal without leading zeros or as 0x…")
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = isNegative || text.utf8.first == UInt8(ascii: "+") ? String(text.utf8.dropFirst())! : text
        let number: Int64?
        if digits.lowercased().hasPrefix("0x") {
            number = hasOnlyDigits(digits.utf8.dropFirst(2)) ? Int64(digits.dropFirst(2), radix: 16) : nil
        } else if digits.utf8.count > 1 && digits.utf8.first == UInt8(ascii: "0") {
            number = nil
        } else {
            number = hasOnlyDigits(digits.utf8.dropFirst(0)) ? Int64(digits) : nil
        }
        guard let number, range.contains(isNegative ? -number : number) else { throw refusal }
        return isNegative ? -number : number
    }

    private static func hasOnlyDigits(_ digits: Substring.UTF8View) -> Bool {
        !digits.isEmpty && digits.first != UInt8(ascii: "+") && digits.first != UInt8(ascii: "-")
    }

    /// A reader of such integers.
    package static func integer(in range: ClosedRange<Int64>) -> @Sendable (String) throws(Refused) -> Int64 {
        { text throws(Refused) in try integer(text, in: range) }
    }

    package static func text(_ text: String) throws(Refused) -> String { text }

    package static func yesOrNo(_ text: String) throws(Refused) -> Bool {
        switch text.lowercased() {
        case "yes", "y": true
        case "no", "n": false
        default: throw Refused(accepted: "yes, y, no or n")
        }
    }

    package static func lockMode(_ text: String) throws(Refused) -> LockMode {
        guard let mode = LockMode(spelling: text) else {
            let words = LockMode.allCases.map { "\($0.shortName) (\($0.longName))" }
            throw Refused(accepted: words.joined(separator: ", "))
        }
        return mode
    }

    package static func word<Word: RawRepresentable & CaseIterable>(_ text: String) throws(Refused) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text.lowercased()) else {
            throw Refused(accepted: Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    /// Permissions in octal, as in chmod.
    package static func permissions(_ text: String) throws(Refused) -> UInt32 {
        let refusal = Refused(accepted: "permissions in octal, from 0 to 777, as in 660")
        guard let mode = UInt32(text, radix: 8), mode <= 0o777, text.utf8.first != UInt8(ascii: "+") else { throw refusal }
        return mode
    }

    package static func host(_ text: String) throws(Refused) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Refused(accepted: "a name or an address without blanks")
        }
        return text
    }

    package static func path(_ text: String) throws(Refused) -> String {
        guard !text.isEmpty else { throw Refused(accepted: "the path of a file") }
        return text
    }

    /// The path made absolute from the current directory.
    package static func absolutePath(_ text: String) throws(Refused) -> String { Files.absolute(try path(text)) }

    package static func resourceName(_ bytes: [UInt8]) throws(Refused) -> ResourceName {
        let name: ResourceName
        do { name = try ResourceName(bytes) } catch {
            throw Refused(accepted: "the name of a resource; this one is refused because \(error.reason)")
        }
        guard !name.isUnnamed else {
            throw Refused(accepted: "any other name: this one is reserved for commands without a resource name")
        }
        return name
    }
}

extension ClosedRange<Int64> {
    package static let anyInt32 = Int64(Int32.min)...Int64(Int32.max)
}
