internal import FlomModel

/// Reads the start tag of `<msg>`, and after it every attribute of the elements that messages are made of, in the order of
/// the document. Applies the rules that all messages share (wire spec 4.1):
///
/// * `level` is 3 or absent; `verb` and `step` are there;
/// * an unknown element passes if it has no attributes; from a peer of ours, which may be a later version, it always does;
/// * known elements pass everywhere with any attributes: what to make of them is the message's business;
/// * a `<msg>` within the message says nothing new.
struct MessageReader: ~Copyable {
    enum Element {
        case session, resource, answer, network, shutdown
        /// Ours.
        case command, process, query, row, page, part
        /// Ours, with text instead of attributes.
        case daemon
    }

    let verb: Int32
    let step: Int32
    /// Whether the peer showed the marker: a version of our extension, this one or a later one.
    let isMarked: Bool

    /// Whose attribute or text `next` found.
    private(set) var element = Element.session
    /// Counts the known elements, from 1: tells two of a kind apart that follow each other.
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
        self.init(scanner, verb: verb, step: step, isMarked: header.isMarked)
    }

    // All at once: what cannot be copied must not be half initialized when an error is thrown.
    private init(_ scanner: consuming XMLScanner, verb: Int32, step: Int32, isMarked: Bool) {
        self.scanner = scanner
        self.verb = verb
        self.step = step
        self.isMarked = isMarked
    }

    /// Goes to the next attribute of a known element other than `msg`, or to the next element with a text; false at the end of
    /// the message.
    mutating func next() throws(WireError) -> Bool {
        while true {
            if isInElement, try scanner.nextAttribute() { return true }
            isInElement = false
            guard let name = try scanner.nextElement() else { return false }
            if isMarked, scanner.matches(name, "x-daemon") {
                element = .daemon
                text = try scanner.takeText()
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
            } else if !isMarked, try scanner.nextAttribute() {
                throw .unexpected("the unknown element \(scanner.string(name)) with an attribute")
            }
        }
    }

    /// Reads on to the end, where nothing that follows matters, but must be well formed and allowed.
    mutating func finish() throws(WireError) {
        while try next() {}
    }

    private func known(_ name: Range<Int>) -> Element? {
        if scanner.matches(name, "session") { return .session }
        if scanner.matches(name, "resource") { return .resource }
        if scanner.matches(name, "answer") { return .answer }
        if scanner.matches(name, "network") { return .network }
        if scanner.matches(name, "shutdown") { return .shutdown }
        if isMarked {
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
    ) throws(WireError) -> (verb: Int32?, step: Int32?, isMarked: Bool) {
        var header: (verb: Int32?, step: Int32?, isMarked: Bool) = (nil, nil, false)
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
                header.isMarked = isVersion(try scanner.resolvedValue())
            }
        }
        return header
    }

    /// A positive decimal number of any length: later versions of ours keep what this one knows.
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

    /// Any number of 32 bits, as 1.7.2's peers send it and no further rule has judged it.
    func number() throws(WireError) -> Int32 { try scanner.number(in: Int32.min...Int32.max) }

    /// 0 is no, every other number yes.
    func flag() throws(WireError) -> Bool { try number() != 0 }

    func bytes() throws(WireError) -> [UInt8] { try scanner.resolvedValue() }

    func string() throws(WireError) -> String {
        let value = scanner.attributeValue
        return value.hasReferences ? String(decoding: try scanner.resolvedValue(), as: UTF8.self) : scanner.string(value.range)
    }

    /// See `Base64.decodeSkippingOthers`.
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

    /// - Throws: `malformed`, naming the attribute, if it is no decimal number (`Decimal.parse`) or outside `range`.
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
