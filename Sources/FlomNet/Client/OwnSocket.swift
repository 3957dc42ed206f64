internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// The sockets of clients. If the client is a library, the children of its program do not get them: see `flom_process_generation`.
enum OwnSocket {
    /// A stream socket that does not block; negative, with `errno`, if there is none.
    static func open(_ family: Int32) -> Int32 { flom_own_socket(family, Int32(SOCK_STREAM.rawValue), Descriptor.ownRangeStart) }

    static func close(_ socket: Int32) {
        forget(socket)
        Glibc.close(socket)
    }

    /// From now on it is an ordinary descriptor.
    static func forget(_ socket: Int32) { flom_forget_before_close(socket) }
}
