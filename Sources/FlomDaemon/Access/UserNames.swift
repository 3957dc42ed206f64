internal import FlomSettings
internal import FlomSystem

/// The names of users, each looked up once.
final class UserNames {
    private var names: [UInt32: String] = [:]

    /// The user's name, or `uid NUMBER` where no name is known.
    func name(of uid: UInt32) -> String {
        if let known = names[uid] { return known }
        let name = Users.name(of: uid) ?? "uid \(uid)"
        names[uid] = name
        return name
    }
}
