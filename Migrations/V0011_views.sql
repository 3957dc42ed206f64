-- From where the processes of requests were seen. Numbers of processes, and what a boot clock shows, mean something only in that place.

-- The views of the daemons that have written here: one row for each different one. NULL is what is not known.
CREATE TABLE process_view (
    number            INTEGER PRIMARY KEY,
    boot_id           TEXT,
    -- Inode of the PID namespace.
    pid_namespace     INTEGER,
    -- Nanoseconds by which the time namespace shifts CLOCK_BOOTTIME.
    boottime_offset   INTEGER,
    -- Boottime of the newest event when a daemon with another boot id came: a clock that shows less belongs to another boot.
    seen_until        INTEGER
) STRICT;

-- The view in which pid and command_pid are numbers; NULL if it is not known at all.
ALTER TABLE request ADD COLUMN process_view INTEGER;

-- Inode of the directory of witnesses: a copy of it says nothing of who lives.
ALTER TABLE journal ADD COLUMN witness_place INTEGER;

-- What is open from before: its boot is on record, its namespace is not. Daemons in time namespaces were rare enough.
INSERT INTO process_view (boot_id, boottime_offset)
SELECT DISTINCT boot_id, 0 FROM request
WHERE boot_id IS NOT NULL AND is_local AND ended_at IS NULL
    AND (number IN (SELECT request FROM lingering) OR number > (SELECT max(number) FROM request) - 512);

UPDATE request SET process_view = (SELECT process_view.number FROM process_view WHERE process_view.boot_id = request.boot_id)
WHERE is_local AND ended_at IS NULL
    AND (number IN (SELECT request FROM lingering) OR number > (SELECT max(number) FROM request) - 512);
