internal import FlomModel

/// Reads the start tag of `<msg>`, and then every attribute of the known elements, in the order of the document. Applies the rules
/// that all messages share (wire spec 4.1):
///
/// * `level` is 3 or absent; `verb` and `step` are present;
/// * an unknown element is skipped if it has no attributes; from a peer that speaks the extension, perhaps a later version, always;
/// * known elements are accepted everywhere with any attributes: each message decides what they mean;
/// * a `<msg>` within the message is ignored.
struct MessageReader: ~Copyable {
    enum Element {
        case session, resource, answer, network, shutdown
        /// Elements of the extension.
        case command, process, query, row, page, part
        /// An element of the extension, with text instead of attributes.
        case daemon
    }

    let verb: Int32
    let step: Int32
    /// Whether the message has the marker: the version of the extension that the peer speaks, this one or a later one.
    let speaksExtension: Bool

    /// The element whose attribute or text `next` found.
    private(set) var element = Element.session
    /// The number of the known element, from 1: it tells two successive elements with one name apart.
    private(set) var elementNumber = 0
    /// The text of the last element that has one.
    private(set) var text: [UInt8] = []

    private var scanner: XMLScanner
    /// Whether the scanner is in the start tag of `element`.
    private var isInElement = false

    init(_ frame: [UInt8]) throws(WireError) {
        var scanner = try XMLScanner(frame)
        guard let root = try scanner.nextElement(), scanner.matches(root, "msg") else { throw .unexpected("it is no msg") }
        let header = try Self.header(from: &scanner)
        guard let verb = header.verb else { throw .unexpected("msg without verb") }
        guard let step = header.step else { throw .unexpected("msg without step") }
        self.init(scanner, verb: verb, step: step, speaksExtension: header.speaksExtension)
    }

    // Initializes everything at once: a value that cannot be copied must not be half initialized when an error is thrown.
    private init(_ scanner: consuming XMLScanner, verb: Int32, step: Int32, speaksExtension: Bool) {
        self.scanner = scanner
        self.verb = verb
        self.step = step
        self.speaksExtension = speaksExtension
    }

    /// Moves to the next attribute of a known element other than `msg`, or to the next element with a text.
    ///
    /// - Returns: false at the end of the message.
    mutating func next() throws(WireError) -> Bool {
        while true {
            if isInElement, try scanner.nextAttribute() { return true }
            isInElement = false
            guard let name = try scanner.nextElement() else { return false }
            if speaksExtension, scanner.matches(name, "x-daemon") {
                element = .daemon
                text = try scanner.readText()
                return true
            } else if let known = known(name) {
                element = known
                elementNumber += 1
                isInElement = true
            } else if scanner.matches(name, "msg") {
                let inner = try Self.header(from: &scanner)
                guard (inner.verb ?? verb, inner.step ?? step) == (verb, step) else {
                    throw .unexpected("a msg within the msg that says something else")
                }
            } else if !speaksExtension, try scanner.nextAttribute() {
                throw .unexpected("the unknown element \(scanner.string(name)) with an attribute")
            }
        }
    }

    /// Reads on to the end. What follows does not matter, but must be well formed and allowed.
    mutating func finish() throws(WireError) {
        while try next() {}
    }

    private func known(_ name: Range<Int>) -> Element? {
        if scanner.matches(name, "session") { return .session }
        if scanner.matches(name, "resource") { return .resource }
        if scanner.matches(name, "answer") { return .answer }
        if scanner.matches(name, "network") { return .network }
        if scanner.matches(name, "shutdown") { return .shutdown }
        if speaksExtension {
            if scanner.matches(name, "command") { return .command }
            if scanner.matches(name, "process") { return .process }
            if scanner.matches(name, "row") { return .row }
            if scanner.matches(name, "page") { return .page }
            if scanner.matches(name, "query") { return .query }
            if scanner.matches(name, "part") { return .part }
        }
        return nil
    }

    // The last of several equal attributes wins, but every level must be 3, as in 1.7.2.
    private static func header(
        from scanner: inout XMLScanner
    ) throws(WireError) -> (verb: Int32?, step: Int32?, speaksExtension: Bool) {
        var header: (verb: Int32?, step: Int32?, speaksExtension: Bool) = (nil, nil, false)
        while try scanner.nextAttribute() {
            if scanner.hasAttribute("level") {
                let level = try scanner.number(in: Int32.min...Int32.max)
                guard level == ProtocolLevel.level else {
                    throw .levelMismatch("level \(level) instead of \(ProtocolLevel.level)")
                }
            } else if scanner.hasAttribute("verb") {
                header.verb = try scanner.number(in: Int32.min...Int32.max)
            } else if scanner.hasAttribute("step") {
                header.step = try scanner.number(in: Int32.min...Int32.max)
            } else if scanner.hasAttribute("x") {
                header.speaksExtension = isVersion(try scanner.resolvedValue())
            }
        }
        return header
    }

    /// Whether the text is a positive decimal number of any length: later versions of the extension keep what this one knows.
    private static func isVersion(_ text: [UInt8]) -> Bool {
        text.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } && text.contains { $0 != UInt8(ascii: "0") }
    }
}

// MARK: The attribute that `next` found

extension MessageReader {
    @inline(__always)
    func isNamed(_ name: StaticString) -> Bool { scanner.hasAttribute(name) }

    var attributeName: String { scanner.string(scanner.attributeName) }

    func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) throws(WireError) -> Number {
        try scanner.number(in: range)
    }

    /// The attribute as a number of 32 bits, not checked any further.
    func number() throws(WireError) -> Int32 { try scanner.number(in: Int32.min...Int32.max) }

    /// The attribute as a truth value: 0 is false, every other number true.
    func flag() throws(WireError) -> Bool { try number() != 0 }

    func bytes() throws(WireError) -> [UInt8] { try scanner.resolvedValue() }

    func string() throws(WireError) -> String {
        let value = scanner.attributeValue
        return value.hasReferences ? String(decoding: try scanner.resolvedValue(), as: UTF8.self) : scanner.string(value.range)
    }

    /// The attribute's bytes, decoded by `Base64.decodeSkippingOthers`.
    func base64() throws(WireError) -> [UInt8]? {
        let value = scanner.attributeValue
        guard value.hasReferences else { return Base64.decodeSkippingOthers(scanner.bytes.span.extracting(value.range)) }
        let resolved = try scanner.resolvedValue()
        return Base64.decodeSkippingOthers(resolved.span)
    }

    func malformed(_ complaint: String) -> WireError {
        .malformed(offset: scanner.attributeValue.range.lowerBound, "\(attributeName) is \(complaint)")
    }
}

extension XMLScanner {
    @inline(__always)
    fileprivate func hasAttribute(_ name: StaticString) -> Bool { matches(attributeName, name) }

    /// - Throws: `malformed`, naming the attribute, if it is not a decimal number (`Decimal.parse`) or outside `range`.
    fileprivate func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) throws(WireError) -> Number {
        let number: Number?
        if attributeValue.hasReferences {
            let resolved = try resolvedValue()
            number = Decimal.parse(resolved.span)
        } else {
            number = Decimal.parse(bytes.span.extracting(attributeValue.range))
        }
        guard let number, range.contains(number) else {
            let complaint = "\(string(attributeName)) is no number from \(range.lowerBound) to \(range.upperBound)"
            throw .malformed(offset: attributeValue.range.lowerBound, complaint)
        }
        return number
    }
}
