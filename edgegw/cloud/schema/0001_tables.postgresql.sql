-- The cloud's side, first version, for PostgreSQL.

CREATE TABLE watermarks (
    site text NOT NULL,
    epoch text NOT NULL,
    stream text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (site, epoch, stream)
);

-- Stream A as it came. `id` is unique on its own as well: an epoch that follows a salvage may repeat facts.
CREATE TABLE facts (
    site text NOT NULL,
    epoch text NOT NULL,
    sequence bigint NOT NULL,
    id text NOT NULL UNIQUE,
    type text NOT NULL,
    source text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz,
    clock text,
    hash text,
    data jsonb NOT NULL,
    PRIMARY KEY (site, epoch, sequence)
);
CREATE INDEX facts_by_type ON facts (site, type, at);

-- Stream B as it came: one block of one source is one row, its readings are columns in `data`.
CREATE TABLE blocks (
    site text NOT NULL,
    epoch text NOT NULL,
    sequence bigint NOT NULL,
    id text NOT NULL UNIQUE,
    source text NOT NULL,
    start_at timestamptz NOT NULL,
    samples integer NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (site, epoch, sequence)
);
CREATE INDEX blocks_by_source ON blocks (source, start_at);

-- What a site had to give up, in its place: nothing is missing without a row here.
CREATE TABLE gaps (
    site text NOT NULL,
    epoch text NOT NULL,
    stream text NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    reason text NOT NULL,
    samples integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (site, epoch, stream, last)
);

-- Projections of stream A for queries.
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
    last_wh bigint,
    metered_at timestamptz,
    PRIMARY KEY (site, id)
);
CREATE INDEX transactions_by_start ON transactions (site, started_at);

CREATE TABLE cdrs (
    site text NOT NULL,
    transaction_id text NOT NULL,
    station text NOT NULL,
    evse integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    energy_wh bigint NOT NULL,
    idle_s integer NOT NULL,
    currency text NOT NULL,
    total numeric NOT NULL,
    tax numeric NOT NULL,
    tariff text NOT NULL,
    lines jsonb NOT NULL,
    PRIMARY KEY (site, transaction_id)
);

CREATE VIEW days AS
SELECT site, (ended_at AT TIME ZONE 'UTC')::date AS day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh,
       sum(total) AS revenue
FROM cdrs GROUP BY 1, 2, 3;
