-- The trace that an entry belongs to (W3C trace context), so that a subscriber's hearing of it does, too.
ALTER TABLE feed_entries ADD COLUMN traceparent text;
