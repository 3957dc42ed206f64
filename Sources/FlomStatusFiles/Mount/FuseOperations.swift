internal import CFuse
internal import Glibc

/// What the kernel asks for, answered by `OpenFiles`. What is not here is refused by the kernel, because the mount is read-only.
///
/// Functions of a file, without contexts: libfuse calls them on the file system's thread.
enum FuseOperations {
    static var all: fuse_lowlevel_ops {
        var operations = fuse_lowlevel_ops()
        operations.lookup = lookUp
        operations.getattr = getAttributes
        operations.opendir = openDirectory
        operations.readdir = readDirectory
        operations.releasedir = closeDirectory
        operations.open = openFile
        operations.read = readFile
        operations.release = closeFile
        operations.statfs = fileSystem
        return operations
    }

    fileprivate static func files(_ request: fuse_req_t?) -> OpenFiles {
        Unmanaged<OpenFiles>.fromOpaque(fuse_req_userdata(request)).takeUnretainedValue()
    }

    /// Runs `body`; its error is the answer.
    fileprivate static func answering(_ request: fuse_req_t?, _ body: (OpenFiles) throws(OpenFiles.Failure) -> Void) {
        do { try body(files(request)) } catch { fuse_reply_err(request, error.code) }
    }
}

// Names and attributes are asked for anew each time: the kernel would show for a while what is over.
private let kernelKeepsSeconds = 0.0

private func lookUp(_ request: fuse_req_t?, _ parent: fuse_ino_t, _ name: UnsafePointer<CChar>?) {
    FuseOperations.answering(request) { files throws(OpenFiles.Failure) in
        var entry = fuse_entry_param()
        entry.attr = try files.lookUp(String(cString: name!), in: parent)
        entry.ino = fuse_ino_t(entry.attr.st_ino)
        (entry.attr_timeout, entry.entry_timeout) = (kernelKeepsSeconds, kernelKeepsSeconds)
        fuse_reply_entry(request, &entry)
    }
}

private func getAttributes(_ request: fuse_req_t?, _ inode: fuse_ino_t, _: UnsafeMutablePointer<fuse_file_info>?) {
    FuseOperations.answering(request) { files throws(OpenFiles.Failure) in
        var attributes = try files.attributes(of: inode)
        fuse_reply_attr(request, &attributes, kernelKeepsSeconds)
    }
}

private func openDirectory(_ request: fuse_req_t?, _ inode: fuse_ino_t, _ info: UnsafeMutablePointer<fuse_file_info>?) {
    FuseOperations.answering(request) { files throws(OpenFiles.Failure) in
        info!.pointee.fh = try files.openDirectory(inode)
        if fuse_reply_open(request, info) != 0 { files.closeDirectory(info!.pointee.fh) }
    }
}

private func readDirectory(
    _ request: fuse_req_t?, _: fuse_ino_t, _ size: Int, _ offset: off_t, _ info: UnsafeMutablePointer<fuse_file_info>?
) {
    let entries = FuseOperations.files(request).entries(info!.pointee.fh)
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
        var used = 0
        // Offsets count entries: nothing that happens between two reads can move one.
        for (index, entry) in entries.enumerated().dropFirst(max(0, Int(offset))) {
            var attributes = stat()
            attributes.st_ino = ino_t(entry.place.inode)
            attributes.st_mode = entry.place.isDirectory ? S_IFDIR : S_IFREG
            let needed = fuse_add_direntry(
                request, buffer.baseAddress! + used, size - used, entry.name, &attributes, off_t(index + 1))
            if needed > size - used { break }
            used += needed
        }
        fuse_reply_buf(request, buffer.baseAddress, used)
    }
}

private func closeDirectory(_ request: fuse_req_t?, _: fuse_ino_t, _ info: UnsafeMutablePointer<fuse_file_info>?) {
    FuseOperations.files(request).closeDirectory(info!.pointee.fh)
    fuse_reply_err(request, 0)
}

private func openFile(_ request: fuse_req_t?, _ inode: fuse_ino_t, _ info: UnsafeMutablePointer<fuse_file_info>?) {
    FuseOperations.answering(request) { files throws(OpenFiles.Failure) in
        guard info!.pointee.flags & O_ACCMODE == O_RDONLY else { throw OpenFiles.Failure(code: EROFS) }
        info!.pointee.fh = try files.open(inode)
        flom_fuse_uncached(info)
        if fuse_reply_open(request, info) != 0 { files.close(info!.pointee.fh) }
    }
}

private func readFile(
    _ request: fuse_req_t?, _: fuse_ino_t, _ size: Int, _ offset: off_t, _ info: UnsafeMutablePointer<fuse_file_info>?
) {
    let bytes = FuseOperations.files(request).bytes(info!.pointee.fh)
    let start = min(max(0, Int(offset)), bytes.count)
    bytes.withUnsafeBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + size)])
        fuse_reply_buf(request, part.baseAddress?.assumingMemoryBound(to: CChar.self), part.count)
    }
}

private func closeFile(_ request: fuse_req_t?, _: fuse_ino_t, _ info: UnsafeMutablePointer<fuse_file_info>?) {
    FuseOperations.files(request).close(info!.pointee.fh)
    fuse_reply_err(request, 0)
}

private func fileSystem(_ request: fuse_req_t?, _: fuse_ino_t) {
    var answer = statvfs()
    (answer.f_namemax, answer.f_bsize) = (255, 512)
    fuse_reply_statfs(request, &answer)
}
