-- Tables for a cloud's own questions. Everything that is a fold of facts is made anew: after a migration its tables are
-- filled again from `facts`.

-- Which start of the machine a fact was recorded in; a clock correction is about the facts of one boot.
ALTER TABLE facts ADD COLUMN boot TEXT;
-- A person's facts. To forget a person here, set the token to null in `data` of these rows, and in the columns
-- `id_token` of `transactions` and `commands`.
CREATE INDEX facts_by_id_token ON facts (json_extract(data, '$.id_token'))
    WHERE json_extract(data, '$.id_token') IS NOT NULL;
CREATE INDEX facts_by_transaction ON facts (json_extract(data, '$.transaction'))
    WHERE json_extract(data, '$.transaction') IS NOT NULL;

-- What came and could not be read. With a sequence it stands in its stream's place, and that place is acknowledged: it
-- is held here. Without one it is a whole message, of which at most 100 different ones of a site are kept.
CREATE TABLE rejected (
    site TEXT NOT NULL,
    stream TEXT NOT NULL,
    digest TEXT NOT NULL,
    epoch TEXT,
    sequence INTEGER,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (site, stream, digest)
) STRICT;

DROP VIEW days;
DROP TABLE transactions;
DROP TABLE cdrs;

-- One row a site, from its configuration and its epochs. `timezone` is an IANA name: days are days of that place.
-- `epoch` is the count that the ledger began last and `epoch_reason` why (created, restored, salvaged ...).
CREATE TABLE sites (
    site TEXT PRIMARY KEY,
    configured_at TEXT,
    digest TEXT,
    timezone TEXT,
    currency TEXT,
    configuration TEXT,
    epoch TEXT,
    epoch_reason TEXT,
    restored_at TEXT
) STRICT, WITHOUT ROWID;

-- One row a charging station. `registration`: accepted, pending or rejected.
CREATE TABLE stations (
    site TEXT NOT NULL,
    station TEXT NOT NULL,
    connected INTEGER,
    connected_at TEXT,
    disconnect_reason TEXT,
    registration TEXT,
    ocpp TEXT,
    vendor TEXT,
    model TEXT,
    firmware TEXT,
    serial TEXT,
    booted_at TEXT,
    changed_at TEXT,
    PRIMARY KEY (site, station)
) STRICT, WITHOUT ROWID;

-- The newest status of each connector; EVSE 0 is the station itself. `error` null means none.
CREATE TABLE connectors (
    site TEXT NOT NULL,
    station TEXT NOT NULL,
    evse INTEGER NOT NULL,
    connector INTEGER NOT NULL,
    status TEXT,
    error TEXT,
    info TEXT,
    changed_at TEXT,
    PRIMARY KEY (site, station, evse, connector)
) STRICT, WITHOUT ROWID;

-- One row a transaction, running (ended_at null) or over. Energy so far is last_wh - begin_wh; `begin_at` null says that
-- no register at the start is known and the first reading stands for it. `corrected_ms`: its times were moved, because
-- the gateway's clock had not been set.
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
    begin_at TEXT,
    last_wh INTEGER,
    metered_at TEXT,
    corrected_ms INTEGER,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX transactions_by_start ON transactions (site, started_at);
CREATE INDEX transactions_by_id_token ON transactions (id_token) WHERE id_token IS NOT NULL;

-- The newest bill of each transaction. `day` is the date at the site when it ended: the site's own time zone then.
CREATE TABLE cdrs (
    site TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    station TEXT NOT NULL,
    evse INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    day TEXT NOT NULL,
    energy_wh INTEGER NOT NULL,
    idle_s INTEGER NOT NULL,
    currency TEXT NOT NULL,
    total TEXT NOT NULL,
    tax TEXT NOT NULL,
    tariff TEXT NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (site, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cdrs_by_day ON cdrs (site, day);

-- Commands and what became of them: received, dispatched, done, failed, expired, rejected, unknown.
CREATE TABLE commands (
    site TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    args TEXT,
    asker TEXT,
    id_token TEXT,
    state TEXT,
    reason TEXT,
    result TEXT,
    received_at TEXT,
    dispatched_at TEXT,
    ended_at TEXT,
    expires_at TEXT,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;

-- What was paid for a transaction, and given back (amount below 0).
CREATE TABLE payments (
    site TEXT NOT NULL,
    fact TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    station TEXT NOT NULL,
    evse INTEGER NOT NULL,
    at TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT,
    method TEXT,
    PRIMARY KEY (site, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_transaction ON payments (site, transaction_id);

-- Records that a gateway gave up for want of disk, as it says itself; what that left out here stands in `gaps`.
CREATE TABLE drops (
    site TEXT NOT NULL,
    fact TEXT NOT NULL,
    stream TEXT,
    first INTEGER,
    last INTEGER,
    reason TEXT,
    at TEXT,
    PRIMARY KEY (site, fact)
) STRICT, WITHOUT ROWID;

-- Clocks that were put right. Where `was` is unsynced, the facts of the same boot whose clock is unsynced happened
-- offset_ms later than they say.
CREATE TABLE clock_corrections (
    site TEXT NOT NULL,
    fact TEXT NOT NULL,
    boot TEXT,
    was TEXT,
    source TEXT,
    offset_ms INTEGER,
    since_at TEXT,
    before_at TEXT,
    after_at TEXT,
    PRIMARY KEY (site, fact)
) STRICT, WITHOUT ROWID;

-- Sessions, energy and revenue a day at the site, and the same for each station. A session counts on the day on which it
-- ended, as its bill does.
CREATE VIEW days AS
SELECT site, day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh,
       round(sum(CAST(total AS REAL)), 2) AS revenue, round(sum(CAST(tax AS REAL)), 2) AS tax
FROM cdrs GROUP BY site, day, currency;

CREATE VIEW station_days AS
SELECT site, station, day, currency, count(*) AS sessions, sum(energy_wh) AS energy_wh, sum(idle_s) AS idle_s,
       round(sum(CAST(total AS REAL)), 2) AS revenue, round(sum(CAST(tax AS REAL)), 2) AS tax
FROM cdrs GROUP BY site, station, day, currency;

-- Samples one by one: `name` is the column (power_w, import_wh, current_l1_a ...). Ask for a source and a span of
-- start_at, which an index has; a reading is at most 60 s later than its block's start.
CREATE VIEW readings AS
SELECT b.site, b.source, b.start_at,
       strftime('%Y-%m-%dT%H:%M:%f', b.start_at, (t.value / 1000.0) || ' seconds') || 'Z' AS at,
       c.key AS name, v.value AS value, coalesce(json_extract(b.data, '$.quality[' || t.key || ']'), 'good') AS quality
FROM blocks b, json_each(b.data, '$.t') t, json_each(b.data) c, json_each(c.value) v
WHERE c.type = 'array' AND c.key NOT IN ('t', 'quality') AND v.key = t.key AND v.value IS NOT NULL;
