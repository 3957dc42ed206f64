internal import CFlomSystem
package import FlomNetCore
package import FlomSystem
package import FlomWire
internal import Glibc

/// A client's end of a connection, on plain sockets. Every step has a deadline, and none needs a loop or a thread.
package struct ClientConnection: ~Copyable {
    let socket: Descriptor
    private var reader = FrameReader(limit: FrameLimit.towardsOldClient)
    /// The first bytes received; nil once they have been recognized as a FLoM message.
    var opening: [UInt8]? = []
    /// The other end for messages: `192.168.1.2 port 28015`.
    let place: String
    /// The other end of a TCP connection; nil on UNIX sockets.
    package let address: InternetAddress?
    var peer: String { "the daemon on \(place)" }
    /// TLS on this connection; nil in plain text.
    var tls: TLSPump?
    /// Over TLS: whether anything was received after the handshake.
    var hasHeard = false

    /// The descriptor that the daemon sent with the grant: see `LivenessPipes`.
    private var livenessPipe: LivenessPipe?

    /// The descriptor for `poll`.
    package var descriptor: Int32 { socket.number }

    deinit { flom_forget_before_close(socket.number) }

    /// - Parameters:
    ///   - descriptor: of `OwnSocket`.
    ///   - place: the other end for messages: `192.168.1.2 port 28015`.
    init(owning descriptor: Int32, place: String, address: InternetAddress? = nil) {
        socket = Descriptor(owning: descriptor)
        self.place = place
        self.address = address
        Trace.step(.connections, "connected to \(place)")
    }

    /// This end of a TCP connection; nil on UNIX sockets.
    package var localAddress: InternetAddress? { InternetAddress.filled { getsockname(socket.number, $0, $1) } }
    package var peerAddress: InternetAddress? { InternetAddress.filled { getpeername(socket.number, $0, $1) } }

    /// Accepts longer messages, once the daemon has confirmed the marker.
    package mutating func raiseFrameLimit() { reader.limit = FrameLimit.betweenOurs }

    /// Sends a message, or two, in one system call, as 1.7.2 expects of each message.
    package func send(_ message: ClientMessage, then next: ClientMessage? = nil) throws(NetworkError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameLimit.towardsOldDaemon)
        do {
            try write(message, to: &bytes)
            if let next { try write(next, to: &bytes) }
        } catch {
            throw NetworkError(.refused, "the request does not fit into a message of \(FrameLimit.towardsOldDaemon) bytes")
        }
        if let tls { bytes = tls.outgoing() }
        try sendAll(bytes)
    }

    private func write(_ message: ClientMessage, to bytes: inout [UInt8]) throws(WireError) {
        let start = bytes.count
        try message.encode(into: &bytes)
        Trace.message("sent to \(place)", Array(bytes[start...]))
        guard let tls else { return }
        // Each in a record of its own: a 1.7.2 would not see what follows in the same record.
        tls.seal(bytes)
        bytes.removeAll(keepingCapacity: true)
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

    /// The limit for sending: a daemon that reads nothing for so long is stopped or stuck.
    private static let sendLimitMilliseconds: Int64 = 5000

    /// The next message; nil if none comes before `deadline`.
    ///
    /// - Throws: `notFLoM`, as soon as the first bytes show it, if something else answers.
    package mutating func receive(until deadline: Deadline) throws(NetworkError) -> ServerMessage? {
        while true {
            if let message = try receiveNow() { return message }
            guard Polling.waitAwake(for: POLLIN, on: socket.number, until: deadline) else { return nil }
        }
    }

    /// The next message that has come; nil if there is none yet. Does not wait.
    ///
    /// - Throws: as `receive`.
    package mutating func receiveNow() throws(NetworkError) -> ServerMessage? {
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
            guard try readMore() else { return nil }
        }
    }

    /// Reads what has come.
    ///
    /// - Returns: false if that is nothing.
    private mutating func readMore() throws(NetworkError) -> Bool {
        if tls != nil { return try readMoreSealed() }
        var count = 0
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { chunk in
            count = receiveBytes(chunk)
            guard count > 0 else { return }
            feed(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
            if let known = opening { opening = known + chunk[..<min(count, ForeignServer.usefulBytes)] }
        }
        if count < 0 && errno == EAGAIN { return false }
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

    /// Whether received bytes are left that `receive` has not returned.
    var hasPlainText: Bool { !reader.isEmpty }

    /// Passes received bytes to the frame reader.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) { reader.append(bytes) }

    /// Receives like `recv`. A descriptor that comes along is the liveness pipe.
    mutating func receiveBytes(_ chunk: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        var passed: Int32 = -1
        repeat {
            count = flom_receive_own_descriptor(socket.number, chunk.baseAddress!, chunk.count, &passed)
        } while count < 0 && errno == EINTR
        if passed >= 0 { livenessPipe = LivenessPipe(owning: passed) }
        return count
    }

    func foreign(_ foreign: ForeignServer) -> NetworkError {
        NetworkError(
            .notFLoM,
            "what answers on \(place) is not FLoM but looks like \(foreign.kind) ('\(foreign.excerpt)'); check the address")
    }

    /// UNIX sockets lose no connection unnoticed, and have no options for it.
    private var isOverNetwork: Bool { address != nil }

    /// Limits the time after which a loss of a TCP connection is noticed: see `LossNotice`.
    package func noticeLoss(withinMilliseconds limit: Int64) {
        guard isOverNetwork else { return }
        for (name, value) in LossNotice.options(withinMilliseconds: limit) {
            _ = SocketOption.set(socket.number, IPPROTO_TCP, name, value)
        }
    }

    /// Limits the time within which data sent over TCP has to be acknowledged; 0 is the system's default.
    package func limitAcknowledgement(milliseconds limit: Int64) {
        guard isOverNetwork else { return }
        _ = SocketOption.set(socket.number, IPPROTO_TCP, TCP_USER_TIMEOUT, CInt(clamping: limit))
    }

    /// Lets the command inherit the connection, which then stays open as long as a process of the command lives.
    package func makeInheritable() { _ = fcntl(socket.number, F_SETFD, 0) }

    /// The liveness pipe that has come, once.
    package mutating func takeLivenessPipe() -> LivenessPipe? { livenessPipe.take() }

    /// Ends the connection, even if other processes have inherited it.
    package func shutDown() { _ = Glibc.shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// Ends the connection as 1.7.2's client does: announces the end, and waits until the daemon closes, which it does when it has read
    /// everything.
    package func finish(until deadline: Deadline) {
        shutdown(socket.number, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while Polling.wait(for: POLLIN, on: socket.number, until: deadline) {
            let count = recv(socket.number, &byte, 1, 0)
            if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { return }
        }
    }
}

/// A descriptor that shows to any daemon that its holder lives: see `LivenessPipes`. It ends with its owner.
package struct LivenessPipe: ~Copyable {
    private var descriptor: Int32

    fileprivate init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        flom_forget_before_close(descriptor)
        close(descriptor)
    }

    /// Lets the command inherit it, under a number that commands do not use. Not before a fork of a program that this is a library of.
    package mutating func makeInheritable() {
        flom_forget_before_close(descriptor)
        descriptor = Descriptor.movedToOwnRange(descriptor)
        _ = fcntl(descriptor, F_SETFD, 0)
    }
}
