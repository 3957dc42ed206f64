internal import FlomModel
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// `--version`, with `-V` also the linked libraries, because the one file contains them.
enum VersionText {
    /// Lines with their newlines.
    static func text(withLibraries: Bool) -> String {
        var text = "flom \(FlomVersion.current)\nspeaks FLoM 1.7.2, protocol level 3\n"
        guard withLibraries else { return text }
        text += "\nlinked in:\n"
        let width = libraries.map(\.name.count).max() ?? 0
        let versionWidth = libraries.map(\.version.count).max() ?? 0
        for library in libraries {
            let name = library.name + String(repeating: " ", count: width - library.name.count)
            let version = library.version + String(repeating: " ", count: versionWidth - library.version.count)
            text += "  \(name)  \(version)  \(library.licence)\n"
        }
        return text
    }

    /// The libraries. Versions that cannot be queried are compared with the build by a test.
    private static var libraries: [(name: String, version: String, licence: String)] {
        [
            ("Swift runtime and standard library", "\(_SwiftStdlibVersion.current)", "Apache-2.0 with Runtime Library Exception"),
            ("SwiftNIO", "2.101.2", "Apache-2.0"),
            ("swift-nio-ssl", "2.37.6", "Apache-2.0"),
            ("BoringSSL, as in swift-nio-ssl", "2.37.6", "Apache-2.0, OpenSSL, ISC"),
            ("swift-atomics", "1.3.0", "Apache-2.0 with Runtime Library Exception"),
            ("swift-collections", "1.6.0", "Apache-2.0 with Runtime Library Exception"),
            ("SQLite", SQLiteLibrary.version, "public domain"),
            ("GNU C library", Host.libraryVersion, "LGPL-2.1-or-later"),
        ]
    }
}

/// `--signal-list`: 31 entries, four on a line, each followed by a tab, as 1.7.2 prints them.
enum SignalList {
    static var text: String {
        var lines = ""
        for number in Signals.numbers {
            lines += "\(number)) \(Signals.name(number))\t"
            if number % 4 == 0 { lines += "\n" }
        }
        return lines + "\n"
    }
}

/// `--unique-id`: the machine id, which is the CN of its certificates.
enum UniqueID {
    static func text() throws(Failure) -> String {
        guard let id = Host.machineID() else {
            throw Failure(
                .failure,
                "this machine has no machine id: neither /var/lib/dbus/machine-id nor /etc/machine-id has 32 hexadecimal digits "
                    + "(systemd-machine-id-setup or dbus-uuidgen --ensure makes one)")
        }
        return id + "\n"
    }
}
