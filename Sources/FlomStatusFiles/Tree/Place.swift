/// A file or a directory, by what it shows. Each has a number that no other ever has, so that a reader with an old one reads nothing else.
enum Place: Hashable {
    case root
    case document
    case status
    case incubator
    case lockers
    /// The directory of a resource, by its number.
    case locker(Int64)
    case lockerFile(Int64, LockerFile)
    case holders(Int64)
    case waitings(Int64)
    /// The directory of a request, by its number.
    case client(Int64)
    case clientFile(Int64, ClientFile)

    var isDirectory: Bool {
        switch self {
        case .document, .lockerFile, .clientFile: false
        case .root, .status, .incubator, .lockers, .locker, .holders, .waitings, .client: true
        }
    }
}

// MARK: - Inodes

extension Place {
    private static let clientTag: UInt64 = 1 << 61
    private static let lockerTag: UInt64 = 1 << 62
    /// A directory's own number has 0 in these bits; what is in it has others.
    private static let fileBits: UInt64 = 8

    var inode: UInt64 {
        switch self {
        case .root: 1
        case .document: 2
        case .status: 3
        case .incubator: 4
        case .lockers: 5
        case .locker(let number): Self.inode(Self.lockerTag, number, 0)
        case .holders(let number): Self.inode(Self.lockerTag, number, 1)
        case .waitings(let number): Self.inode(Self.lockerTag, number, 2)
        case .lockerFile(let number, let file): Self.inode(Self.lockerTag, number, 3 + UInt64(file.index))
        case .client(let number): Self.inode(Self.clientTag, number, 0)
        case .clientFile(let number, let file): Self.inode(Self.clientTag, number, 1 + UInt64(file.index))
        }
    }

    private static func inode(_ tag: UInt64, _ number: Int64, _ file: UInt64) -> UInt64 {
        tag | UInt64(number) << fileBits | file
    }

    /// - Returns: nil for a number that no place has.
    init?(inode: UInt64) {
        let file = inode & (1 << Self.fileBits - 1)
        let number = Int64((inode & ~(Self.lockerTag | Self.clientTag)) >> Self.fileBits)
        if inode & Self.lockerTag != 0 {
            switch file {
            case 0: self = .locker(number)
            case 1: self = .holders(number)
            case 2: self = .waitings(number)
            default:
                guard let file = LockerFile(index: Int(file) - 3) else { return nil }
                self = .lockerFile(number, file)
            }
        } else if inode & Self.clientTag != 0 {
            guard file > 0 else {
                self = .client(number)
                return
            }
            guard let file = ClientFile(index: Int(file) - 1) else { return nil }
            self = .clientFile(number, file)
        } else {
            switch inode {
            case 1: self = .root
            case 2: self = .document
            case 3: self = .status
            case 4: self = .incubator
            case 5: self = .lockers
            default: return nil
            }
        }
    }
}

extension CaseIterable where Self: Equatable, AllCases == [Self] {
    /// The place among all cases. New cases go to the end.
    var index: Int { Self.allCases.firstIndex(of: self)! }

    init?(index: Int) {
        guard Self.allCases.indices.contains(index) else { return nil }
        self = Self.allCases[index]
    }
}
