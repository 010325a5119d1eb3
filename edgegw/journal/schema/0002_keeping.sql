-- What it takes to keep a ledger for years: which boot a fact comes from, what is no longer held and why, and the
-- signed points of the hash chain from which it is proven.

-- Each start of the machine, by the kernel's boot id: between two of them a wall clock without a battery is lost.
CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL
) STRICT;
ALTER TABLE facts ADD COLUMN boot INTEGER REFERENCES boots (number);

-- Numbers of a stream that the ledger does not hold any more, or never got out of a damaged file.
CREATE TABLE gaps (
    stream TEXT NOT NULL,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    samples INTEGER,
    at TEXT NOT NULL,
    PRIMARY KEY (stream, epoch, first)
) STRICT, WITHOUT ROWID;

-- A hash of the chain, signed with the site's key: at the end of each day, and before facts up to it are pruned.
CREATE TABLE anchors (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signed_at TEXT NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

-- Blocks are packed (edgegw/journal/packing.py), those from before stay text. An index over them by source or time would
-- cost every commit a page for each source, or two. `spans` has one row a commit, at its end: the blocks `first` to
-- `position`, of which the earliest begins at `since` and the latest at `until`. It is read whole.
CREATE TABLE packed (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id ANY NOT NULL,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    body ANY NOT NULL
) STRICT;
INSERT INTO packed SELECT position, epoch, sequence, id, source, started_at, samples, body FROM blocks;
DROP TABLE blocks;
ALTER TABLE packed RENAME TO blocks;
CREATE TABLE spans (
    position INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;
INSERT INTO spans SELECT max(position), min(position), min(started_at), max(started_at) FROM blocks GROUP BY position / 32;
INSERT INTO ledger VALUES ('block_dictionary', '"suspect","good","good","quality":[],"temperature_c":[],"soc_percent":[],"offered_w":[],"offered_a":[],"power_factor":[],"apparent_va":[],"reactive_var":[],"frequency_hz":[],"current_n_a":[],"export_wh":[],"import_l1_wh":[],"import_l2_wh":[],"import_l3_wh":[null,null,0,0,0,0.0,0.0,15000,16000,17000,18000,19000,21000,22000,23000,24000,25000,26000,27000,28000,29000,31000,32000,33000,34000,35000,36000,37000,38000,39000,41000,42000,43000,44000,45000,46000,47000,48000,49000,51000,52000,53000,54000,55000,56000,57000,58000,59000,{"start":"2026-01-01T00:00:00.000000Z","t":[0,10000,20000,30000,40000,50000],"t":[0],"t":[0,1000,2000,3000,4000,5000,6000,7000,8000,9000,10000,11000,12000,13000,14000],"import_wh":[],"power_w":[],"voltage_l1_v":[],"current_l1_a":[],"power_l1_w":[],"voltage_l2_v":[],"current_l2_a":[],"power_l2_w":[],"voltage_l3_v":[],"current_l3_a":[],"power_l3_w":[');

-- More of the fold: what somebody wants to be so here, by name, and the entries of the local list of id tokens.
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE listed (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- Events that the broker takes in no form: a gap went out in their place.
CREATE TABLE parked (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- Reservations that hold.
CREATE TABLE reservations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
