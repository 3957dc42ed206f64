internal import FlomWire

/// Any bytes as what a daemon adds to its answers in a multicast group: in its own words, or as the whole datagram.
enum NoteTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        let frame = Array("<msg level=\"3\" verb=\"3\" step=\"16\"><network port=\"28015\" address=\"10.0.0.1\"/><x-daemon>".utf8)
        for datagram in [bytes, frame + bytes + Array("</x-daemon></msg>".utf8)] {
            guard let read = try? ServerMessage(decoding: datagram), case .location(_, _, let note) = read else { continue }
            if let note, DiscoveryNote(daemonID: note.daemonID, createdAtMicroseconds: note.createdAtMicroseconds) != note {
                return "accepts a note that nobody can make: \(note)"
            }
            // Addresses that are too long for 1.7.2 cannot be written.
            var written: [UInt8] = []
            guard read.encode(into: &written), !written.isEmpty else { continue }
            guard let again = try? ServerMessage(decoding: written) else { return "writes what it cannot read: \(read)" }
            if again != read { return "writes \(read) as \(again)" }
        }
        return nil
    }
}
