internal import FlomNet
internal import FlomNetCore
internal import FlomSystem

/// Finds the user at the other end of a TCP connection from this host, in the kernel's tables.
enum TCPPeerUser {
    private static let sizeLimit = 64 << 20

    /// The user id; nil if the peer is on another host, or the kernel does not list its end.
    static func uid(of connection: Connection) -> UInt32? {
        guard let peer = connection.peerAddress, let own = connection.localAddress, Interfaces.isAddressOfThisHost(peer) else {
            return nil
        }
        let table = peer.family == .ipv4 ? "/proc/net/tcp" : "/proc/net/tcp6"
        guard let lines = Files.contents(of: table, limit: sizeLimit) else { return nil }
        // In the entry of the peer's end the peer is local and this daemon remote.
        let wanted = (Array(hexadecimal(peer).utf8), Array(hexadecimal(own).utf8))
        for line in lines.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 7, words[1].elementsEqual(wanted.0), words[2].elementsEqual(wanted.1) else { continue }
            return UInt32(String(decoding: words[7], as: UTF8.self))
        }
        return nil
    }

    /// `0100007F:6D6F`: the address as 32-bit words in this machine's byte order, and the port.
    private static func hexadecimal(_ address: InternetAddress) -> String {
        var text = ""
        for start in stride(from: 0, to: address.bytes.count, by: 4) {
            for byte in address.bytes[start..<start + 4].reversed() { text += padded(UInt32(byte), 2) }
        }
        return text + ":" + padded(UInt32(address.port), 4)
    }

    private static func padded(_ number: UInt32, _ width: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
