-- What proves, after a lost connection or a restart, that a holder is gone, and what else may end its lock.

-- 'none': nobody but a person ends the lock while its holder cannot be seen. NULL: time does.
ALTER TABLE request ADD COLUMN lease TEXT;
-- 'kill': the command is ended when its flom is gone. NULL: it keeps the lock as an orphan.
ALTER TABLE request ADD COLUMN on_orphan TEXT;
-- The other end of a TCP connection, without the port; NULL on a UNIX socket.
ALTER TABLE request ADD COLUMN address TEXT;
