-- What ended requests have in common, so that a filtered history passes over those among which none can match.
-- Not part of the record: made from `request` beside the daemon's work, and made again where it is missing.

CREATE TABLE block (
    -- Of the requests first..first + 511, all of which have ended.
    first       INTEGER PRIMARY KEY,
    asked_from  INTEGER NOT NULL,
    ended_to    INTEGER NOT NULL,
    -- One bit an outcome, in the order of docs/journal.md.
    outcomes    INTEGER NOT NULL,
    -- Each value once, and a NUL behind each but the resources, which are numbers of eight bytes, the highest first.
    resources   BLOB    NOT NULL,
    users       BLOB    NOT NULL,
    hosts       BLOB    NOT NULL,
    -- The different command lines, each with another NUL behind it; NULL where they are too many.
    commands    BLOB
) STRICT;
