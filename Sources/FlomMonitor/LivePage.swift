internal import FlomNet
internal import FlomReports

/// The live page's files, embedded into the program at build time. Its look is the report's, with a few lines of its own.
enum LivePage {
    static let page = HTTPAnswer(200, "text/html; charset=utf-8", PackageResources.live_html)
    static let script = HTTPAnswer(200, "text/javascript; charset=utf-8", PackageResources.live_js)
    static let style = HTTPAnswer(200, "text/css; charset=utf-8", PackageResources.live_css)
    static let commonStyle = HTTPAnswer(200, "text/css; charset=utf-8", PageAssets.style)
}
