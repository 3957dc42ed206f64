import Foundation

/// Reads a whole journal with a program of the tests' own, and finds contradictions in it.
package enum JournalAudit {
    /// The hash chain as docs/journal.md describes it, SQLite's own check, and the events of each request: they begin with its asking
    /// and have one end, tokens grow, no request gets a resource in the queue `inOrder` before an older request does.
    private static let script = """
        import hashlib, json, sqlite3, struct, sys
        journal, in_order, may_be_open = sys.argv[1], sys.argv[2], sys.argv[3] == "open"
        db = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=20)
        def say(*words): print(*words)
        for row in db.execute("PRAGMA integrity_check"):
            if row[0] != "ok": say("integrity:", row[0])
        def field(value):
            if value is None: return struct.pack(">I", 0xFFFFFFFF)
            data = struct.pack(">q", value) if isinstance(value, int) else value.encode()
            return struct.pack(">I", len(data)) + data
        number, anchor, identity = db.execute("SELECT anchor_number, anchor_hash, id FROM journal").fetchone()
        previous = anchor if number else hashlib.sha256(identity.encode()).digest()
        requests, tokens, last = {}, {}, {}
        ends = {"released", "withdrawn", "refused", "reclaimed", "broken", "timed_out"}
        for *record, stored in db.execute(
            "SELECT number, at, boottime, kind, request, newest_token, detail, hash FROM event ORDER BY number"):
            previous = hashlib.sha256(previous + b"".join(map(field, record))).digest()
            if record[0] != number + 1 or stored != previous: say("chain: event", number + 1)
            number, kind, request = record[0], record[3], record[4]
            detail = json.loads(record[6] or "{}")
            if request is None: continue
            known = requests.get(request)
            if kind == "requested":
                if known: say("asked twice:", request)
                requests[request] = {"resource": detail["resource"], "end": None, "granted": False}
                continue
            if not known: say(kind, "of unknown request", request); continue
            if known["end"] and not (known["end"] == "refused" and kind == "described"):
                say(kind, "of request", request, "after its end", known["end"])
            if kind == "granted":
                token, resource = detail["token"], known["resource"]
                if known["granted"]: say("granted twice:", request)
                if token in tokens: say("token", token, "twice:", request, tokens[token])
                if token <= last.get(resource, (0, 0))[0]: say("token", token, "of", resource, "does not grow")
                if resource == in_order and request < last.get(resource, (0, 0))[1]: say("overtaken:", request)
                known["granted"], tokens[token], last[resource] = True, request, (token, request)
            if kind in ("started", "released", "reclaimed", "orphaned") and not known["granted"]:
                say(kind, "of request", request, "without a grant")
            if kind in ends: known["end"] = kind
        for request, known in requests.items():
            if not known["end"] and not may_be_open: say("open:", request, known["resource"])
        if sys.argv[4]:
            kind, request = sys.argv[4].split()
            if not db.execute("SELECT 1 FROM event WHERE kind = ? AND ? IN (0, request)", (kind, int(request))).fetchone():
                say("it knows nothing of", kind, request)
        outcomes = dict(db.execute("SELECT request, outcome FROM holds UNION SELECT request, outcome FROM waits"))
        for request, outcome in outcomes.items():
            end = requests[request]["end"] if request in requests else "nothing"
            if outcome != (end or outcome) or (end and outcome in ("held", "waiting", "awaiting_creation")):
                say("the views say", outcome, "of request", request, "and its events", end)
        """

    /// The findings, a line each.
    ///
    /// - Parameter event: a kind of events and the number of its request, or 0 for any, which the journal must know.
    package static func findings(
        of journal: String, in box: Sandbox, inOrder resource: String = "", mayBeOpen: Bool = false, knowing event: String = ""
    ) async throws -> [String] {
        let words = ["python3", "-c", script, journal, resource, mayBeOpen ? "open" : "ended", event]
        let outcome = try await box.run(words)
        guard outcome.status == 0 else { return ["the journal cannot be read: \(outcome)"] }
        return outcome.output.split(separator: "\n").map(String.init)
    }
}
