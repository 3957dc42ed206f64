/// Decimal numbers in attributes.
enum Decimal {
    /// Reads a number. Leading blanks, a sign and leading zeros are accepted, as in 1.7.2 (wire spec 4.2). A number with anything else
    /// around it, which 1.7.2 reads up to the first odd byte or as 0, is not.
    ///
    /// - Returns: nil if the text is not a number or does not fit into the type.
    static func parse<Number: FixedWidthInteger>(_ text: Span<UInt8>, as _: Number.Type = Number.self) -> Number? {
        var index = 0
        while index < text.count, XMLCharacters.isWhiteSpace(text[index]) { index += 1 }
        var isNegative = false
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        guard index < text.count else { return nil }
        var number: Number = 0
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (tens, tooManyTens) = number.multipliedReportingOverflow(by: 10)
            // Negative numbers are built downwards: the least one has no positive counterpart.
            let (sum, tooMany) =
                isNegative ? tens.subtractingReportingOverflow(Number(digit)) : tens.addingReportingOverflow(Number(digit))
            guard !tooManyTens, !tooMany else { return nil }
            number = sum
            index += 1
        }
        return number
    }
}
