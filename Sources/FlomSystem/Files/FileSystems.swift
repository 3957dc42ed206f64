internal import CFlomSystem

/// File systems by the numbers of `statfs` (`linux/magic.h`; for those outside the kernel, their own sources).
package enum FileSystems {
    /// File systems that must not hold a journal. They are shared with other machines or are programs, and locks and syncs
    /// guarantee nothing there. A journal shared by two kernels would have two daemons.
    private static let unsuitable: [UInt32: String] = [
        0x0000_6969: "NFS",
        0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x0000_517B: "SMB",
        0x0000_564C: "NCP",
        0x0102_1997: "9p",
        // Also GlusterFS, MooseFS, sshfs, virtiofs and all other file systems that are programs.
        0x6573_5546: "FUSE",
        0x0BD0_0BD0: "Lustre",
        0x4750_4653: "GPFS",
        0x00C3_6400: "CephFS",
        0x1983_0326: "BeeGFS",
        0x5346_414F: "AFS", 0x6B41_4653: "AFS",
        0x7375_7245: "Coda",
        0xAAD7_AAEA: "PanFS",
        0x2003_0528: "OrangeFS",
        0x0131_11A8: "IBRIX",
        0xBEEF_DEAD: "StorNext",
        0x6163_6673: "ACFS",
        // Disks that several machines share.
        0x7461_636F: "OCFS2", 0x0116_1970: "GFS2",
        // Directories of the host in a virtual machine.
        0xBACB_ACBC: "VMware's shared folders", 0x786F_4256: "VirtualBox's shared folders",
        0x7C7C_6673: "Parallels' shared folders",
    ]

    /// File systems whose content is gone after a reboot, or with a container.
    private static let passing: [UInt32: String] = [0x0102_1994: "tmpfs", 0x8584_58F6: "ramfs", 0x794C_7630: "overlay"]

    /// - Parameter number: the type that `statfs` returns.
    package static func unsuitable(number: UInt32) -> String? { unsuitable[number] }

    fileprivate static func passing(number: UInt32) -> String? { passing[number] }

    fileprivate static func number(of path: String) -> UInt32? {
        let type = flom_filesystem_type(path)
        return type == -1 ? nil : UInt32(truncatingIfNeeded: type)
    }
}

extension Files {
    /// The name of the file system if it must not hold a journal; nil for others, and if the type is not known.
    package static func unsuitableFileSystem(of path: String) -> String? {
        FileSystems.number(of: path).flatMap { FileSystems.unsuitable(number: $0) }
    }

    /// The same for a directory that does not exist yet: the file system of its nearest existing parent.
    package static func unsuitableFileSystem(ofPlannedDirectory path: String) -> String? {
        var place = path
        while status(of: place) == nil, place != directory(of: place) { place = directory(of: place) }
        return unsuitableFileSystem(of: place)
    }

    /// The name of the file system at `path` if its content is gone after a reboot or with a container; nil for others.
    package static func passingFileSystem(of path: String) -> String? {
        FileSystems.number(of: path).flatMap { FileSystems.passing(number: $0) }
    }
}
