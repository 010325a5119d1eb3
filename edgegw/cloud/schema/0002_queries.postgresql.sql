-- Tables for a cloud's own questions. Everything that is a fold of facts is made anew: after a migration its tables are
-- filled again from `facts`.

COMMENT ON TABLE watermarks IS 'How far each count of a site is durable here: what the site is told after each commit.';
COMMENT ON TABLE gaps IS 'Numbers that a site could not deliver, in their place, and why. Reason rejected: what came for them lies in the table of that name.';

-- Which start of the machine a fact was recorded in; a clock correction is about the facts of one boot.
ALTER TABLE facts ADD COLUMN boot text;
-- A person's facts. To forget a person here, set the token to null in `data` of these rows, and in the columns
-- `id_token` of `transactions` and `commands`.
CREATE INDEX facts_by_id_token ON facts ((data->>'id_token')) WHERE data->>'id_token' IS NOT NULL;
CREATE INDEX facts_by_transaction ON facts ((data->>'transaction')) WHERE data->>'transaction' IS NOT NULL;
COMMENT ON TABLE facts IS 'Stream A as it came, each fact once by its id. Times as the site had them when it wrote them; see clock_corrections.';

-- A block is read seldom and written all day: as json it costs a third of what jsonb does, and lz4 halves that again.
ALTER TABLE blocks ALTER COLUMN data TYPE json USING data::json;
DO $$ BEGIN
    ALTER TABLE blocks ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN OTHERS THEN
    NULL;  -- a server built without lz4 uses its own
END $$;
COMMENT ON TABLE blocks IS 'Stream B as it came: at most 60 s of one source, its readings as columns in data. The view readings has them one by one.';

-- What came and could not be read. With a sequence it stands in its stream's place, and that place is acknowledged: it
-- is held here. Without one it is a whole message, of which at most 100 different ones of a site are kept.
CREATE TABLE rejected (
    site text NOT NULL,
    stream text NOT NULL,
    digest text NOT NULL,
    epoch text,
    sequence bigint,
    reason text NOT NULL,
    payload bytea NOT NULL,
    times integer NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (site, stream, digest)
);

DROP VIEW days;
DROP TABLE transactions;
DROP TABLE cdrs;

-- One row a site, from its configuration and its epochs. `timezone` is an IANA name: days are days of that place.
-- `epoch` is the count that the ledger began last and `epoch_reason` why (created, restored, salvaged ...).
CREATE TABLE sites (
    site text PRIMARY KEY,
    configured_at timestamptz,
    digest text,
    timezone text,
    currency text,
    configuration jsonb,
    epoch text,
    epoch_reason text,
    restored_at timestamptz
);

-- One row a charging station. `registration`: accepted, pending or rejected.
CREATE TABLE stations (
    site text NOT NULL,
    station text NOT NULL,
    connected boolean,
    connected_at timestamptz,
    disconnect_reason text,
    registration text,
    ocpp text,
    vendor text,
    model text,
    firmware text,
    serial text,
    booted_at timestamptz,
    changed_at timestamptz,
    PRIMARY KEY (site, station)
);

-- The newest status of each connector; EVSE 0 is the station itself. `error` null means none.
CREATE TABLE connectors (
    site text NOT NULL,
    station text NOT NULL,
    evse integer NOT NULL,
    connector integer NOT NULL,
    status text,
    error text,
    info text,
    changed_at timestamptz,
    PRIMARY KEY (site, station, evse, connector)
);

-- One row a transaction, running (ended_at null) or over. Energy so far is last_wh - begin_wh; `begin_at` null says that
-- no register at the start is known and the first reading stands for it. `corrected_ms`: its times were moved, because
-- the gateway's clock had not been set.
CREATE TABLE transactions (
    site text NOT NULL,
    id text NOT NULL,
    station text NOT NULL,
    evse integer NOT NULL,
    connector integer,
    reference text,
    ocpp text,
    id_token text,
    tariff text,
    remote_start text,
    started_at timestamptz,
    transfer_started_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    begin_wh bigint,
    begin_at timestamptz,
    last_wh bigint,
    metered_at timestamptz,
    corrected_ms bigint,
    PRIMARY KEY (site, id)
);
CREATE INDEX transactions_by_start ON transactions (site, started_at);
CREATE INDEX transactions_by_id_token ON transactions (id_token) WHERE id_token IS NOT NULL;

