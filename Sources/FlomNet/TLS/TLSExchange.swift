package import FlomNetCore
package import FlomSystem
internal import Glibc

/// A test of whether the certificates of two hosts suit each other: one TLS connection, of no protocol, on which both sides send their ids
/// (`--debug-feature`).
package struct TLSExchange {
    package struct Peer: Hashable, Sendable {
        /// The id that the peer sends.
        package let id: String
        /// The subject of the peer's certificate.
        package let subject: String
    }

    private let credentials: TLSCredentials
    /// This machine's id.
    private let ownID: String
    private let deadline: Deadline

    package init(_ credentials: TLSCredentials, ownID: String, until deadline: Deadline) {
        self.credentials = credentials
        self.ownID = ownID
        self.deadline = deadline
    }

    /// Accepts one connection on the first address.
    package func serve(_ addresses: [InternetAddress], name: String) throws(NetworkError) -> Peer {
        let listener = try TCPListener(addresses: addresses, name: name)
        defer { listener.close() }
        let place = listener.boundAddresses.map { "\($0)" }.joined(separator: ", ")
        Trace.step(.debugFeatures, "listening on \(place)")
        var waiting = listener.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&waiting, nfds_t(waiting.count), deadline.pollMilliseconds) < 0 && errno == EINTR {}
        guard let ready = waiting.first(where: { $0.revents != 0 }) else {
            throw NetworkError(.timedOut, "nobody has connected to \(place)")
        }
        let number = accept(ready.fd, nil, nil)
        guard number >= 0 else { throw NetworkError(.failed, "no connection can be taken: \(SystemError("accept").reason)") }
        return try exchange(over: Descriptor(owning: number), isServer: true)
    }

    package func connect(to addresses: [InternetAddress]) throws(NetworkError) -> Peer {
        let number = try TCPConnector.descriptor(to: addresses, until: deadline)
        return try exchange(over: Descriptor(owning: number), isServer: false)
    }

    private func exchange(over socket: consuming Descriptor, isServer: Bool) throws(NetworkError) -> Peer {
        let pump: TLSPump
        do { pump = try TLSPump(credentials, isServer: isServer) } catch {
            throw NetworkError(.failed, "TLS cannot be begun: \(error)")
        }
        var heard: [UInt8] = []
        var hasSpoken = false
        while true {
            if pump.isOpen && !hasSpoken {
                Trace.step(.debugFeatures, "the handshake is over")
                if let objection = pump.objection { throw NetworkError(.refused, "the peer's certificate \(objection)") }
                pump.seal(Array("\(ownID)\n".utf8))
                hasSpoken = true
            }
            send(pump.outgoing(), over: socket.number)
            heard += pump.plainText()
            if hasSpoken, let end = heard.firstIndex(of: UInt8(ascii: "\n")) {
                return try judge(String(decoding: heard[..<end], as: UTF8.self), pump)
            }
            guard heard.count <= Self.longestID else { throw NetworkError(.notFLoM, "the peer says more than its id") }
            guard Polling.wait(for: POLLIN, on: socket.number, until: deadline) else {
                throw NetworkError(.timedOut, "the peer does not go on with \(pump.isOpen ? "its id" : "the TLS handshake")")
            }
            var chunk = [UInt8](repeating: 0, count: 16 * 1024)
            let count = recv(socket.number, &chunk, chunk.count, 0)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { throw NetworkError(.closed, "the peer has closed the connection: its own words say why") }
            do throws(TLSPump.Broken) { try pump.receive(Array(chunk[..<count])) } catch {
                // Tells the peer, if it still reads.
                send(pump.outgoing(), over: socket.number)
                throw NetworkError(.refused, complaint(error.flaw, pump))
            }
        }
    }

    private static let longestID = 1024

    private func send(_ bytes: [UInt8], over socket: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN, Polling.wait(for: POLLOUT, on: socket, until: deadline) { continue }
            // A closed connection is noticed at the next read.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func complaint(_ flaw: HandshakeFlaw, _ pump: TLSPump) -> String {
        if flaw.isOurVerdict { return "the peer is not trusted: \(pump.whyNotVerified())" }
        if let alert = flaw.alert { return "the peer refuses the TLS connection: \(alert)" }
        return "the TLS handshake failed: \(flaw.aboutKeys ?? flaw.shortened)"
    }

    private func judge(_ id: String, _ pump: TLSPump) throws(NetworkError) -> Peer {
        let name = pump.peer?.commonName
        guard !pump.checksPeerID || name == id else {
            throw NetworkError(
                .refused, "the peer says that its machine id is '\(id)', but its certificate is made for '\(name ?? "")'")
        }
        return Peer(id: id, subject: pump.peer?.subject ?? "")
    }
}
