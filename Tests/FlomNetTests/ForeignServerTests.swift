import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Testing

/// What a client is told that has met something else on FLoM's port.
@Suite struct ForeignServerTests {
    private func answered(_ bytes: [UInt8]) throws -> (NetworkError?, InternetAddress) {
        let listener = RawListener()
        var connection = try TCPConnector.connect(to: [listener.address], until: .after(milliseconds: 5000))
        try connection.send(.discover(extended: false))
        listener.greet(bytes)
        do {
            let message = try connection.receive(until: .after(milliseconds: 5000))
            Issue.record("\(String(describing: message))")
            return (nil, listener.address)
        } catch {
            return (error, listener.address)
        }
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "an SSH server", "SSH-2.0-OpenSSH"),
        ("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "a web server", "HTTP/1.1 400"),
        ("<html>\r\n<head><title>400 Bad Request</title></head>", "a web server", "<html>"),
        ("<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n", "a web server", "<!DOCTYPE HTML"),
        ("220 mail.example.org ESMTP Postfix\r\n", "a mail (SMTP)", "220 mail.example.org"),
        ("+OK POP3 ready\r\n", "POP3", "+OK"), ("* OK IMAP4rev1 ready\r\n", "IMAP", "* OK"),
        ("-ERR unknown command '<?xml'\r\n", "a Redis server", "-ERR"), ("RFB 003.008\n", "a VNC server", "RFB"),
        ("@RSYNCD: 31.0\n", "an rsync server", "@RSYNCD"),
        // Nothing that is known, but no FLoM.
        ("hello\n", "another service", "hello"), ("  \r\n{\"error\":1}", "another service", "{"),
        ("<stream:stream>", "another service", "<stream"), ("\u{1B}[2J", "another service", "?[2J"),
    ])
    func text(_ greeting: String, _ kind: String, _ excerpt: String) throws {
        let (error, address) = try answered(Array(greeting.utf8))
        #expect(error?.kind == .notFLoM)
        for part in [kind, "'\(excerpt)", "\(address)"] {
            #expect(error?.sentence.contains(part) == true, "\(String(describing: error))")
        }
    }

    @Test(
        arguments: [
            ([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x32], "TLS"), ([0x16, 0x03, 0x01, 0x02, 0x00], "TLS"),
            ([0x4A, 0, 0, 0, 0x0A, 0x38, 0x2E, 0x30], "a MySQL server"), ([0xFF, 0xFD, 0x18], "a telnet server"),
            ([0xFF], "another service"), ([0], "another service"),
        ] as [([UInt8], String)])
    func binary(_ greeting: [UInt8], _ kind: String) throws {
        let (error, address) = try answered(greeting)
        #expect(error?.kind == .notFLoM)
        #expect(error?.sentence.contains(kind) == true, "\(String(describing: error))")
        #expect(error?.sentence.contains("\(address)") == true)
    }

    /// Well formed as far as it goes, but no message.
    @Test(arguments: ["<?xml version=\"1.0\"?><msg level=\"9\" verb=\"1\" step=\"16\"></msg>", "<msg></msg>", "<?xml?></msg>"])
    func noMessage(_ text: String) throws {
        let (error, address) = try answered(Array(text.utf8))
        #expect(error?.kind == .notFLoM)
        #expect(error?.sentence.contains("\(address)") == true)
    }

    @Test func endless() throws {
        let (error, _) = try answered(Array("<!-- \(String(repeating: "a", count: 3000))".utf8))
        #expect(error?.kind == .notFLoM)
    }

    @Test func silence() throws {
        let listener = RawListener()
        var connection = try TCPConnector.connect(to: [listener.address], until: .after(milliseconds: 5000))
        #expect(try connection.receive(until: .after(milliseconds: 20)) == nil)
    }

    @Test func hungUp() throws {
        let listener = RawListener()
        var connection = try TCPConnector.connect(to: [listener.address], until: .after(milliseconds: 5000))
        listener.hangUp()
        do {
            _ = try connection.receive(until: .after(milliseconds: 5000))
            Issue.record("nothing was sent")
        } catch {
            #expect(error.kind == .closed)
            #expect(error.sentence.contains("\(listener.address)"), "\(error.sentence)")
        }
    }

    /// Every way in which a FLoM may begin, a byte at a time.
    @Test(arguments: ["", "\n ", "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>", "<!-- c -->", "<!DOCTYPE msg>"])
    func notForeign(_ beginning: String) throws {
        let listener = RawListener()
        var connection = try TCPConnector.connect(to: [listener.address], until: .after(milliseconds: 5000))
        let text = "\(beginning)<msg level=\"3\" verb=\"1\" step=\"16\"><answer rc=\"0\"/></msg>"
        listener.greet([])
        for byte in text.utf8.dropLast() {
            listener.say([byte])
            #expect(try connection.receive(until: .after(milliseconds: 0)) == nil)
        }
        listener.say(Array(text.utf8.suffix(1)) + Array("SSH-2.0 after a message is another matter</msg>".utf8))
        #expect(try connection.receive(until: .after(milliseconds: 5000)) == .answer(LockAnswer(step: .first, code: .granted)))
    }
}