-- The newest bill of each transaction. `day` is the date at the site when it ended: the site's own time zone then.
CREATE TABLE cdrs (
    site text NOT NULL,
    transaction_id text NOT NULL,
    station text NOT NULL,
    evse integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    day date NOT NULL,
    energy_wh bigint NOT NULL,
    idle_s integer NOT NULL,
    currency text NOT NULL,
    total numeric NOT NULL,
    tax numeric NOT NULL,
    tariff text NOT NULL,
    lines jsonb NOT NULL,
    PRIMARY KEY (site, transaction_id)
);
CREATE INDEX cdrs_by_day ON cdrs (site, day);

-- Commands and what became of them: received, dispatched, done, failed, expired, rejected, unknown.
CREATE TABLE commands (
    site text NOT NULL,
    id text NOT NULL,
    name text,
    args jsonb,
    asker text,
    id_token text,
    state text,
    reason text,
    result jsonb,
    received_at timestamptz,
    dispatched_at timestamptz,
    ended_at timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (site, id)
);

-- What was paid for a transaction, and given back (amount below 0).
CREATE TABLE payments (
    site text NOT NULL,
    fact text NOT NULL,
    transaction_id text NOT NULL,
    station text NOT NULL,
    evse integer NOT NULL,
    at timestamptz NOT NULL,
    amount numeric NOT NULL,
    currency text NOT NULL,
    reference text,
    method text,
    PRIMARY KEY (site, fact)
);
CREATE INDEX payments_by_transaction ON payments (site, transaction_id);

-- Records that a gateway gave up for want of disk, as it says itself; what that left out here stands in `gaps`.
CREATE TABLE drops (
    site text NOT NULL,
    fact text NOT NULL,
    stream text,
    first bigint,
    last bigint,
    reason text,
    at timestamptz,
    PRIMARY KEY (site, fact)
);

-- Clocks that were put right. Where `was` is unsynced, the facts of the same boot whose clock is unsynced happened
-- offset_ms later than they say.
CREATE TABLE clock_corrections (
    site text NOT NULL,
    fact text NOT NULL,
    boot text,
    was text,
    source text,
    offset_ms bigint,
    since_at timestamptz,
    before_at timestamptz,
    after_at timestamptz,
    PRIMARY KEY (site, fact)
);

-- Sessions, energy and revenue a day at the site, and the same for each station. A session counts on the day on which it
-- ended, as its bill does.
CREATE VIEW days AS
SELECT site, day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh, sum(total) AS revenue, sum(tax) AS tax
FROM cdrs GROUP BY site, day, currency;

CREATE VIEW station_days AS
SELECT site, station, day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh, sum(idle_s) AS idle_s,
       sum(total) AS revenue, sum(tax) AS tax
FROM cdrs GROUP BY site, station, day, currency;

-- Samples one by one: `name` is the column (power_w, import_wh, current_l1_a ...). Ask for a source and a span of
-- start_at, which an index has; a reading is at most 60 s later than its block's start. `readings_of` does that.
CREATE VIEW readings AS
SELECT b.site, b.source, b.start_at,
       b.start_at + t.ms::double precision * interval '1 millisecond' AS at,
       c.name, v.value::double precision AS value, coalesce(b.data->'quality'->>(t.place - 1)::integer, 'good') AS quality
FROM blocks b,
     json_array_elements_text(b.data->'t') WITH ORDINALITY AS t (ms, place),
     json_each(b.data) AS c (name, items),
     json_array_elements_text(CASE WHEN json_typeof(c.items) = 'array' THEN c.items ELSE '[]' END)
         WITH ORDINALITY AS v (value, place)
WHERE c.name NOT IN ('start', 't', 'quality') AND v.place = t.place AND v.value IS NOT NULL;

CREATE FUNCTION readings_of(of_source text, since timestamptz, until timestamptz)
RETURNS TABLE (at timestamptz, name text, value double precision, quality text)
LANGUAGE sql STABLE AS $$
    SELECT r.at, r.name, r.value, r.quality FROM readings r
    WHERE r.source = of_source AND r.start_at > since - interval '61 seconds' AND r.start_at < until
      AND r.at >= since AND r.at < until
$$;
COMMENT ON FUNCTION readings_of IS 'Readings of a source, such as /sites/paulista-01/meters/grid, from since up to until.';
