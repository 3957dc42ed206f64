internal import Glibc

/// What there is to fuzz. A target gets any bytes, and returns what is wrong with how the product took them.
private let targets: [String: @Sendable ([UInt8]) -> String?] = [
    "names": NameTarget.complaint,
    "stamps": StampTarget.complaint,
    "configuration": ConfigurationTarget.complaint,
    "certificates": CertificateTarget.complaint,
    "notes": NoteTarget.complaint,
    "journal": JournalTarget.complaint,
    "messages": MessageTarget.complaint,
    "frames": FrameTarget.complaint,
    "http": HTTPTarget.complaint,
]

// libFuzzer has the main function, and one thread; it calls the two functions below.
nonisolated(unsafe) private var target: @Sendable ([UInt8]) -> String? = { _ in nil }

/// `Fuzz TARGET [libFuzzer's options] [corpus]`: takes the target out of the arguments.
@_cdecl("LLVMFuzzerInitialize")
public func takeTarget(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    guard count.pointee > 1, let word = arguments.pointee[1], let chosen = targets[String(cString: word)] else {
        print(targets.keys.sorted().joined(separator: "\n"))
        exit(0)
    }
    target = chosen
    arguments.pointee[1] = arguments.pointee[0]
    arguments.pointee += 1
    count.pointee -= 1
    return 0
}

/// A complaint is a trap: libFuzzer writes the input to a file and says where.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    if let complaint = target(Array(UnsafeBufferPointer(start: data, count: size))) { fatalError(complaint) }
    return 0
}
