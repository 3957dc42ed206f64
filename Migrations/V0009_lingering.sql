-- What is open is found without an index, and what is asked of one resource by way of the blocks: both indexes were written with every lock,
-- that of the resources in another place for each of them.

-- Open requests that at least 512 newer ones follow. With those of the newest 512 that have not ended this is all that is open.
CREATE TABLE lingering (
    request  INTEGER PRIMARY KEY
) STRICT;

INSERT INTO lingering
SELECT number FROM request WHERE ended_at IS NULL AND number <= (SELECT max(number) FROM request) - 512;

DROP INDEX request_open;
DROP INDEX request_resource;
