-- What old requests leave behind when they are removed: their numbers are not given again.

-- The greatest number among the requests that were removed; 0 before the first.
ALTER TABLE journal ADD COLUMN newest_pruned INTEGER NOT NULL DEFAULT 0;
