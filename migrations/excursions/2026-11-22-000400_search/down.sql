DROP INDEX departures_by_capacity;
DROP INDEX departures_by_status;
DROP INDEX excursions_by_text;
ALTER TABLE excursions DROP COLUMN search;
ALTER TABLE excursions ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('russian', folded(title || E'\n' || city || E'\n' || description))
) STORED;
CREATE INDEX excursions_by_text ON excursions USING gin (search);
DROP FUNCTION in_city(text);
DROP FUNCTION city_word(text);
