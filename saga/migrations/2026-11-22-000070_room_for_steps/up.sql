-- The steps of many sagas are written by one statement. With room on the page for the next version of every row, a step
-- that goes well touches no index.
ALTER TABLE sagas SET (fillfactor = 45);
