ALTER TABLE feed_entries DROP COLUMN traceparent;
