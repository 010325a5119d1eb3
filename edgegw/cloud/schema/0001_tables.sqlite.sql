-- The cloud's side, first version, for SQLite. Times are RFC 3339 UTC with microseconds, money is decimal text.

CREATE TABLE watermarks (
    site TEXT NOT NULL,
    epoch TEXT NOT NULL,
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (site, epoch, stream)
) STRICT, WITHOUT ROWID;

-- Stream A as it came. `id` is unique on its own as well: an epoch that follows a salvage may repeat facts.
CREATE TABLE facts (
    site TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    recorded_at TEXT,
    clock TEXT,
    hash TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (site, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_type ON facts (site, type, at);

-- Stream B as it came: one block of one source is one row, its readings are columns in `data`.
CREATE TABLE blocks (
    site TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    start_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (site, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_source ON blocks (source, start_at);

-- What a site had to give up, in its place: nothing is missing without a row here.
CREATE TABLE gaps (
    site TEXT NOT NULL,
    epoch TEXT NOT NULL,
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    samples INTEGER,
    at TEXT NOT NULL,
    PRIMARY KEY (site, epoch, stream, last)
) STRICT, WITHOUT ROWID;

-- Projections of stream A for queries.
CREATE TABLE transactions (
    site TEXT NOT NULL,
    id TEXT NOT NULL,
    station TEXT NOT NULL,
    evse INTEGER NOT NULL,
    connector INTEGER,
    reference TEXT,
    ocpp TEXT,
    id_token TEXT,
    tariff TEXT,
    remote_start TEXT,
    started_at TEXT,
    transfer_started_at TEXT,
    ended_at TEXT,
    end_reason TEXT,
    begin_wh INTEGER,
    last_wh INTEGER,
    metered_at TEXT,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX transactions_by_start ON transactions (site, started_at);

CREATE TABLE cdrs (
    site TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    station TEXT NOT NULL,
    evse INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    energy_wh INTEGER NOT NULL,
    idle_s INTEGER NOT NULL,
    currency TEXT NOT NULL,
    total TEXT NOT NULL,
    tax TEXT NOT NULL,
    tariff TEXT NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (site, transaction_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW days AS
SELECT site, substr(ended_at, 1, 10) AS day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh,
       round(sum(CAST(total AS REAL)), 2) AS revenue
FROM cdrs GROUP BY 1, 2, 3;
