-- Values that production makes from others: by triggers, in the application, and in partitions whose columns stand in
-- another order.
CREATE DOMAIN public.md5_hex AS char(32) NOT NULL CHECK (VALUE ~ '^[0-9a-f]{32}$');
CREATE FUNCTION public.slugify(title text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g') $$;

CREATE TABLE public.account (
    id serial PRIMARY KEY,
    email text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email_hash public.md5_hex,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
    joined date NOT NULL,
    year int CHECK (year > 1990),
    shouted text GENERATED ALWAYS AS (upper(full_name)) STORED
);
INSERT INTO public.account (email, full_name, email_hash, slug, joined, year)
SELECT 'u' || i || '@corp.test', 'Real Name ' || i, md5('u' || i || '@corp.test'), public.slugify('Real Name ' || i),
    date '2020-01-01' + i, extract(year FROM date '2020-01-01' + i)
FROM generate_series(1, 150) AS i;

CREATE TABLE public.post (
    id serial PRIMARY KEY,
    account_id int NOT NULL REFERENCES public.account,
    title text COLLATE "C" NOT NULL,
    body text,
    search tsvector NOT NULL,
    words int
);
CREATE INDEX post_search ON public.post USING gin (search);
CREATE TRIGGER post_search BEFORE INSERT OR UPDATE ON public.post
    FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(search, 'pg_catalog.english', title, body);
INSERT INTO public.post (account_id, title, body)
SELECT i, 'Kestrel number ' || i, CASE WHEN i % 5 > 0 THEN 'umbrellas of ' || i END FROM generate_series(1, 150) AS i;

CREATE TABLE public.event (id bigint, day date, who text NOT NULL, who_key text NOT NULL, PRIMARY KEY (id, day))
    PARTITION BY RANGE (day);
CREATE TABLE public.event_24 PARTITION OF public.event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.event_rest (who_key text NOT NULL, id bigint NOT NULL, who text NOT NULL, day date NOT NULL);
ALTER TABLE public.event ATTACH PARTITION public.event_rest DEFAULT;
INSERT INTO public.event
SELECT i, date '2024-06-01' + i, 'person ' || i, md5('person ' || i) FROM generate_series(1, 400) AS i;

-- The key itself is masked, so that rows go in through the root.
CREATE TABLE public.visit (id bigint, day date, patient text NOT NULL, initial text NOT NULL) PARTITION BY LIST (day);
CREATE TABLE public.visit_rest PARTITION OF public.visit DEFAULT;
INSERT INTO public.visit SELECT i, date '2024-06-01' + i, 'Patient ' || i, 'P' FROM generate_series(1, 50) AS i;

CREATE TABLE public.base (id int PRIMARY KEY, name text, name_length int);
CREATE TABLE public.heir (nick text, nick_length int) INHERITS (public.base);
INSERT INTO public.base SELECT i, 'base ' || i, length('base ' || i) FROM generate_series(1, 20) AS i;
INSERT INTO public.heir SELECT i, 'heir ' || i, 6, 'nick ' || i, 6 FROM generate_series(101, 120) AS i;

-- Names that PL/pgSQL, its triggers and we ourselves have a use for.
CREATE SCHEMA waxwork_derive;
CREATE TABLE waxwork_derive."o'd \d" (
    "new" text, "found" int, "select" text, "derive_0" int, "a""b" text, public int, tg_op text, "NEW" text
);
INSERT INTO waxwork_derive."o'd \d" SELECT 'value ' || i, i, 'x', 1, 'y', i, 'op', 'z' FROM generate_series(1, 10) AS i;
