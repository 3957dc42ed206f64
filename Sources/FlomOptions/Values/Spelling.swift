/// Guesses the intended word.
enum Spelling {
    /// The known word that differs by at most two letters, ignoring case, and by less than a third; nil if there is none.
    static func nearest(to word: String, among known: [String]) -> String? {
        let wanted = Array(word.lowercased().utf8)
        let limit = min(2, wanted.count / 3)
        let ranked = known.map { (word: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
        return ranked.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.word
    }

    /// The number of letters to insert, remove or replace.
    private static func distance(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var row = Array(0...to.count)
        for (line, letter) in from.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in to.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[to.count]
    }
}
