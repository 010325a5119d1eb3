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
INSERT INTO "answers" VALUES('69a57bc0-e40d4932626ce63116965dd633577e36','{"key":"69a57bc0-e40d4932626ce63116965dd633577e36","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","answer":{"transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-2dd628200b0e3027a3c6d39cf0407f4b','{"key":"69a5864c-2dd628200b0e3027a3c6d39cf0407f4b","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","answer":{"transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-89f0e0a91ccf00939f64e716379e342e','{"key":"69a58688-89f0e0a91ccf00939f64e716379e342e","transaction":"01a22c41-3600-77c0-bc30-6cd82acd39ec","answer":{"transaction":"01a22c41-3600-77c0-bc30-6cd82acd39ec","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
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
INSERT INTO "blocks" VALUES(1,1,1,X'01A22C4135C079F295E9241EDEF86C6C','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A22C4135C0755F8E43DB674FB5B4F7','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A22C4135C47124834C491789643C75','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A22C4135C47CEE8549D3918B907F8B','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A22C4135C87A5B83BB786F4CAEAB69','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A22C4135C87A08A2C2C544A1F10773','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL
) STRICT;
INSERT INTO "boots" VALUES(1,'4b629e73-64e5-4f37-89bf-10b7d049b4c0','2026-03-02T11:43:20.000000Z');
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
INSERT INTO "cursors" VALUES('cloud','A','ef4c8220cf0e3e8d',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "displays" VALUES('CP02/3','{"station":"CP02","message":3,"at":"2026-03-02T12:45:00Z","priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}],"state":null,"starts_at":null,"ends_at":null,"reference":null,"component":null,"component_instance":null,"evse":null,"connector":null}');
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'ef4c8220cf0e3e8d','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a22c41-35a8-7150-aed6-a4f387edcd81','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"ef4c8220cf0e3e8d","reason":"new ledger","previous":null}',X'B1122EFD1FBF83509EA98A7254A8D1B723385B01A7569DB6816F4903FE77C42B',1);
INSERT INTO "facts" VALUES(2,1,2,'01a22c41-35ac-7298-aa34-aa0b0b15a361','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'F652C3ACA361E4464D700F50976D7C35FEAB8ABA19DF37CC65D9FD9DD587FFA0',1);
INSERT INTO "facts" VALUES(3,1,3,'01a22c41-35b4-7cf3-bf40-97addc816eb2','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'90E69A23D17264BF412E4B0FEF8233214749CD6865E4BC780115ECF09F1DE2FB',1);
INSERT INTO "facts" VALUES(4,1,4,'01a22c41-35b8-7a77-b50c-6dea520fc55a','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"c996d2598afb4068dbe41f8f0b09d3daf8c77b6add72778b163ca65955932f25"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'82F9ED9662210AEB0C216EC808338C73E883C3BABF7B49D1CCE9B2398C4083BE',1);
INSERT INTO "facts" VALUES(5,1,5,'01a22c41-35bc-7781-9a2f-49a57510f318','transaction_started','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"46dc5ff9af671a16d22065c0c6d0cc573905c966becb2e2efae4e4324d1040a2"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-e40d4932626ce63116965dd633577e36","answer":{"transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'93F868C45714E826D1FB66B39A56553976006BAD468CFF7E25C16687BDFE9BE2',1);
INSERT INTO "facts" VALUES(6,1,6,'01a22c41-35bc-77dc-8ddd-c035674dbe6a','transaction_metered','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'EAAFE4C7620DC1E228039F7F16865D174226AA07BAF7D016F90FA4A3A791C841',1);
INSERT INTO "facts" VALUES(7,1,7,'01a22c41-35bf-7f52-bddd-1ad879f78ac7','transaction_metered','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'DFA0EEA285BFC87E96533976810608CB3771F12121F4C704574EDDF854A637A8',1);
INSERT INTO "facts" VALUES(8,1,8,'01a22c41-35bf-7faf-9fe5-04607bba3851','energy_transfer_started','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1}',X'EA0C5EDC92A4E24ACE042DD53211FD845CF6984BE78CB664C2D87AB2B5390E6E',1);
INSERT INTO "facts" VALUES(9,1,9,'01a22c41-35c3-7112-ae0a-099b7ee371bd','transaction_metered','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'B410337DCD83173E07DB3ADD1A97D22AF277FB0F1B251DB5C97A863D1B9EA36D',1);
INSERT INTO "facts" VALUES(10,1,10,'01a22c41-35c7-784d-9b2c-05d9dcd3fe81','transaction_metered','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'E8649EAAC0C510E4C361B11BB68C6CC9ECE7E0066E7F2A18DD4F0BAC2D30584C',1);
INSERT INTO "facts" VALUES(11,1,11,'01a22c41-35cc-7c62-8bc3-e73b12a88a2d','transaction_metered','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'C2BA0979E36CC1CC0FEAD9B309C3D9801F65C8789F6B3E44BCC05B1D279FEA1D',1);
INSERT INTO "facts" VALUES(12,1,12,'01a22c41-35cc-7570-a774-555c74187592','transaction_ended','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-2dd628200b0e3027a3c6d39cf0407f4b","answer":{"transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'3844144FC50C5C03EAA6F85E91F76E9D23F333BBF09C429F3FAEC0AF8C08CE49',1);
INSERT INTO "facts" VALUES(13,1,13,'01a22c41-35cc-7220-aab3-496e1b015836','cdr_closed','stations/CP01','01a22c41-35bc-7a2a-98ae-03de3deb105b','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c41-35bc-7a2a-98ae-03de3deb105b","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'64EED245865AA1033AAD0A7B215CF5375FC088EA488A7C82CFA93FA46E7D7A9E',1);
INSERT INTO "facts" VALUES(14,1,14,'01a22c41-35d0-76e5-a388-ab0b43d3a3d8','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'54C445EC4395682A85D2B3B355BCB2DF06D376AF28CADC06B4FACEAF8B56A95D',1);
INSERT INTO "facts" VALUES(15,1,15,'01a22c41-35dc-7116-b082-ebcec49e4141','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'2A22A64C9D2526EB114618C3918A73F7D8CEA2112AD50C72BDB05F57FF7FC5EA',1);
INSERT INTO "facts" VALUES(16,1,16,'01a22c41-35dc-7d1e-a911-e2ac76709b7f','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'05C9046DE556F6BC15D06730BA1CF24B9FA4273FC9EBCC516F56306C0631D1E4',1);
INSERT INTO "facts" VALUES(17,1,17,'01a22c41-35dc-7e65-8930-b011624e9c02','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'0FE1D875BB80353759578A4C4E5316051DEADF021EEE6EF552C7735B63C959D2',1);
INSERT INTO "facts" VALUES(18,1,18,'01a22c41-35e0-7865-924a-d9e916874823','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'5FF5DF395136AF9E1051EF85F47BAB942B3BD15FC14FADD0D81C8398B48DC9F8',1);
INSERT INTO "facts" VALUES(19,1,19,'01a22c41-35e0-79b7-b4ab-51f040817053','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'C8905CD69A7F908CBD9224D7BD971691AB53689B20C98BA14CDFC0961B897B24',1);
INSERT INTO "facts" VALUES(20,1,20,'01a22c41-35e8-7892-bdc9-9ae0c3f09640','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'25DAF63137E465F1447695ACD1952E8991A8C4E4B9B030A39B485E86536D8602',1);
INSERT INTO "facts" VALUES(21,1,21,'01a22c41-35f0-7ba0-9852-13049aa122e6','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'D340EE574919012E8EAA11A917CB137FF551C9CF4F89744300E95A179A614AC0',1);
INSERT INTO "facts" VALUES(22,1,22,'01a22c41-35f2-7a38-bcc5-58734e55b76a','variables_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","action":"NotifyReport","variables":[{"component":"EVSE","evse":1,"variable":"Power","attribute":"actual","value":"7"}],"left_out":0}',X'592BFEE3EFA1050B95B53F466FCF0EB9486EDA095EA0A8F8CEADE15E3219D77B',1);
INSERT INTO "facts" VALUES(23,1,23,'01a22c41-35f2-79e7-9bbb-0a12248f21cc','monitors_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","monitors":[{"component":"EVSE","evse":1,"variable":"Power","monitor":7,"kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false}],"left_out":0}',X'E70C3846C80D2CDD781FF6F844C8BFCF1AE143FD590083C61C6AAD3212ADC55C',1);
INSERT INTO "facts" VALUES(24,1,24,'01a22c41-35f2-7095-9be1-f3773e26f24f','displays_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","displays":[{"message":3,"priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}]}],"removed":[],"left_out":0}',X'8BC17A5CB090A46AA74F3ADCDCCCDA18A5AEBD58E4C82B01E715F8EB7B15851F',1);
INSERT INTO "facts" VALUES(25,1,25,'01a22c41-35f2-75ca-920b-2a3b189824ac','outside_limit_set','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","evse":0,"source":"ems","grid_critical":true,"local_generation":null,"schedules":[]}',X'E1A8E9C2CB492ABA611E3DF07F231FFF5CADD0A4999AD8C0E2C6DA9FE1E71F46',1);
INSERT INTO "facts" VALUES(26,1,26,'01a22c41-3600-788a-9519-479196af6246','transaction_started','stations/CP02','01a22c41-3600-77c0-bc30-6cd82acd39ec','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c41-3600-77c0-bc30-6cd82acd39ec","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"41f4fbf2916f588826f2ee6985399df5c459b4af6a58d3972d7b6ac7d5749fbe"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-89f0e0a91ccf00939f64e716379e342e","answer":{"transaction":"01a22c41-3600-77c0-bc30-6cd82acd39ec","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'4D0B5CA1489C7339032F57B958F5835B7FADA0B1E881404DDFDD264595908FB2',1);
INSERT INTO "facts" VALUES(27,1,27,'01a22c41-3600-7e18-b2c1-9f31fc8c3ece','transaction_metered','stations/CP02','01a22c41-3600-77c0-bc30-6cd82acd39ec','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c41-3600-77c0-bc30-6cd82acd39ec","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'69D23104D5157E4F72697FB3895E88B423AC220847B5973005ACD90DCB7BE2D4',1);
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
INSERT INTO "ledger" VALUES('retry_salt','4f0b0aabc00465dbd68c3fa45399be739e4b4444dfab28b9e341fe8140c84d25');
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "limits" VALUES('site','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud","at":"2026-03-02T12:45:00Z"}');
CREATE TABLE listed (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "meters" VALUES('house','{"id":"house","stale":true,"at":"2026-03-02T12:45:00Z","reason":"no answer","identity":null}');
CREATE TABLE monitors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "monitors" VALUES('CP02/7','{"station":"CP02","monitor":7,"component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false,"origin":null,"component_instance":null,"evse":1,"connector":null,"variable_instance":null}');
CREATE TABLE outside_limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "outside_limits" VALUES('CP02/0/ems','{"station":"CP02","evse":0,"source":"ems","at":"2026-03-02T12:45:00Z","grid_critical":true,"local_generation":null,"schedules":[]}');
CREATE TABLE parked (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE personal (
    position INTEGER NOT NULL REFERENCES facts (position),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (position, field)
) STRICT, WITHOUT ROWID;
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'5E760E23BD29A338767E962F5937A9D0');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'8380B6F315F793BCDC514058C754DB9A');
INSERT INTO "personal" VALUES(26,'id_token','CARD1',X'7AA6F887763787E501D530F584699B85');
CREATE TABLE reservations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE site (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "site" VALUES('site','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","fallback":null,"storage":null,"charges_by":[]}');
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
INSERT INTO "stations" VALUES('CP01','{"id":"CP01","connected":true,"ocpp":"1.6","address":"192.0.2.10","registration":null,"admitted":null,"vendor":null,"model":null,"firmware":null,"serial":null,"booted_at":null,"changed_at":"2026-03-02T12:00:00Z","silent_since":null}');
CREATE TABLE tariffs (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "tariffs" VALUES('6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d','{"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","name":"default","tariff":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"},"ruled":[{"since":"2026-03-02T12:00:00Z","until":null}]}');
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
INSERT INTO "transactions" VALUES('01a22c41-35bc-7a2a-98ae-03de3deb105b','{"id":"01a22c41-35bc-7a2a-98ae-03de3deb105b","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a22c41-3600-77c0-bc30-6cd82acd39ec','{"id":"01a22c41-3600-77c0-bc30-6cd82acd39ec","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "variables" VALUES('CP02/evse//1//power//actual','{"station":"CP02","component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","attribute":"actual","component_instance":null,"evse":1,"connector":null,"variable_instance":null,"value":"7","mutability":null,"data_type":null,"unit":null,"min_limit":null,"max_limit":null,"values":null}');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 4;
