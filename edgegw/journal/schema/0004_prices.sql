-- From when to when each price list was in force, and which list each station charged by: by the configurations that
-- the ledger holds, as the fold of their facts has it from now on (edgegw/core/fold/tariffs.py).
CREATE TEMP TABLE configured AS
    SELECT row_number() OVER (ORDER BY position) AS number, at, json_extract(body, '$.configuration.tariffs') AS lists,
        json_extract(body, '$.configuration.stations') AS stations
    FROM facts WHERE type = 'site_configured';

CREATE TEMP TABLE named AS
    SELECT number, at, json_extract(list.value, '$.digest') AS digest FROM configured, json_each(lists) AS list;

CREATE TEMP TABLE spans AS
    SELECT digest, number, at AS since, (
        SELECT later.at FROM configured AS later
        WHERE later.number > begun.number
            AND NOT EXISTS (SELECT 1 FROM named WHERE named.number = later.number AND named.digest = begun.digest)
        ORDER BY later.number LIMIT 1
    ) AS until
    FROM named AS begun
    WHERE NOT EXISTS (SELECT 1 FROM named WHERE named.number = begun.number - 1 AND named.digest = begun.digest);

UPDATE tariffs SET body = json_set(body, '$.ruled', json((
    SELECT json_group_array(json_object('since', since, 'until', until))
    FROM (SELECT since, until FROM spans WHERE digest = tariffs.key ORDER BY number)
))) WHERE key IN (SELECT digest FROM spans);

CREATE TEMP TABLE charging AS
    SELECT number, at, place, station, tariff, lag(tariff, 1, 'default') OVER (PARTITION BY station ORDER BY number) AS last
    FROM (
        SELECT number, at, about.id AS place, about.key AS station, coalesce((
            SELECT list.key FROM json_each(lists) AS list WHERE list.key = json_extract(about.value, '$.tariff')
        ), 'default') AS tariff
        FROM configured, json_each(stations) AS about
    );

UPDATE site SET body = json_set(body, '$.charges_by', json((
    SELECT json_group_array(json_object('station', station, 'tariff', tariff, 'since', CASE WHEN number > 1 THEN at END))
    FROM (SELECT * FROM charging WHERE tariff <> last ORDER BY number, place)
))) WHERE EXISTS (SELECT 1 FROM configured);

DROP TABLE configured;
DROP TABLE named;
DROP TABLE spans;
DROP TABLE charging;
