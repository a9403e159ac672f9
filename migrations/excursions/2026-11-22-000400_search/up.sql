-- A city is a word of the text search, too, marked so that no text has it: the index then finds a common word in one city
-- without going through all that have the word.
CREATE FUNCTION city_word(city text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_tsvector(ARRAY['@' || folded(city)]);
-- A word is quoted in both alike.
CREATE FUNCTION in_city(city text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN city_word(city)::text::tsquery;

DROP INDEX excursions_by_text;
ALTER TABLE excursions DROP COLUMN search;
-- The Russian configuration stems words in Latin letters as English ones. One configuration for both languages, so that
-- a word which the searcher excludes is excluded in every form: two joined by "or" would find it by the other.
ALTER TABLE excursions ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('russian', folded(title || E'\n' || city || E'\n' || description))
        || city_word(city)
) STORED;
CREATE INDEX excursions_by_text ON excursions USING gin (search);

-- Departures of a status in the order of their start, however few they are among all.
CREATE INDEX departures_by_status ON departures (status, starts_at, id);
-- More seats than most departures ever had. Free seats have no index: each booking would have to write it.
CREATE INDEX departures_by_capacity ON departures (capacity);
