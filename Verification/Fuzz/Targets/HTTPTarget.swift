internal import FlomModel
internal import FlomNetCore
internal import FlomOptions

/// Any bytes as what a reader over HTTP asks for: the target of the first line, a line feed, and the fields `Accept-Encoding` and
/// `Last-Event-ID`. The parameters are judged as those of every report.
enum HTTPTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let target = lines[0]
        guard
            let request = HTTPRequest(
                target: target, acceptEncoding: lines.count > 1 ? lines[1] : "", lastEvent: lines.count > 2 ? lines[2] : nil)
        else { return nil }
        // By bytes: an accent behind it makes another character of it.
        if request.path.utf8.first != UInt8(ascii: "/") { return "takes '\(target)' for the path '\(request.path)'" }
        let texts = [request.path] + request.parameters.flatMap { [$0.name, $0.value] }
        if texts.joined().utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "lets control characters of '\(target)' through"
        }
        // Written with every byte escaped, it is the same request.
        let query = request.parameters.map { escaped($0.name) + "=" + escaped($0.value) }.joined(separator: "&")
        let again = HTTPRequest(target: "/" + escaped(String(request.path.utf8.dropFirst())!) + "?" + query)
        if again?.path != request.path || again?.parameters != request.parameters { return "reads '\(target)' in two ways" }
        for report in [ReportParameters.Report.history, .statistics] {
            if let complaint = complaint(about: request.parameters.map { ($0.name, $0.value) }, of: report) { return complaint }
        }
        return nil
    }

    private static func complaint(about parameters: [(name: String, value: String)], of report: ReportParameters.Report)
        -> String?
    {
        do {
            let read = try ReportParameters(parameters, for: report)
            if let limit = read.limit, limit < 1 { return "takes the limit \(limit)" }
            return nil
        } catch {
            // A mistake is a sentence, and names the parameter if one is to blame.
            return error.sentence.isEmpty ? "refuses \(parameters) without a word" : nil
        }
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: text.utf8.flatMap { [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
