internal import CFlomSystem
internal import Glibc

/// What this machine is called, by itself and by its kernel.
package enum Host {
    /// Call before any lookup of a user or a host: see `flom_use_builtin_name_services`.
    package static func useBuiltinNameServices() { flom_use_builtin_name_services() }

    /// The D-Bus machine id, 32 hexadecimal digits; nil where there is none (minimal containers), which is no error here.
    package static func machineID() -> String? {
        for path in ["/var/lib/dbus/machine-id", "/etc/machine-id"] {
            if let id = hexadecimal(Files.contents(of: path, limit: 64)) { return id }
        }
        return nil
    }

    /// Changes with every boot of the kernel: 32 hexadecimal digits.
    package static func bootID() -> String? {
        hexadecimal(Files.contents(of: "/proc/sys/kernel/random/boot_id", limit: 64)?.filter { $0 != UInt8(ascii: "-") })
    }

    private static func hexadecimal(_ bytes: [UInt8]?) -> String? {
        guard var bytes else { return nil }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let isHexadecimal = text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
        return text.utf8.count == 32 && isHexadecimal ? text : nil
    }

    package static func name() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// The login name of a uid; nil if neither `/etc/passwd` nor `getent` knows one.
    package static func userName(of uid: UInt32) -> String? {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 4096)
        var found: UnsafeMutablePointer<passwd>?
        if getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, let found {
            return String(cString: found.pointee.pw_name)
        }
        // A static executable cannot load the other name services (LDAP, systemd); the system's own getent can.
        guard let line = ChildOutput.of(["getent", "passwd", "\(uid)"]), let end = line.firstIndex(of: UInt8(ascii: ":")), end > 0
        else { return nil }
        return String(decoding: line[..<end], as: UTF8.self)
    }

    /// `$HOME`, or what the password file says.
    package static func homeDirectory() -> String? {
        if let home = getenv("HOME") { return String(cString: home) }
        guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return nil }
        return String(cString: home)
    }

    /// Random bytes from the kernel.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var generator = SystemRandomNumberGenerator()
        for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
        return bytes
    }
}

/// What a helper program prints; nil unless it ends with 0.
enum ChildOutput {
    static func of(_ words: [String]) -> [UInt8]? {
        guard let ends = try? Descriptor.pipe() else { return nil }
        defer { close(ends.read) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends.write, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        close(ends.write)
        guard result == 0 else { return nil }
        let output = Files.contents(of: ends.read)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status == 0 ? output : nil
    }
}
