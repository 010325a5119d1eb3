-- What the gateway keeps at stations: settings, the local list of id tokens, what is out of use.
CREATE TABLE provisioned (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE held_lists (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE inventories (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE availability (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
-- What was learned of stations at run time.
CREATE TABLE quirks (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
