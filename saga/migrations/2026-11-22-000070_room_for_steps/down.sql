ALTER TABLE sagas SET (fillfactor = 70);
