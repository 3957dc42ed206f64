-- For how long daemons have listened for clients on other hosts that have not come back since a restart.

-- A clock in milliseconds that runs only while a daemon listens and awaits somebody.
ALTER TABLE journal ADD COLUMN listened_ms INTEGER NOT NULL DEFAULT 0;
-- On that clock: since when a client on another host has been awaited; NULL while it is there.
ALTER TABLE request ADD COLUMN awaited_since INTEGER;
