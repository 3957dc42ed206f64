-- The journal: what happened (event), what it amounts to (request), and what people may query (holds, waits).
-- Wall times are microseconds since 1970-01-01 UTC. Boottimes are nanoseconds on CLOCK_BOOTTIME.
-- docs/journal.md describes every column.

CREATE TABLE journal (
    only           INTEGER PRIMARY KEY CHECK (only = 1),
    id             TEXT    NOT NULL CHECK (length(id) = 32),
    created_at     INTEGER NOT NULL,
    machine_id     TEXT    NOT NULL,
    epoch          INTEGER NOT NULL,
    boot_id        TEXT    NOT NULL,
    -- The chain starts after this event: 0 and SHA-256(id) until the journal is pruned for the first time.
    anchor_number  INTEGER NOT NULL,
    anchor_hash    BLOB    NOT NULL CHECK (length(anchor_hash) = 32)
) STRICT;

-- Stands on its own, without a reference to request: the record must not depend on the model that is derived from it.
CREATE TABLE event (
    number        INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    boottime      INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    request       INTEGER,
    -- The newest fencing token so far, 0 before the first: in a row that is written anyway instead of in an index of its own.
    newest_token  INTEGER NOT NULL,
    detail        TEXT,
    hash          BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE resource (
    id    INTEGER PRIMARY KEY,
    name  BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE request (
    number            INTEGER PRIMARY KEY,
    resource          INTEGER NOT NULL REFERENCES resource (id),
    mode              INTEGER NOT NULL CHECK (mode BETWEEN 0 AND 5),
    may_wait          INTEGER NOT NULL,
    may_create        INTEGER NOT NULL,
    idle_life_ms      INTEGER NOT NULL,

    is_local          INTEGER NOT NULL,
    can_resume        INTEGER NOT NULL,
    uid               INTEGER,
    pid               INTEGER,
    pid_start         INTEGER,
    user              TEXT,
    host              TEXT,
    machine_id        TEXT,
    boot_id           TEXT,
    claimed_pid       INTEGER,
    secret_hash       BLOB,

    asked_at          INTEGER NOT NULL,
    asked_boottime    INTEGER,
    queued_at         INTEGER,
    queued_boottime   INTEGER,
    granted_at        INTEGER,
    granted_boottime  INTEGER,
    ended_at          INTEGER,
    ended_boottime    INTEGER,

    outcome           TEXT    NOT NULL,
    is_orphan         INTEGER NOT NULL,
    token             INTEGER,
    command           BLOB,
    command_pid       INTEGER,
    command_start     INTEGER,
    exit_status       INTEGER,
    signal            INTEGER,
    detail            TEXT
) STRICT;

-- Recovery reads only this: its cost grows with what is open, not with what has been.
CREATE INDEX request_open ON request (number) WHERE ended_at IS NULL;

-- The row number is the index's last column, so that the newest of one resource are neighbours.
CREATE INDEX request_resource ON request (resource);

-- Everything that both public views show, one row per request. Not itself public.
CREATE VIEW readable_request AS
SELECT
    request.number AS request,
    CAST(resource.name AS TEXT) AS resource,
    CASE mode WHEN 0 THEN 'NL' WHEN 1 THEN 'CR' WHEN 2 THEN 'CW' WHEN 3 THEN 'PR' WHEN 4 THEN 'PW' ELSE 'EX' END AS mode,
    outcome,
    user,
    host,
    uid,
    coalesce(pid, claimed_pid) AS pid,
    command_pid,
    (
        WITH RECURSIVE words (rest, text, count) AS (
            SELECT command, '', 0
            UNION ALL
            SELECT
                substr(rest, instr(rest, x'00') + 1),
                text || iif(count > 0, ' ', '') || CAST(substr(rest, 1, instr(rest, x'00') - 1) AS TEXT),
                count + 1
            FROM words
            WHERE instr(rest, x'00') > 0
        )
        SELECT text FROM words WHERE length(rest) = 0
    ) AS command,
    strftime('%Y-%m-%dT%H:%M:%S', asked_at / 1000000, 'unixepoch') || printf('.%06dZ', asked_at % 1000000) AS asked_at,
    strftime('%Y-%m-%dT%H:%M:%S', queued_at / 1000000, 'unixepoch') || printf('.%06dZ', queued_at % 1000000) AS queued_at,
    strftime('%Y-%m-%dT%H:%M:%S', granted_at / 1000000, 'unixepoch') || printf('.%06dZ', granted_at % 1000000) AS granted_at,
    strftime('%Y-%m-%dT%H:%M:%S', ended_at / 1000000, 'unixepoch') || printf('.%06dZ', ended_at % 1000000) AS ended_at,
    -- By CLOCK_BOOTTIME where both ends lie in one boot, else by the wall clock, which may have been set back.
    coalesce(
        (coalesce(granted_boottime, ended_boottime) - asked_boottime) / 1000000,
        max(0, (coalesce(granted_at, ended_at) - asked_at) / 1000)
    ) AS waited_ms,
    coalesce((ended_boottime - granted_boottime) / 1000000, max(0, (ended_at - granted_at) / 1000)) AS held_ms,
    token,
    exit_status,
    signal,
    is_orphan,
    detail,
    granted_at IS NOT NULL AS was_granted,
    queued_at IS NOT NULL AS was_queued
FROM request JOIN resource ON resource.id = request.resource;

CREATE VIEW holds AS
SELECT
    request, resource, mode, token, outcome, user, host, uid, pid, command_pid, command,
    asked_at, granted_at, ended_at, waited_ms, held_ms, exit_status, signal, is_orphan, detail
FROM readable_request
WHERE was_granted;

CREATE VIEW waits AS
SELECT
    request, resource, mode, outcome, user, host, uid, pid, command_pid, command,
    asked_at, queued_at, granted_at, ended_at, waited_ms, token, detail
FROM readable_request
WHERE was_queued OR NOT was_granted;
