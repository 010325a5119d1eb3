-- More of the fold: what stations tell of themselves.
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE monitors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- Limits at stations that neither the gateway nor its cloud has set.
CREATE TABLE outside_limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
