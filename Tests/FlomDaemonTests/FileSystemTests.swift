import FlomSystem
import Testing

/// The file systems on which a journal must not be: shared by several machines, or implemented by programs.
@Suite struct FileSystemTests {
    @Test(
        arguments: [
            (0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (0xFE53_4D42, "SMB"), (0x517B, "SMB"), (0x0102_1997, "9p"),
            (0x6573_5546, "FUSE"), (0x0BD0_0BD0, "Lustre"), (0x4750_4653, "GPFS"), (0x00C3_6400, "CephFS"),
            (0x1983_0326, "BeeGFS"), (0x5346_414F, "AFS"), (0x6B41_4653, "AFS"), (0x7375_7245, "Coda"),
            (0x7461_636F, "OCFS2"), (0x0116_1970, "GFS2"),
            // ext4, XFS, btrfs, tmpfs, overlay, ZFS.
            (0xEF53, nil), (0x5846_5342, nil), (0x9123_683E, nil), (0x0102_1994, nil), (0x794C_7630, nil), (0x2FC1_2FC1, nil),
        ] as [(UInt32, String?)])
    func whereAJournalMustNotBe(number: UInt32, kind: String?) {
        #expect(FileSystems.unsuitable(number: number) == kind)
    }

    @Test func aDirectoryThatIsStillToBeMadeIsWhereItWouldBe() {
        #expect(Files.unsuitableFileSystem(ofPlannedDirectory: "/proc/none/of/these") == nil)
        #expect(Files.unsuitableFileSystem(ofPlannedDirectory: "none/of/these") == nil)
    }
}
