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
INSERT INTO "answers" VALUES('69a57bc0-27ab8cc35a55ed20f9775c01ada5e026','{"key":"69a57bc0-27ab8cc35a55ed20f9775c01ada5e026","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","answer":{"transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-35c740499302853e62c11a5e00fed28c','{"key":"69a5864c-35c740499302853e62c11a5e00fed28c","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","answer":{"transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-f7df040fbf78abde58d70465ea4791b1','{"key":"69a58688-f7df040fbf78abde58d70465ea4791b1","transaction":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","answer":{"transaction":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
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
INSERT INTO "blocks" VALUES(1,1,1,X'01A22C5CB94776D3A734B8FBB7960733','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A22C5CB9477CD4B0A9AB8873B52BBD','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A22C5CB954782CAB859E22FEC06431','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A22C5CB95470E9B65CFAF4626BF5C4','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A22C5CB960726FAE1DF324279F1546','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A22C5CB96077308233BA4A888F544B','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
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
INSERT INTO "cursors" VALUES('cloud','A','ec3899e8e7597e8a',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "displays" VALUES('CP02/3','{"station":"CP02","message":3,"at":"2026-03-02T12:45:00Z","priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}],"state":null,"starts_at":null,"ends_at":null,"reference":null,"component":null,"component_instance":null,"evse":null,"connector":null}');
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'ec3899e8e7597e8a','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a22c5c-b914-73e0-ab1c-63f499cbc3d7','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"ec3899e8e7597e8a","reason":"new ledger","previous":null}',X'1A8CE9E4F0F3D9E9B663EEDA7714195CAD503F52ACD73E57204C780895672E85',1);
INSERT INTO "facts" VALUES(2,1,2,'01a22c5c-b91c-79ac-b734-c8c835ba9009','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'6C615F465892CA29D5A320B700F14C73B319A26DB07CF3B9A2945B5BF6866DA3',1);
INSERT INTO "facts" VALUES(3,1,3,'01a22c5c-b92c-73c9-a626-0fadb7b9868b','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'0286323379C9CD8BE9FB756E9D9D74E35894473B33DA086C669C953C8C176C48',1);
INSERT INTO "facts" VALUES(4,1,4,'01a22c5c-b938-78b3-b39c-3becea76e8d6','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"08091e9895273f35e391346875fd0f64859da3e7ee40e8ea21ec2e0bd2cc8c04"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'A37489D31E8D97CC7204BDE1FC46F03EA18711FF21464D36FCE9D47383950623',1);
INSERT INTO "facts" VALUES(5,1,5,'01a22c5c-b93d-7193-b09c-ccab09ccbffc','transaction_started','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"ff44b0fc09fac092b97e531c1afa63d7b7c38bf4a8ec6f5c15231b3b9e02d879"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-27ab8cc35a55ed20f9775c01ada5e026","answer":{"transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"told_at":null,"station_clock":null}',X'922141DAD7E9A840DD5D92E7F501944E701733416053CEB87093237606477A93',1);
INSERT INTO "facts" VALUES(6,1,6,'01a22c5c-b93d-7e17-91e4-14d061a382c6','transaction_metered','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'6D11131A29B40FEB350DB40BD70BBDACE652D437FEED4E8CACADA45F425AE937',1);
INSERT INTO "facts" VALUES(7,1,7,'01a22c5c-b946-783b-ac59-5245ee2aabb8','transaction_metered','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'F1E11BEA50E178794709E122375ADAE589F4A46C57E273CBF572ECA732AD8CF5',1);
INSERT INTO "facts" VALUES(8,1,8,'01a22c5c-b946-76bd-a8b2-ef05ef75441f','energy_transfer_started','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1}',X'FDE6006196EDD1D6B1F63D9C7DC8093C46A8B9607CF2B927BCB91937854A516A',1);
INSERT INTO "facts" VALUES(9,1,9,'01a22c5c-b954-745f-a463-97a16607e16b','transaction_metered','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'4F93EA7BDD491B0AD08BF9D92B165354E3F143FD65C5AB05F71DBCD52ED012C8',1);
INSERT INTO "facts" VALUES(10,1,10,'01a22c5c-b960-70f3-bebc-2d870e492892','transaction_metered','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'E8024F9E13C44D1E16FAA0EC45F5516AAE6CE5A5ED9D8BF79579F5603618DAB0',1);
INSERT INTO "facts" VALUES(11,1,11,'01a22c5c-b962-7b5e-ba4c-10ea40d7ad42','transaction_metered','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'589DB958EC759C84E784009C14B661BBF152514155E3B3D4C7CD5657D112663F',1);
INSERT INTO "facts" VALUES(12,1,12,'01a22c5c-b962-7867-9ce3-66aec16eba79','transaction_ended','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-35c740499302853e62c11a5e00fed28c","answer":{"transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","number":1,"authorization":null,"group":null,"cost":"20.00"},"told_at":null,"station_clock":null}',X'D2EB43977AE8ABAFE69092049B80A000E04FA119099E5DD86193ECE580FED09D',1);
INSERT INTO "facts" VALUES(13,1,13,'01a22c5c-b962-7353-9960-4ce239d95732','cdr_closed','stations/CP01','01a22c5c-b93d-76b5-901c-026b2edce188','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c5c-b93d-76b5-901c-026b2edce188","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'812A3F329DB06FB08B881C47605A6C25DC5AF9CA131E00E3CD014BE91CD11F24',1);
INSERT INTO "facts" VALUES(14,1,14,'01a22c5c-b973-7eae-a720-ae2985d934aa','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null,"told_at":null}',X'035AAD446E733BDB3E8F9217CC4A8BB3EAF21BA95B2B6FB1AA8E69E692E002C9',1);
INSERT INTO "facts" VALUES(15,1,15,'01a22c5c-b983-70f6-935c-1696260ffe79','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'274C8F778CA175AC7BF7E832F061381C0BB75BFBA2542B7E5439EEC1E03B6219',1);
INSERT INTO "facts" VALUES(16,1,16,'01a22c5c-b983-73f8-9fb2-153b1d34e718','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'4E0DFECA77146B9611B556E061AF71EBAD6DFBF530BE43A0F7A3BED5597F6789',1);
INSERT INTO "facts" VALUES(17,1,17,'01a22c5c-b984-73ce-847f-a4adc5732393','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'EF558368F0B535671081DE2412D7374ABC4C8BCF12C1F78138BC2D3979246440',1);
INSERT INTO "facts" VALUES(18,1,18,'01a22c5c-b986-7344-b6c3-19b899b3ec29','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'01E6B580410D30A659B66E81FE5A3576973B1BA060C9567333527248303D1909',1);
INSERT INTO "facts" VALUES(19,1,19,'01a22c5c-b986-71a7-8940-ef86461e9363','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'807506720F02FE21D22D1B0EA5E821EEBC68B456847324CD7A96C24E85C81233',1);
INSERT INTO "facts" VALUES(20,1,20,'01a22c5c-b994-7d47-a8e0-8ce8d2cb6c44','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'2D017B8752B9C66F96A0D38685575F9A5D39BD5DF5784F9B17BE0984A91E1687',1);
INSERT INTO "facts" VALUES(21,1,21,'01a22c5c-b9a4-7ce8-a5c0-9f2dd184892b','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'48E1CC0A77809838015DC15AEF8984CF42EE6AADB8F36BFF5A3BDA21D34F5D40',1);
INSERT INTO "facts" VALUES(22,1,22,'01a22c5c-b9a6-7513-b85b-07ad8ca775a2','variables_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","action":"NotifyReport","variables":[{"component":"EVSE","evse":1,"variable":"Power","attribute":"actual","value":"7"}],"left_out":0}',X'D38ABE4F8F39B63A7B5F7AD337AE6F87CA78D2A943D458AA2CFE63E20EA26059',1);
INSERT INTO "facts" VALUES(23,1,23,'01a22c5c-b9a6-7f75-a160-c07d4da49eb1','monitors_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","monitors":[{"component":"EVSE","evse":1,"variable":"Power","monitor":7,"kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false}],"left_out":0}',X'EF1D8D70AB045A4F6B8108B9D2E3885C8B49E8B90838622245E0FE100C12C077',1);
INSERT INTO "facts" VALUES(24,1,24,'01a22c5c-b9a6-7fb5-8663-8b2a9964229d','displays_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","displays":[{"message":3,"priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}]}],"removed":[],"left_out":0}',X'4B5D372490218123D6169E87BCA61A17F808CEFE7E6B4E7B6E91636E3C9D0B82',1);
INSERT INTO "facts" VALUES(25,1,25,'01a22c5c-b9a6-7b67-a57c-5ed61eb496d5','outside_limit_set','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","evse":0,"source":"ems","grid_critical":true,"local_generation":null,"schedules":[]}',X'D104CF542D7A6C91948B914CA4E75A6AFF13EE3F8E9E1379A71B5CD7A32AA038',1);
INSERT INTO "facts" VALUES(26,1,26,'01a22c5c-b9a6-7eac-bdb0-78733159b4a9','station_quirk_learned','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","quirk":"no_pong","evidence":"3 pings without a pong","model":null,"firmware":"1.0"}',X'DD1A743107648DA5D608B1C315432ACFBD771BC2FD9CCE161293124CF0CAB7B5',1);
INSERT INTO "facts" VALUES(27,1,27,'01a22c5c-b9b9-7ffa-a27a-8c5e5a73b7da','transaction_started','stations/CP02','01a22c5c-b9b9-739b-b07b-ee428bbed52d','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"9dc6149ddb326dea713dc8ec708b1afa025254cc15044f93ce56235abc0dce72"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-f7df040fbf78abde58d70465ea4791b1","answer":{"transaction":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"told_at":null,"station_clock":null}',X'35C6E6CCC20B20D0FA746318C4E303EA9A1278572F2A6DF825A576BB4906EBFF',1);
INSERT INTO "facts" VALUES(28,1,28,'01a22c5c-b9b9-71f8-b338-e76e4b3cc6e7','transaction_metered','stations/CP02','01a22c5c-b9b9-739b-b07b-ee428bbed52d','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'5633E00419CE88262A1334FE2205B0F1E13FB3DAC55A4CD46AD5F9BF6310BEE9',1);
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
INSERT INTO "ledger" VALUES('retry_salt','b4dbbfdffdff07ec8ee71251f14800d7d5b94b9c6a333a5012d31afb6ce81735');
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'5A4C607FFB7F47BBD58C889B1B3C17A5');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'47631BECF1F4CA9F9DF88723250C546C');
INSERT INTO "personal" VALUES(27,'id_token','CARD1',X'03CFBD4745FEC410DA631745C0068095');
CREATE TABLE quirks (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "quirks" VALUES('CP02','{"station":"CP02","learned":[{"quirk":"no_pong","at":"2026-03-02T12:45:00Z","evidence":"3 pings without a pong"}]}');
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
INSERT INTO "stations" VALUES('CP01','{"id":"CP01","connected":true,"ocpp":"1.6","address":"192.0.2.10","registration":null,"admitted":null,"vendor":null,"model":null,"firmware":null,"serial":null,"booted_at":null,"changed_at":"2026-03-02T12:00:00Z","silent_since":null,"skew_s":null,"clock_fault":null,"skew_since":null}');
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
INSERT INTO "transactions" VALUES('01a22c5c-b93d-76b5-901c-026b2edce188','{"id":"01a22c5c-b93d-76b5-901c-026b2edce188","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a22c5c-b9b9-739b-b07b-ee428bbed52d','{"id":"01a22c5c-b9b9-739b-b07b-ee428bbed52d","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "variables" VALUES('CP02/evse//1//power//actual','{"station":"CP02","component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","attribute":"actual","component_instance":null,"evse":1,"connector":null,"variable_instance":null,"value":"7","mutability":null,"data_type":null,"unit":null,"min_limit":null,"max_limit":null,"values":null}');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 7;
