internal import FlomModel

/// The page: what can be read without its script, and the data that the script needs.
struct HistoryDocument {
    let rows: [HistoryRow]
    /// The number of all matching requests.
    let count: Int
    let statistics: Statistics
    let place: String
    let now: Int64

    /// Rows in the page itself; the script lists more.
    private static let standingRows = 200
    private static let standingGroups = 200

    /// Seconds that all times of the page are ahead of UTC.
    private var zone: Int { TimeText.zone(now) }

    private func time(_ wallMicroseconds: Int64) -> String {
        String(TimeText.utc(wallMicroseconds + Int64(zone) * 1_000_000).prefix(19)).split(separator: "T").joined(separator: " ")
    }

    var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>Lock history of \(HTMLText.escaped(place))</title>
        <style>
        \(PageAssets.style)
        </style>
        </head>
        <body>
        <main>
        \(heading)
        \(sums)
        <div class="bar">
        <label for="filter">Filter</label>
        <input id="filter" type="search" placeholder="resource, user, command, outcome …" autocomplete="off" spellcheck="false"
          aria-describedby="matching">
        <span id="matching" role="status"></span>
        <div class="buttons" role="group" aria-label="Range of time">
        <button id="earlier" type="button" aria-label="Earlier">←</button>
        <button id="later" type="button" aria-label="Later">→</button>
        <button id="farther" type="button" aria-label="Zoom out">−</button>
        <button id="nearer" type="button" aria-label="Zoom in">+</button>
        <button id="whole" type="button">All</button>
        </div>
        </div>
        \(Self.timeline)
        \(PageTables.statistics(statistics, limit: Self.standingGroups))
        \(PageTables.requests(rows.suffix(Self.standingRows).reversed(), of: rows.count, time: time))
        </main>
        <div id="tip" hidden></div>
        <p id="spoken" class="spoken" aria-live="polite"></p>
        <script type="application/json" id="data">\(HTMLText.scriptData(PageData(rows, now: now).json(zone: zone / 60, now: now)))</script>
        <script>
        \(PageAssets.script)
        </script>
        </body>
        </html>
        """
    }

    private var heading: String {
        let shown =
            rows.count < count
            ? "The newest \(rows.count) of \(count) requests (--since, -r and the like choose others)"
            : "\(count) request\(count == 1 ? "" : "s")"
        return """
            <header>
            <h1>Lock history</h1>
            <p class="place">\(HTMLText.escaped(place))</p>
            <p class="quiet">\(shown), \(time(statistics.since)) to \(time(statistics.until)). Times are UTC\(TimeText.offset(zone)).</p>
            </header>
            """
    }

    private var sums: String {
        func sum(_ count: KeyPath<Statistics.Group, Int>) -> String {
            "\(statistics.groups.reduce(0) { $0 + $1[keyPath: count] })"
        }
        let without = statistics.groups.reduce(0) { $0 + $1.refusals + $1.timeouts + $1.withdrawals }
        let caused = statistics.groups.reduce(0) { $0 + $1.caused }
        let sums = [
            ("Requests", sum(\.requests)), ("Granted", sum(\.grants)), ("Never granted", "\(without)"),
            ("Taken away", sum(\.losses)), ("Open now", sum(\.open)), ("Waited for holders", TimeText.span(caused * 1000)),
        ]
        return "<dl class=\"sums\">" + sums.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" }.joined() + "</dl>"
    }

    private static let timeline = """
        <svg width="0" height="0" style="position:absolute" aria-hidden="true">
        <defs><pattern id="waiting" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="2" height="5" style="fill:var(--wait)"/></pattern></defs>
        </svg>
        <section class="timeline" aria-labelledby="timeline-title">
        <div class="head">
        <h2 id="timeline-title">Timeline</h2>
        <ul class="legend" aria-label="Legend">
        <li><i class="wait"></i>waited</li>
        <li><i style="background:var(--released)"></i>held, released</li>
        <li><i style="background:var(--failed)"></i>held, command failed</li>
        <li><i style="background:var(--lost)"></i>held, taken away</li>
        <li><i style="background:var(--open)"></i>held now</li>
        <li><i style="background:var(--without)"></i>ended without the lock</li>
        </ul>
        <span class="quiet">Drag over a range to look closer.</span>
        </div>
        <div style="position:relative">
        <div id="lanes"></div>
        <div id="brush" hidden></div>
        </div>
        <p id="nothing" hidden>No request matches.</p>
        <button id="alllanes" class="more" type="button" hidden></button>
        </section>
        """
}
