/// The files of the page's look and behaviour, embedded into the program at build time. The page carries their text, so that it needs no
/// other file.
package enum PageAssets {
    /// `page.js` without its last line feed.
    static let script = text(PackageResources.page_js)
    /// `page.css` without its last line feed.
    package static let style = text(PackageResources.page_css)

    private static func text(_ file: [UInt8]) -> String {
        String(decoding: file.last == UInt8(ascii: "\n") ? file.dropLast() : file[...], as: UTF8.self)
    }
}
