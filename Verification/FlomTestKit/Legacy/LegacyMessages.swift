import Foundation

/// Messages byte for byte as FLoM 1.7.2 writes them.
package enum LegacyMessages {
    package static let declaration = #"<?xml version="1.0" encoding="UTF-8" ?>"#
    /// The `peerid` of messages that the tests send: this machine's id.
    package static var peer: String { Conditions.machineID ?? "" }

    package static func encoded(_ name: String) -> String { Data(name.utf8).base64EncodedString() }

    /// - Parameters:
    ///   - mode: 0 to 5 are NL, CR, CW, PR, PW and EX.
    ///   - extra: further attributes of `msg`, with a blank before them.
    package static func lock(
        _ name: String, mode: Int = 5, wait: Bool = true, create: Bool = true, extra: String = ""
    ) -> String {
        declaration + #"<msg level="3" verb="1" step="8"\#(extra)><session peerid="\#(peer)"/>"#
            + #"<resource name="\#(encoded(name))" mode="\#(mode)" wait="\#(wait ? 1 : 0)""#
            + #" create="\#(create ? 1 : 0)" lifespan="0"/></msg>"#
    }

    package static func unlock(_ name: String) -> String {
        declaration + #"<msg level="3" verb="2" step="8"><resource name="\#(encoded(name))" rollback="0" /></msg>"#
    }

    package static func shutdown(immediate: Bool) -> String {
        declaration + #"<msg level="3" verb="5" step="8"><session peerid="\#(peer)"/>"#
            + #"<shutdown immediate="\#(immediate ? 1 : 0)"/></msg>"#
    }

    /// The first answer on a request.
    package static func firstAnswer(_ code: Int) -> String {
        declaration + #"<msg level="3" verb="1" step="16"><session peerid="\#(peer)"/><answer rc="\#(code)"/></msg>"#
    }

    /// A later answer: step 24, or 32 for a refusal.
    package static func laterAnswer(_ code: Int, step: Int = 24) -> String {
        declaration + #"<msg level="3" verb="1" step="\#(step)"><answer rc="\#(code)"/></msg>"#
    }
}
