-- The ledger, first version: facts and their fold, sample blocks, cursors, counters.
-- Times are RFC 3339 UTC with microseconds, so that text order is time order.

CREATE TABLE ledger (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Stream A. `sequence` is contiguous within an epoch; `hash` covers the row and the hash of the row before it. Nothing
-- looks a fact up by its `id`: an index of it would be a fifth of all that is written.
CREATE TABLE facts (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    transaction_id TEXT,
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    clock TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;

-- Values that identify a person, with the salt of their commitment in the fact: erasing a row keeps the chain whole.
CREATE TABLE personal (
    position INTEGER NOT NULL REFERENCES facts (position),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (position, field)
) STRICT, WITHOUT ROWID;

-- Stream B. One block of one source: columns of readings as JSON.
CREATE TABLE blocks (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX blocks_of_source ON blocks (source, started_at);

-- The fold of the facts, a table for each kind of row; `body` is the row as JSON.
CREATE TABLE stations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE connectors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE transactions (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    station TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
-- Reference first: references of one hour are neighbours, so that a commit changes one page of the index. By station it
-- would change one page for each station.
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
CREATE TABLE commands (key TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE answers (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE tokens (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE tariffs (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE site (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- How far a reader of a stream, such as the cloud, has durably come.
CREATE TABLE cursors (
    name TEXT NOT NULL,
    stream TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (name, stream)
) STRICT, WITHOUT ROWID;

-- Numbers up to `reserved` may have been given out; after a restart counting goes on above it.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    reserved INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
