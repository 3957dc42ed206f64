-- A grant that never reached its client is none: the events tell of it, the views show a request that got no lock.

DROP VIEW holds;
DROP VIEW waits;
DROP VIEW readable_request;

-- Everything that both public views show, one row per request. Not itself public.
CREATE VIEW readable_request AS
WITH told AS (
    SELECT
        number, resource, mode, quantity, outcome, user, host, uid, pid, claimed_pid, command_pid, command, in_group, parent,
        exit_status, signal, is_orphan, detail, asked_at, asked_boottime, queued_at, ended_at, ended_boottime,
        iif(reached, element, NULL) AS element,
        iif(reached, token, NULL) AS token,
        iif(reached, granted_at, NULL) AS granted_at,
        iif(reached, granted_boottime, NULL) AS granted_boottime
    FROM (SELECT *, outcome NOT IN ('withdrawn', 'timed_out') AS reached FROM request)
)
SELECT
    told.number AS request,
    in_group AS request_group,
    parent,
    CAST(resource.name AS TEXT) AS resource,
    CASE mode WHEN 0 THEN 'NL' WHEN 1 THEN 'CR' WHEN 2 THEN 'CW' WHEN 3 THEN 'PR' WHEN 4 THEN 'PW' ELSE 'EX' END AS mode,
    quantity,
    CAST(element AS TEXT) AS element,
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
FROM told JOIN resource ON resource.id = told.resource;

CREATE VIEW holds AS
SELECT
    request, resource, mode, quantity, element, token, outcome, user, host, uid, pid, command_pid, command,
    asked_at, granted_at, ended_at, waited_ms, held_ms, exit_status, signal, is_orphan, detail,
    request_group, parent
FROM readable_request
WHERE was_granted;

CREATE VIEW waits AS
SELECT
    request, resource, mode, quantity, outcome, user, host, uid, pid, command_pid, command,
    asked_at, queued_at, granted_at, ended_at, waited_ms, token, element, detail, request_group, parent
FROM readable_request
WHERE was_queued OR NOT was_granted;
