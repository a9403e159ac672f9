DROP TABLE feed_horizon;
DROP TABLE feed_entries;
DROP FUNCTION take_turn_in_feed();
