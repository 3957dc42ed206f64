internal import FlomNet
internal import FlomReports

/// The live page's files, embedded into the program at build time. Its look is the report's, with a few lines of its own.
enum LivePage {
    /// Nil if the page has no such file.
    static func file(_ path: String) -> HTTPAnswer? {
        switch path {
        case "/": HTTPAnswer(200, "text/html; charset=utf-8", PackageResources.live_html)
        case "/live.js": HTTPAnswer(200, script, PackageResources.live_js)
        case "/live.css": HTTPAnswer(200, style, PackageResources.live_css)
        case "/page.css": HTTPAnswer(200, style, PageAssets.style)
        default: nil
        }
    }

    private static let script = "text/javascript; charset=utf-8"
    private static let style = "text/css; charset=utf-8"
}
