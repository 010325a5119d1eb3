BEGIN TRANSACTION;
CREATE TABLE answers (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "answers" VALUES('69a57bc0-dc4f1e9ef12d8cdf9399c86cdafb0b6b','{"key":"69a57bc0-dc4f1e9ef12d8cdf9399c86cdafb0b6b","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","answer":{"transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-8c06e11c60e75a4e613c319685d2bc93','{"key":"69a5864c-8c06e11c60e75a4e613c319685d2bc93","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","answer":{"transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-2b922c4dc65600a9a7b77147692a6cbb','{"key":"69a58688-2b922c4dc65600a9a7b77147692a6cbb","transaction":"01a21062-d09b-71a5-a21b-26244b283dd8","answer":{"transaction":"01a21062-d09b-71a5-a21b-26244b283dd8","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
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
INSERT INTO "blocks" VALUES(1,1,1,'01a21062-d082-77d5-9367-d571831bf303','meters/grid','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z',1,'{"start":"2026-03-02T12:15:00.000000Z","t":[0],"import_wh":[5001],"power_w":[1500.5]}');
INSERT INTO "blocks" VALUES(2,1,2,'01a21062-d082-7051-bad4-f1f90cdbef2a','stations/CP01/1','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z',1,'{"start":"2026-03-02T12:15:00.000000Z","t":[0],"import_wh":[1002500]}');
INSERT INTO "blocks" VALUES(3,1,3,'01a21062-d084-7330-9e75-b1dfa1d47071','meters/grid','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z',1,'{"start":"2026-03-02T12:30:00.000000Z","t":[0],"import_wh":[5002],"power_w":[1500.5]}');
INSERT INTO "blocks" VALUES(4,1,4,'01a21062-d084-7d22-942c-73598279f52d','stations/CP01/1','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z',1,'{"start":"2026-03-02T12:30:00.000000Z","t":[0],"import_wh":[1005000]}');
INSERT INTO "blocks" VALUES(5,1,5,'01a21062-d086-7cf4-b858-dc44bf114fda','meters/grid','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z',1,'{"start":"2026-03-02T12:45:00.000000Z","t":[0],"import_wh":[5003],"power_w":[1500.5]}');
INSERT INTO "blocks" VALUES(6,1,6,'01a21062-d086-7f77-9269-393863a3f889','stations/CP01/1','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z',1,'{"start":"2026-03-02T12:45:00.000000Z","t":[0],"import_wh":[1007500]}');
CREATE TABLE commands (key TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL) STRICT;
INSERT INTO "commands" VALUES('c1','{"id":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"by":"cloud","state":"done","at":"2026-03-02T12:45:00Z","id_token":null,"proof":null,"expires_at":null,"wait":false,"dispatched_at":null,"remote_start_id":null,"reason":null,"result":{"target":"site"}}','done');
INSERT INTO "commands" VALUES('c2','{"id":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"by":"page","state":"done","at":"2026-03-02T12:45:00Z","id_token":null,"proof":null,"expires_at":null,"wait":false,"dispatched_at":"2026-03-02T12:45:00Z","remote_start_id":null,"reason":null,"result":{"status":"Accepted"}}','done');
CREATE TABLE connectors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "connectors" VALUES('CP01/1/1','{"station":"CP01","evse":1,"connector":1,"status":"finishing","at":"2026-03-02T12:45:00Z","error":null}');
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    reserved INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "counters" VALUES('transaction_number',10000);
CREATE TABLE cursors (
    name TEXT NOT NULL,
    stream TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (name, stream)
) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES('cloud','A','dbf17591a27d7dbe',5);
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'dbf17591a27d7dbe','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a21062-d072-7757-a392-588e24fd1da3','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'7B81016325EC7261321BFED1060340F4E3580556ACB5E5B484787AC172D3A4F3');
INSERT INTO "facts" VALUES(2,1,2,'01a21062-d07b-70b7-a08e-99a253a2b610','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'E44AA4D185F8D66BBF1C342900FB9CF771135E653E950BAD674D71B5D818D3FF');
INSERT INTO "facts" VALUES(3,1,3,'01a21062-d07c-7c13-8c50-cb995dd7719d','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"e075ffbe1643e3312cd229dc4a3e3a5e4660b1cf19e20b82153536097e4047b5"},"kind":"ISO14443","status":"blocked","source":"list","transaction":null,"retry_key":null,"answer":null}',X'E8A0B45CB01701251DD90A0D5820829D8289F9181D506CB45A2499DC51F4AC84');
INSERT INTO "facts" VALUES(4,1,4,'01a21062-d07f-7864-ad6d-2f923bc87fdd','transaction_started','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"1b4974c469581f1c94c3a6f767d8bd294dfe794eed06362dce1d47fd77f55b12"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-dc4f1e9ef12d8cdf9399c86cdafb0b6b","answer":{"transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'9DFB1E25DF9F7BA3D894E399BCEB136C2D40A7DE0F8A53AA43B202914DB9A4AB');
INSERT INTO "facts" VALUES(5,1,5,'01a21062-d07f-7da8-8f43-54cb3ce31c12','transaction_metered','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'87B53D35E17C5334FF2CB9DD41E81375557F5530D902E01B767139CFF90B2F7B');
INSERT INTO "facts" VALUES(6,1,6,'01a21062-d082-713b-b4de-c9d02eb8a5ba','transaction_metered','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'80FB81B8A766BD0F73DC3C57FAE8976B39174C1024AA0BAFA434E7968639AEBF');
INSERT INTO "facts" VALUES(7,1,7,'01a21062-d082-7c6f-bcc1-72f901b54f5b','energy_transfer_started','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1}',X'C1118E88DF5F6FC7BBE13FEA71C82720EDB4CE693F3C5B5F8C04A6414EAB2C40');
INSERT INTO "facts" VALUES(8,1,8,'01a21062-d084-79d7-8ff4-bc8d4b31a34b','transaction_metered','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'D2D2B2A8EC0C22D8F9D9990FD8BD8BA0DAEFD36016B9196A57689564A40CA269');
INSERT INTO "facts" VALUES(9,1,9,'01a21062-d085-7ad5-aa54-7be0a0abb848','transaction_metered','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'9AE40834296A603125DCAC8BE94B45BFA4E47FD93CDB711F1886C898990DFFAA');
INSERT INTO "facts" VALUES(10,1,10,'01a21062-d088-7ace-ae44-4db8a07371a9','transaction_metered','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'5C2B09EB481F7B95B2BBBA25F3206E989FB5F78257A4DBC25874EC0CE832FD3C');
INSERT INTO "facts" VALUES(11,1,11,'01a21062-d088-7d10-9b25-f54656b8da51','transaction_ended','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-8c06e11c60e75a4e613c319685d2bc93","answer":{"transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'7BF3A323C57E8FAFEC202576A4A0EA54A276F7812822001FD41D07F58FBF2440');
INSERT INTO "facts" VALUES(12,1,12,'01a21062-d088-733a-9123-d072a8b0c8a5','cdr_closed','stations/CP01','01a21062-d07f-790c-8c29-fb3aec6e9ff7','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'704A33D10E7259B5580C4DEC84B7F4595CBBC923F507BE6398FEA92E912D1405');
INSERT INTO "facts" VALUES(13,1,13,'01a21062-d08e-7bb1-9127-b0e652c1e266','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'3EAC33E90F58B98C0D4A512975FA312F50CE207F530D97EEC00ABF1FD5509E67');
INSERT INTO "facts" VALUES(14,1,14,'01a21062-d093-7306-b6ac-13b778b07e19','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'514EFA50B4BD8171A6AC237E5A6ACBE985D4D981E9D23E72DF38B2751CD05FAF');
INSERT INTO "facts" VALUES(15,1,15,'01a21062-d093-7db9-9d06-d45d794b3f65','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'648A04C14E7A2A54ACF9A1DA3F7B748FA8A79621604F7EAD44630D071521BE84');
INSERT INTO "facts" VALUES(16,1,16,'01a21062-d094-76ee-912b-13f1017608be','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'F38D4065B1AC2706515AD9AAECC45715C2C000E89A993DE553F5145DAD8F2A09');
INSERT INTO "facts" VALUES(17,1,17,'01a21062-d095-7e26-a744-7f15c38e7802','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'55A6601036439BA5CC8353CD864862A454878DC10A627C7916B95432986EF3B0');
INSERT INTO "facts" VALUES(18,1,18,'01a21062-d095-718b-9235-0b1415e77be0','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'45628D2AE17812FAAD976B4903F5118099CDF4FE720657612556827305131865');
INSERT INTO "facts" VALUES(19,1,19,'01a21062-d096-7331-8d3f-153b68e1066a','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'65FDD27D736B46A4805776610D1C489EA0233C2BC3D2F274BAFB08D27346E590');
INSERT INTO "facts" VALUES(20,1,20,'01a21062-d09a-7c21-9eaf-7a05f2cea568','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'108B4E0A70D6B772BEADCE389E61A0F53B66C3D4703472851A2CC03184713966');
INSERT INTO "facts" VALUES(21,1,21,'01a21062-d09b-7d20-938f-9384f6f8a969','transaction_started','stations/CP02','01a21062-d09b-71a5-a21b-26244b283dd8','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a21062-d09b-71a5-a21b-26244b283dd8","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"0ec9d7b5a37b569fbaea470248de2df087d5716ae9c808f539712b1655b6371a"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-2b922c4dc65600a9a7b77147692a6cbb","answer":{"transaction":"01a21062-d09b-71a5-a21b-26244b283dd8","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'56A094ED9A0747F45123B74981CD3D459408A5A8522708F7D7C810D5F49F0178');
INSERT INTO "facts" VALUES(22,1,22,'01a21062-d09b-7d7b-9a02-721f3ac6dd9e','transaction_metered','stations/CP02','01a21062-d09b-71a5-a21b-26244b283dd8','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a21062-d09b-71a5-a21b-26244b283dd8","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'A911F97FC1EDEE0033F708580A77263FD41B2473BAEFD3AB1F0AC38534822231');
CREATE TABLE ledger (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "ledger" VALUES('retry_salt','41b5852aa827c18fb5da33f40490c2a7b0802397e52491139b9c8dbb84b7f7a8');
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "limits" VALUES('site','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud","at":"2026-03-02T12:45:00Z"}');
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "meters" VALUES('house','{"id":"house","stale":true,"at":"2026-03-02T12:45:00Z","reason":"no answer","identity":null}');
CREATE TABLE personal (
    position INTEGER NOT NULL REFERENCES facts (position),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (position, field)
) STRICT, WITHOUT ROWID;
INSERT INTO "personal" VALUES(3,'id_token','CARD2',X'DB27A40149CA50CF29B50F8074D61751');
INSERT INTO "personal" VALUES(4,'id_token','CARD1',X'571C2A6C27AF4AA3E141D93923B150BF');
INSERT INTO "personal" VALUES(21,'id_token','CARD1',X'863360940B7C69E401C4AA6B63741D9C');
CREATE TABLE site (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "site" VALUES('site','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","fallback":null}');
CREATE TABLE stations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "stations" VALUES('CP01','{"id":"CP01","connected":true,"ocpp":"1.6","address":"192.0.2.10","registration":null,"admitted":null,"vendor":null,"model":null,"firmware":null,"serial":null,"booted_at":null,"changed_at":"2026-03-02T12:00:00Z"}');
CREATE TABLE tariffs (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "tariffs" VALUES('6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d','{"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","name":"default","tariff":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}');
CREATE TABLE tokens (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "tokens" VALUES('CARD2','{"id_token":"CARD2","status":"blocked","source":"list","at":"2026-03-02T12:00:00Z"}');
CREATE TABLE transactions (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    station TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;
INSERT INTO "transactions" VALUES('01a21062-d07f-790c-8c29-fb3aec6e9ff7','{"id":"01a21062-d07f-790c-8c29-fb3aec6e9ff7","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"total":"20.00","currency":"BRL"}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a21062-d09b-71a5-a21b-26244b283dd8','{"id":"01a21062-d09b-71a5-a21b-26244b283dd8","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"total":null,"currency":null}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX blocks_of_source ON blocks (source, started_at);
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 1;
