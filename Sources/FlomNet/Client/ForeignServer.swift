/// Recognizes from the first bytes of an answer that it is not from a FLoM. Otherwise a client would wait for the end of a message that
/// never comes: a mail server, for example, greets and then waits too.
struct ForeignServer {
    /// The kind of server for a message: `an SSH server`.
    let kind: String
    /// The first bytes of the answer, as far as they can be printed.
    let excerpt: String

    /// The number of bytes to look at. More than the longest of the openings below has: the rest is shown.
    static let usefulBytes = 40

    /// Nil as long as the bytes may come from a FLoM.
    ///
    /// - Parameter opening: everything received so far, or its first 40 bytes. White space may stand before a message.
    init?(opening: [UInt8]) {
        // What every FLoM sends: no need to look into the table.
        if opening.starts(with: Self.usualOpening) { return nil }
        let bytes = Array(opening.drop { $0 == 0x20 || 0x09...0x0D ~= $0 })
        guard !bytes.isEmpty else { return nil }
        let lowercased = bytes.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
        if let known = Self.openings.first(where: { lowercased.starts(with: $0.bytes) }) {
            kind = known.kind
        } else if Self.isMySQL(opening) {
            kind = "a MySQL server"
        } else if Self.ownOpenings.contains(where: { $0.starts(with: bytes.prefix($0.count)) }) {
            return nil
        } else {
            kind = "another service"
        }
        excerpt = Self.shown(bytes)
    }

    private static let usualOpening = Array("<?xml".utf8)

    /// The bytes with which a FLoM message may begin.
    private static let ownOpenings = ["<msg", "<?xml", "<!--", "<!DOCTYPE"].map { Array($0.utf8) }

    /// The first bytes, in lower case, of what other servers send on their own or in answer to a FLoM request.
    private static let openings: [(bytes: [UInt8], kind: String)] = [
        (Array("ssh-".utf8), "an SSH server"),
        (Array("http/".utf8), "a web server"),
        (Array("<html".utf8), "a web server"),
        (Array("<!doctype html".utf8), "a web server"),
        // Alert and handshake, in any version since SSL 3.
        ([0x15, 0x03], "a server that expects TLS"),
        ([0x16, 0x03], "a server that expects TLS"),
        (Array("220".utf8), "a mail (SMTP) or FTP server"),
        (Array("421".utf8), "a mail (SMTP) or FTP server"),
        (Array("554".utf8), "a mail (SMTP) server"),
        (Array("+ok".utf8), "a mail (POP3) server"),
        (Array("* ok".utf8), "a mail (IMAP) server"),
        (Array("-err".utf8), "a Redis server"),
        (Array("rfb 0".utf8), "a VNC server"),
        (Array("@rsyncd".utf8), "an rsync server"),
        ([0xFF, 0xFB], "a telnet server"),
        ([0xFF, 0xFD], "a telnet server"),
    ]

    /// Whether the bytes are a greeting of MySQL: a length of three bytes, packet 0, protocol 10.
    private static func isMySQL(_ bytes: [UInt8]) -> Bool { bytes.count > 4 && bytes[1...4].elementsEqual([0, 0, 0, 10]) }

    private static func shown(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }.prefix(usefulBytes)
        return String(line.map { 0x20..<0x7F ~= $0 ? Character(Unicode.Scalar($0)) : "?" })
    }
}
