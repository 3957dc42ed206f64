internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// Learns from the kernel that an address or an interface has come or gone.
package struct AddressNews: ~Copyable {
    private let socket: Descriptor

    /// Nil where the kernel does not tell: a sandbox may forbid it.
    package init?() {
        let descriptor = flom_address_news()
        guard descriptor >= 0 else { return nil }
        socket = Descriptor(owning: descriptor)
    }

    /// Whether anything has changed since the last call. News that were lost because they were not read in time count as a change.
    package func haveCome() -> Bool {
        var haveCome = false
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(socket.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 || (count < 0 && errno == ENOBUFS) else { return haveCome }
            haveCome = true
        }
    }
}
