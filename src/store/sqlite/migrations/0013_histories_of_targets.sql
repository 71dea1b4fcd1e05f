-- The changes of a target as a list: each tells which one was before it, and the row of the target which one
-- was the last. An index would have each change write a page of its own.
ALTER TABLE changes ADD COLUMN linked INTEGER NOT NULL DEFAULT 0; -- 1: the next one or the target leads to it
ALTER TABLE changes ADD COLUMN previous INTEGER;
ALTER TABLE changes ADD COLUMN leap INTEGER; -- to one further back
ALTER TABLE targets ADD COLUMN history TEXT; -- JSON of [count, last, last but some ...]

DROP INDEX changes_resource;
CREATE INDEX changes_resource ON changes (instance_id, resource_id, sequence) WHERE linked = 0;
-- Deletions, where the lists of targets that are gone begin.
CREATE INDEX changes_of_deleted ON changes (instance_id, resource_id, sequence)
WHERE linked = 0 AND previous IS NOT NULL;
