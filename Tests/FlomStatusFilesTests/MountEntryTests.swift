import Testing

@testable import FlomStatusFiles

@Suite struct MountEntryTests {
    private static let table = #"""
        22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        30 22 0:50 / /run/a rw,nosuid shared:4 - fuse.flom flom rw,user_id=0
        31 22 0:51 / /run/with\040blank rw,nosuid - fuse.flom flom rw
        32 30 0:52 / /run/a rw - tmpfs none rw
        33 22 0:53 / /run/back\134slash ro master:1 shared:2 - fuse.sshfs x rw

        """#

    @Test(arguments: [
        ("/run/a", "0:52", "tmpfs"), ("/run/with blank", "0:51", "fuse.flom"), (#"/run/back\slash"#, "0:53", "fuse.sshfs"),
        ("/", "254:0", "ext4"),
    ])
    func whatIsSeenIsFound(path: String, device: String, type: String) {
        #expect(MountEntry.mounted(on: path, in: Array(Self.table.utf8)) == MountEntry(device: device, type: type))
    }

    @Test(arguments: ["/run", "/run/a/b", "/run/with", ""])
    func elsewhereIsNothing(path: String) { #expect(MountEntry.mounted(on: path, in: Array(Self.table.utf8)) == nil) }
}
