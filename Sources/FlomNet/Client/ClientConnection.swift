internal import CFlomSystem
package import FlomSystem
package import FlomWire
internal import Glibc

/// A client's end of a connection, on plain sockets: every step has a deadline, nothing needs a loop or a thread.
package struct ClientConnection: ~Copyable {
    let socket: Descriptor
    private var reader = FrameReader(limit: FrameLimit.towardsOldClient)
    /// The first bytes received, until a message among them has shown that a FLoM sent them.
    var opening: [UInt8]? = []
    /// Where the other end is, for sentences: `192.168.1.2 port 28015`.
    let place: String
    /// The other end of a TCP connection; nil on UNIX sockets.
    package let address: InternetAddress?
    var peer: String { "the daemon on \(place)" }
    /// Nil in plain text.
    var tls: TLSPump?
    /// Over TLS: whether anything came after the handshake.
    var hasHeard = false

    /// What the daemon gave along with the grant: see `Witnesses`. Held until this process ends.
    package private(set) var witness: Int32?

    /// For `poll`.
    package var descriptor: Int32 { socket.number }

    /// - Parameter place: where the other end is, for sentences: `192.168.1.2 port 28015`.
    init(owning descriptor: Int32, place: String, address: InternetAddress? = nil) {
        socket = Descriptor(owning: descriptor)
        self.place = place
        self.address = address
        Trace.step(.connections, "connected to \(place)")
    }

    /// This end and the other end of a TCP connection; nil on UNIX sockets.
    package var localAddress: InternetAddress? { InternetAddress.filled { getsockname(socket.number, $0, $1) } }
    package var peerAddress: InternetAddress? { InternetAddress.filled { getpeername(socket.number, $0, $1) } }

    /// The longest message accepted; raised when the daemon has confirmed the marker.
    package mutating func raiseFrameLimit() { reader.limit = FrameLimit.betweenOurs }

    /// One send for all, as 1.7.2 expects it of a message.
    package func send(_ messages: ClientMessage...) throws(NetworkError) {
        var bytes: [UInt8] = []
        do {
            for message in messages {
                let start = bytes.count
                try message.encode(into: &bytes)
                Trace.message("sent to \(place)", Array(bytes[start...]))
                guard let tls else { continue }
                // Each in a record of its own: what follows in the same one a 1.7.2 would not see.
                tls.seal(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        } catch {
            throw NetworkError(.refused, "the request does not fit into a message of \(FrameLimit.towardsOldDaemon) bytes")
        }
        if let tls { bytes = tls.outgoing() }
        try sendAll(bytes)
    }

    func sendAll(_ bytes: [UInt8]) throws(NetworkError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                guard Polling.wait(for: POLLOUT, on: socket.number, until: .after(milliseconds: Self.sendLimitMilliseconds))
                else {
                    throw NetworkError(.timedOut, "\(peer) does not take what is sent to it")
                }
                continue
            }
            guard count > 0 else { throw NetworkError(.closed, "\(peer) has closed the connection") }
            sent += count
        }
    }

    /// A daemon that reads nothing for so long is stopped or stuck.
    private static let sendLimitMilliseconds: Int64 = 5000

    /// The next message; nil if there is none before `deadline`.
    ///
    /// - Throws: `notFLoM`, with the first bytes already, if something else answers.
    package mutating func receive(until deadline: Deadline) throws(NetworkError) -> ServerMessage? {
        while true {
            var message: ServerMessage?
            do {
                if let frame = try reader.next() {
                    Trace.message("received from \(place)", frame)
                    let received = try ServerMessage(decoding: frame)
                    Trace.step(.parser, "received \(received.word)")
                    message = received
                }
            } catch {
                throw NetworkError(
                    .notFLoM, "what answers on \(place) does not speak FLoM's protocol (\(error)); check the address")
            }
            if let message {
                opening = nil
                if tls != nil { try checkPeerID(message) }
                return message
            }
            guard try readMore(until: deadline) else { return nil }
        }
    }

    /// False when the deadline has passed.
    private mutating func readMore(until deadline: Deadline) throws(NetworkError) -> Bool {
        guard Polling.waitAwake(for: POLLIN, on: socket.number, until: deadline) else { return false }
        if tls != nil {
            try readMoreSealed()
            return true
        }
        var count = 0
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { chunk in
            count = receiveBytes(chunk)
            guard count > 0 else { return }
            take(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
            if let known = opening { opening = known + chunk[..<min(count, ForeignServer.usefulBytes)] }
        }
        if count < 0 && errno == EAGAIN { return true }
        guard count > 0 else {
            Trace.step(.connections, "the connection to \(place) has ended")
            throw NetworkError(.closed, "\(peer) has closed the connection")
        }
        if let opening {
            if opening.starts(with: PlainAlert.opening) { throw expectsTLS() }
            if let foreign = ForeignServer(opening: opening) { throw self.foreign(foreign) }
        }
        return true
    }

    /// Whether some of what was received has not been given out.
    var hasPlainText: Bool { !reader.isEmpty }

    /// Gives what was received to those who look for messages in it.
    mutating func take(_ bytes: UnsafeRawBufferPointer) { reader.append(bytes) }

    /// As `recv`: a descriptor that comes along is the witness.
    mutating func receiveBytes(_ chunk: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var passed: Int32 = -1
        repeat {
            count = flom_receive_descriptor(socket.number, chunk.baseAddress!, chunk.count, &passed)
        } while count < 0 && errno == EINTR
        if passed >= 0 { witness = Descriptor.movedToOwnRange(passed) }
        return count
    }

    func foreign(_ foreign: ForeignServer) -> NetworkError {
        NetworkError(
            .notFLoM,
            "what answers on \(place) is not FLoM but looks like \(foreign.kind) ('\(foreign.excerpt)'); check the address")
    }

    /// Of a TCP connection: see `LossNotice`.
    package func noticeLoss(withinMilliseconds limit: Int64) {
        for (name, value) in LossNotice.options(withinMilliseconds: limit) {
            // Of a UNIX socket the kernel knows no such options, and loses none.
            _ = SocketOption.set(socket.number, IPPROTO_TCP, name, value)
        }
    }

    /// Of a TCP connection: what is sent has to be acknowledged within so many milliseconds; 0: within whatever the system allows.
    package func limitAcknowledgement(milliseconds limit: Int64) {
        _ = SocketOption.set(socket.number, IPPROTO_TCP, TCP_USER_TIMEOUT, CInt(clamping: limit))
    }

    /// The command shall have it too: the connection then stands as long as anything of it lives.
    package func makeInheritable() { _ = fcntl(socket.number, F_SETFD, 0) }

    /// The command shall have it too.
    package func makeWitnessInheritable() {
        if let witness { _ = fcntl(witness, F_SETFD, 0) }
    }

    /// Ends the connection, whoever else may have inherited it.
    package func shutDown() { _ = Glibc.shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// 1.7.2's way to part: say that nothing more comes, and wait until the daemon closes, which it does when it has understood.
    package func finish(until deadline: Deadline) {
        shutdown(socket.number, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while Polling.wait(for: POLLIN, on: socket.number, until: deadline) {
            let count = recv(socket.number, &byte, 1, 0)
            if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { return }
        }
    }
}
