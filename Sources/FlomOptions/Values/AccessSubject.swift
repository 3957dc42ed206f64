package import FlomConfiguration
package import FlomNetCore
internal import FlomSystem

/// The subject of `--access-test`, as it was typed.
package enum AccessSubject {
    case uid(UInt32)
    case certificate(String)
    case address(InternetAddress)
    case anybody

    /// The part after 'on'; nil without it.
    private static func split(_ text: String) -> (who: String, resource: String?) {
        guard let range = text.firstRange(of: " on ") else { return (text, nil) }
        return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
    }

    package static func resource(in text: String) -> String? { split(text).resource }

    package init(_ text: String) throws(Value.Refused) {
        let who = Self.split(text).who
        let words = who.split(separator: " ", maxSplits: 1).map(String.init)
        switch (words.first, words.count > 1 ? words[1] : nil) {
        case ("root", nil): self = .uid(0)
        case ("uid", let value?), ("user", let value?):
            guard let uid = UInt32(value) ?? Users.uid(of: value) else {
                throw Value.Refused(accepted: "a user that this host knows, or a number")
            }
            self = .uid(uid)
        case ("certificate", let value?): self = .certificate(value)
        case ("address", let value?):
            guard let address = InternetAddress(text: value, port: 0) else {
                throw Value.Refused(accepted: "as address 10.1.2.3 or fd00::1")
            }
            self = .address(address)
        default:
            throw Value.Refused(
                accepted: "'uid 1000', 'user bob', root, 'certificate CN=host1' or 'address 10.1.2.3', and 'on RESOURCE' "
                    + "behind it or not")
        }
    }
}
