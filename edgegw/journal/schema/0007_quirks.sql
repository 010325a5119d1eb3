-- What was learned of stations at run time.
CREATE TABLE quirks (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
