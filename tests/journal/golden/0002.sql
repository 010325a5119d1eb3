BEGIN TRANSACTION;
CREATE TABLE anchors (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signed_at TEXT NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE answers (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "answers" VALUES('69a57bc0-9330fbf9141f360b3469d0c690f4d9e2','{"key":"69a57bc0-9330fbf9141f360b3469d0c690f4d9e2","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","answer":{"transaction":"01a211eb-b730-7590-820e-040d6e3906c4","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-b21312e386aff008768b356f96173273','{"key":"69a5864c-b21312e386aff008768b356f96173273","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","answer":{"transaction":"01a211eb-b730-7590-820e-040d6e3906c4","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-7e514016fb8c249d9d71a0fd0ad05c72','{"key":"69a58688-7e514016fb8c249d9d71a0fd0ad05c72","transaction":"01a211eb-b73b-7fac-af21-19f23b25ab3a","answer":{"transaction":"01a211eb-b73b-7fac-af21-19f23b25ab3a","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
CREATE TABLE "blocks" (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id ANY NOT NULL,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    body ANY NOT NULL
) STRICT;
INSERT INTO "blocks" VALUES(1,1,1,X'01A211EBB7317B108511B936A1A853CB','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A211EBB73270119E39487A7A6A9E10','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A211EBB7327EE9A31F475C0986886E','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A211EBB733774A9AC9E4A25ED47A57','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A211EBB7337CC68B7A376A9589DBD0','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A211EBB7337AA8B499414B20502EA0','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL
) STRICT;
INSERT INTO "boots" VALUES(1,'f8398a10-73f1-4a4d-9503-80634bf48673','2026-03-02T11:43:20.000000Z');
CREATE TABLE commands (key TEXT PRIMARY KEY, body TEXT NOT NULL, state TEXT NOT NULL) STRICT;
INSERT INTO "commands" VALUES('c1','{"id":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"by":"cloud","state":"done","at":"2026-03-02T12:45:00Z","id_token":null,"private":null,"proof":null,"expires_at":null,"wait":false,"dispatched_at":null,"remote_start_id":null,"reason":null,"result":{"target":"site"}}','done');
INSERT INTO "commands" VALUES('c2','{"id":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"by":"page","state":"done","at":"2026-03-02T12:45:00Z","id_token":null,"private":null,"proof":null,"expires_at":null,"wait":false,"dispatched_at":"2026-03-02T12:45:00Z","remote_start_id":null,"reason":null,"result":{"status":"Accepted"}}','done');
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
INSERT INTO "cursors" VALUES('cloud','A','4576b2c9bdc045d3',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'4576b2c9bdc045d3','2026-03-02T12:00:00.000000Z','new ledger');
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
, boot INTEGER REFERENCES boots (number)) STRICT;
INSERT INTO "facts" VALUES(1,1,1,'01a211eb-b72c-7a0c-af99-a19a3eee03ff','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"4576b2c9bdc045d3","reason":"new ledger","previous":null}',X'2331E2128C87CF4D016D27C08E7DE73875F3F7C3A4AD067ED3957EABEEF7992A',1);
INSERT INTO "facts" VALUES(2,1,2,'01a211eb-b72d-7b98-9984-3b645ecaaea7','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'8A18C16B083BD256971F2FCFD8E72FDBA069E0E0D44590583D859393F5F5F4A9',1);
INSERT INTO "facts" VALUES(3,1,3,'01a211eb-b72e-7856-818f-e7ddde419cda','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'ED2F951EE57F9F690D402C0FB22B33DE320BB2C738F74ABDE8192F00041C4836',1);
INSERT INTO "facts" VALUES(4,1,4,'01a211eb-b72f-7ce2-9a4d-07b963bdee77','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"d3c3befb8924ef8eca0ac3f3b6a02e6036076bba7a4463d8faf147c4ccbddd60"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'CE9D7C70BE641D032A9629036AFFF9C10F79CC2EB229C74B0D51AF8904F1A0FB',1);
INSERT INTO "facts" VALUES(5,1,5,'01a211eb-b730-70ac-864f-f0831296a73b','transaction_started','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"3f31bd1bb76258a88e54d335e0d9a2bccac18fd72aa87dcde98affe721b77360"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-9330fbf9141f360b3469d0c690f4d9e2","answer":{"transaction":"01a211eb-b730-7590-820e-040d6e3906c4","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'7EE444E57EC3D3C702663A6F26B545F80AB832B94A3588039C931F5860020BAA',1);
INSERT INTO "facts" VALUES(6,1,6,'01a211eb-b730-7cc3-8936-ba84ac45f293','transaction_metered','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'D2292A48B8D52BE15BEC5F1FB2049E74773604BC043F953AA83E876249A1E300',1);
INSERT INTO "facts" VALUES(7,1,7,'01a211eb-b731-749c-9cd6-29bfc8780a40','transaction_metered','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'D2C5C818C8A20F2C6A33E962DC506D072A39BA298F436868CBB0F8A601FFD2A0',1);
INSERT INTO "facts" VALUES(8,1,8,'01a211eb-b731-7a46-b48f-f9052ffd6402','energy_transfer_started','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1}',X'32136664FE995908C512D878E8CA1BD548B8ED94B9430793C1E31B0DB267F1D4',1);
INSERT INTO "facts" VALUES(9,1,9,'01a211eb-b732-71e8-b2e4-a65d82b6e5bc','transaction_metered','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'AD6DFB42CDCC9D6C2656D4AA16A12CC3F8AAB7E65785EABDF66AD8938885DBA4',1);
INSERT INTO "facts" VALUES(10,1,10,'01a211eb-b733-74dd-9274-33b5a2e64325','transaction_metered','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'8825E318D180ECEB78004FC4105C5C4D92F480102666E006595D259005D53701',1);
INSERT INTO "facts" VALUES(11,1,11,'01a211eb-b734-7199-9ae3-62a51cb697a3','transaction_metered','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'E42670756305D4D93492110DCFDD0F82CA2BCC1DBDBF7A1DF543B597BA9843F1',1);
INSERT INTO "facts" VALUES(12,1,12,'01a211eb-b734-76f2-98f4-99573767fb09','transaction_ended','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-b21312e386aff008768b356f96173273","answer":{"transaction":"01a211eb-b730-7590-820e-040d6e3906c4","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'A1C3452790E41986E86B634F9235EE894339E8E97DDD6A9E6802F0E93B04D839',1);
INSERT INTO "facts" VALUES(13,1,13,'01a211eb-b734-706e-8315-6cf2231be5dd','cdr_closed','stations/CP01','01a211eb-b730-7590-820e-040d6e3906c4','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211eb-b730-7590-820e-040d6e3906c4","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'34AF4AF4147A490A1960FE9EF1954AA86A9FF21C3AE0D107D7F76115BE037951',1);
INSERT INTO "facts" VALUES(14,1,14,'01a211eb-b735-703f-b92e-b0041d2a5fa8','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'79955BCFFB7DADDC039E9087D7A6DB4FB3CDFB7A0F517B2D7D583486D487F0B7',1);
INSERT INTO "facts" VALUES(15,1,15,'01a211eb-b737-7416-9df9-73a3ddd5275a','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'C0FA2CA9F3B3741762422C9D1834C647ADAA939E5CBD1BE5477CB71E7DBFBA38',1);
INSERT INTO "facts" VALUES(16,1,16,'01a211eb-b737-7d40-9968-90b2bdb859b1','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'9329FEDC0746DF115F890A082D04B678AF936489F2FAFEF8D756537B734830E4',1);
INSERT INTO "facts" VALUES(17,1,17,'01a211eb-b737-7bc6-ab63-eea806a8175d','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'5B15CA6038F02945EF63F37B55C2BDC712543F14A12D031B626A5E64CC663094',1);
INSERT INTO "facts" VALUES(18,1,18,'01a211eb-b738-74b1-98ca-52a4205916ef','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'73AD9A156B5B86CDCCFA0B1F2510C491B4BE48939973E5D50A817F000F4D1727',1);
INSERT INTO "facts" VALUES(19,1,19,'01a211eb-b738-7a72-b3d5-2963201ade94','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'CF9D8FC5F12887FD66C0B61CC96F105F48B64660D25B1DE3E74DD4E5C7021204',1);
INSERT INTO "facts" VALUES(20,1,20,'01a211eb-b739-78cc-9638-ea434776e61b','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'DB6C58C8AEA7CE9D87DA8DC6467CD288A09DEC97D6E42BEECBC8C6CD616031CE',1);
INSERT INTO "facts" VALUES(21,1,21,'01a211eb-b73a-7eab-ae9a-dbf672d4a04f','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'D893B743396F41E69033BB6CFB566FA7A12969C4FDEFC8BFD4C6D200A2E4DAA1',1);
INSERT INTO "facts" VALUES(22,1,22,'01a211eb-b73b-7891-a1af-42ecd35f30df','transaction_started','stations/CP02','01a211eb-b73b-7fac-af21-19f23b25ab3a','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211eb-b73b-7fac-af21-19f23b25ab3a","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"a98efa910154ba37e9a4f51f6c08876ff356f8d9f1353732096281d1c1779383"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-7e514016fb8c249d9d71a0fd0ad05c72","answer":{"transaction":"01a211eb-b73b-7fac-af21-19f23b25ab3a","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'2627253A328E0A7E08F4D666E412C4439E706096C8AEAB70615418D7B886E1B7',1);
INSERT INTO "facts" VALUES(23,1,23,'01a211eb-b73b-701c-8bc5-9620b23de364','transaction_metered','stations/CP02','01a211eb-b73b-7fac-af21-19f23b25ab3a','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211eb-b73b-7fac-af21-19f23b25ab3a","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'BBC2461CC2BE460F2DD1403DCD9318B8F808513C7CE24429A77A0E1F5237BC66',1);
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
CREATE TABLE ledger (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "ledger" VALUES('block_dictionary','"suspect","good","good","quality":[],"temperature_c":[],"soc_percent":[],"offered_w":[],"offered_a":[],"power_factor":[],"apparent_va":[],"reactive_var":[],"frequency_hz":[],"current_n_a":[],"export_wh":[],"import_l1_wh":[],"import_l2_wh":[],"import_l3_wh":[null,null,0,0,0,0.0,0.0,15000,16000,17000,18000,19000,21000,22000,23000,24000,25000,26000,27000,28000,29000,31000,32000,33000,34000,35000,36000,37000,38000,39000,41000,42000,43000,44000,45000,46000,47000,48000,49000,51000,52000,53000,54000,55000,56000,57000,58000,59000,{"start":"2026-01-01T00:00:00.000000Z","t":[0,10000,20000,30000,40000,50000],"t":[0],"t":[0,1000,2000,3000,4000,5000,6000,7000,8000,9000,10000,11000,12000,13000,14000],"import_wh":[],"power_w":[],"voltage_l1_v":[],"current_l1_a":[],"power_l1_w":[],"voltage_l2_v":[],"current_l2_a":[],"power_l2_w":[],"voltage_l3_v":[],"current_l3_a":[],"power_l3_w":[');
INSERT INTO "ledger" VALUES('retry_salt','094d8a969163554371e87d7f52b9f7fdca0bf9a1f59a92f7989e43397ba36b6f');
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "limits" VALUES('site','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud","at":"2026-03-02T12:45:00Z"}');
CREATE TABLE listed (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "meters" VALUES('house','{"id":"house","stale":true,"at":"2026-03-02T12:45:00Z","reason":"no answer","identity":null}');
CREATE TABLE parked (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE personal (
    position INTEGER NOT NULL REFERENCES facts (position),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (position, field)
) STRICT, WITHOUT ROWID;
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'E88C60B46F6578C776E2A18C9D56E04B');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'AD3AC4C911EB69726105CEFFA3E46972');
INSERT INTO "personal" VALUES(22,'id_token','CARD1',X'A5AF97B4AED1645D1D956259F01EF51E');
CREATE TABLE reservations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE site (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "site" VALUES('site','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","fallback":null,"storage":null}');
CREATE TABLE spans (
    position INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;
INSERT INTO "spans" VALUES(2,1,'2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z');
INSERT INTO "spans" VALUES(4,3,'2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z');
INSERT INTO "spans" VALUES(6,5,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z');
CREATE TABLE stations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "stations" VALUES('CP01','{"id":"CP01","connected":true,"ocpp":"1.6","address":"192.0.2.10","registration":null,"admitted":null,"vendor":null,"model":null,"firmware":null,"serial":null,"booted_at":null,"changed_at":"2026-03-02T12:00:00Z"}');
CREATE TABLE tariffs (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "tariffs" VALUES('6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d','{"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","name":"default","tariff":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}');
CREATE TABLE tokens (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "tokens" VALUES('CARD2','{"id_token":"CARD2","status":"blocked","source":"list","at":"2026-03-02T12:00:00Z","group":null,"language":null,"expires_at":null}');
CREATE TABLE transactions (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    station TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;
INSERT INTO "transactions" VALUES('01a211eb-b730-7590-820e-040d6e3906c4','{"id":"01a211eb-b730-7590-820e-040d6e3906c4","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a211eb-b73b-7fac-af21-19f23b25ab3a','{"id":"01a211eb-b73b-7fac-af21-19f23b25ab3a","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 2;
