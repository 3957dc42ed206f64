internal import CFlomSystem
internal import Glibc

/// The names and ids of this machine and its kernel.
package enum Host {
    /// Must be called before any lookup of a host name: see `flom_use_builtin_name_services`.
    package static func useBuiltinNameServices() { flom_use_builtin_name_services() }

    /// The D-Bus machine id, 32 hexadecimal digits. Nil if there is none (minimal containers), which is no error here.
    package static func machineID() -> String? {
        for path in ["/var/lib/dbus/machine-id", "/etc/machine-id"] {
            if let id = hexadecimal(Files.contents(of: path, limit: 64)) { return id }
        }
        return nil
    }

    /// The kernel's boot id, 32 hexadecimal digits. It changes with every boot.
    package static func bootID() -> String? {
        hexadecimal(Files.contents(of: "/proc/sys/kernel/random/boot_id", limit: 64)?.filter { $0 != UInt8(ascii: "-") })
    }

    /// The inode of this process's PID namespace; nil without `/proc`.
    package static func pidNamespace() -> UInt64? { Files.status(of: "/proc/self/ns/pid").map { UInt64($0.st_ino) } }

    /// Nanoseconds by which a time namespace shifts `CLOCK_BOOTTIME` and the start times in `/proc` for this process; nil if that
    /// is not known.
    package static func boottimeOffset() -> Int64? {
        // The file describes processes to come. They share this process's namespace, unless it has made one that it has not
        // entered.
        guard let lines = Files.contents(of: "/proc/self/timens_offsets", limit: 4096) else {
            // A kernel without time namespaces shifts nothing. Without `/proc` that cannot be known.
            return pidNamespace() == nil || Files.status(of: "/proc/self/ns/time") != nil ? nil : 0
        }
        guard Files.status(of: "/proc/self/ns/time")?.st_ino == Files.status(of: "/proc/self/ns/time_for_children")?.st_ino
        else { return nil }
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard words.count == 3, words[0] == "boottime", let seconds = Int64(words[1]), let nanoseconds = Int64(words[2])
            else {
                continue
            }
            return seconds &* 1_000_000_000 &+ nanoseconds
        }
        return nil
    }

    private static func hexadecimal(_ bytes: [UInt8]?) -> String? {
        guard var bytes else { return nil }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let isHexadecimal = text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
        return text.utf8.count == 32 && isHexadecimal ? text : nil
    }

    /// The version of the C library that is linked in.
    package static var libraryVersion: String {
        var buffer = [CChar](repeating: 0, count: 64)
        confstr(Int32(_CS_GNU_LIBC_VERSION), &buffer, buffer.count)
        // "glibc 2.36".
        let text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return String(text.drop { !$0.isNumber })
    }

    package static func name() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Random bytes from the kernel, at most 256. A secret or an id made of anything else would be none: without them the process ends.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        if let bytes = randomBytesIfAny(count) { return bytes }
        writeAll(Array("flom: \(noRandomBytes)\n".utf8), to: 2)
        exit(99)
    }

    /// As `randomBytes`; nil if the kernel gives none.
    package static func randomBytesIfAny(_ count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            filled = getentropy(bytes.baseAddress, count) == 0 ? count : 0
        }
        if bytes.count == count { return bytes }
        // Some sandboxes do not know the call.
        return Files.contents(of: "/dev/urandom", limit: count).flatMap { $0.count == count ? $0 : nil }
    }

    package static let noRandomBytes = "the kernel gives no random bytes: neither by getrandom nor in /dev/urandom"
}
