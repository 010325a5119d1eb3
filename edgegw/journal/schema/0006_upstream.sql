-- What stations have said and another CSMS is still to be told, in the order of `position`: frames as they go out, but
-- for transaction ids. `rank` says what goes first when room is short, `number` is the gateway's own transaction number.
CREATE TABLE untold (
    position INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    version TEXT NOT NULL,
    rank INTEGER NOT NULL,
    at TEXT NOT NULL,
    number INTEGER,
    frame TEXT NOT NULL
) STRICT;
CREATE INDEX untold_of_station ON untold (station, position);
-- Of boots and statuses only the newest is told, whenever a connection to that CSMS begins.
CREATE TABLE newest_said (
    station TEXT NOT NULL,
    slot TEXT NOT NULL,
    version TEXT NOT NULL,
    frame TEXT NOT NULL,
    PRIMARY KEY (station, slot)
) STRICT, WITHOUT ROWID;
-- Transaction ids of OCPP 1.6: the gateway's, and what that CSMS has given the same transaction.
CREATE TABLE numbers_there (
    station TEXT NOT NULL,
    number INTEGER NOT NULL,
    there INTEGER NOT NULL,
    PRIMARY KEY (station, number)
) STRICT, WITHOUT ROWID;
