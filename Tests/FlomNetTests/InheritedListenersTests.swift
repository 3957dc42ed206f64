import FlomNet
import FlomNetCore
import FlomSystem
import Glibc
import Testing

/// Listening sockets of the daemon before: taken over where they fit, closed where they do not.
@Suite struct InheritedListenersTests {
    private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) != -1 }

    private func inherited(_ descriptors: [Int32], inode: UInt64 = 0) -> InheritedListeners {
        var listeners = InheritedListeners()
        for descriptor in descriptors { listeners.add(dup(descriptor), inode: inode) }
        return listeners
    }

    // MARK: - TCP

    /// A client that connected while no daemon accepted is still in the socket's backlog.
    @Test(arguments: Loopback.families) func thoseWhoWaitAreFoundAgain(_ family: InternetAddress.Family) throws {
        let before = try TCPListener(addresses: [Loopback.address(family)])
        let listeners = inherited(before.descriptors)
        before.close()
        let address = before.boundAddresses[0]
        _ = try TCPConnector.connect(to: [address], until: .after(milliseconds: 5000))
        let after = try TCPListener(addresses: [address], inherited: listeners)
        defer { after.close() }
        #expect(after.boundAddresses == [address])
        let connection = accept(after.descriptors[0], nil, nil)
        #expect(connection >= 0)
        close(connection)
    }

    /// It would keep the port from the one that is bound anew.
    @Test func anotherAddressIsClosedFirst() throws {
        let port = Loopback.freePort(SOCK_STREAM, .ipv4)
        let before = try TCPListener(wildcardPort: port, family: .ipv4)
        let listeners = inherited(before.descriptors)
        before.close()
        let after = try TCPListener(addresses: [Loopback.address(.ipv4, port: port)], inherited: listeners)
        defer { after.close() }
        #expect(after.boundAddresses == [Loopback.address(.ipv4, port: port)])
    }

    @Test func whatDoesNotListenIsNoneOfIt() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var listeners = InheritedListeners()
        listeners.add(descriptor, inode: 0)
        #expect(listeners.isEmpty && !isOpen(descriptor))
    }

    // MARK: - UNIX

    private struct Place {
        let directory: String
        let address: UnixAddress

        init() throws {
            var template = Array("/tmp/flomtest-XXXXXX".utf8CString)
            _ = mkdtemp(&template)
            directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            address = try UnixAddress(path: directory + "/s")
        }

        func remove() {
            unlink(address.path)
            unlink(address.path + "2")
            rmdir(directory)
        }
    }

    @Test func aSocketWhoseNameLeadsToItGoesOn() throws {
        let place = try Place()
        defer { place.remove() }
        let before = try UnixListener(place.address, mode: 0o600)
        var listeners = inherited([before.descriptor], inode: before.inode)
        close(before.descriptor)
        _ = try UnixConnector.connect(to: place.address, owner: nil, until: .after(milliseconds: 5000))
        let after = try #require(UnixListener(place.address, from: &listeners))
        defer { close(after.descriptor) }
        #expect(listeners.isEmpty && after.inode == before.inode)
        let connection = accept(after.descriptor, nil, nil)
        #expect(connection >= 0)
        close(connection)
    }

    /// A tidy-up removed the name, or somebody made another socket there: nobody could reach the old one.
    @Test(arguments: [false, true]) func aSocketWithoutItsNameDoesNot(isReplaced: Bool) throws {
        let place = try Place()
        defer { place.remove() }
        let before = try UnixListener(place.address, mode: 0o600)
        var listeners = inherited([before.descriptor], inode: before.inode)
        // The file system may give a file that comes later the same number; this one exists already.
        let other = try UnixListener(try UnixAddress(path: place.address.path + "2"), mode: 0o600)
        defer {
            close(before.descriptor)
            close(other.descriptor)
        }
        unlink(place.address.path)
        if isReplaced { rename(place.address.path + "2", place.address.path) }
        #expect(UnixListener(place.address, from: &listeners) == nil)
        listeners.closeAll()
        #expect(listeners.isEmpty)
    }
}
