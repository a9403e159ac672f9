DROP TABLE excursions;
DROP FUNCTION folded;
