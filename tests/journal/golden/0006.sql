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
INSERT INTO "answers" VALUES('69a57bc0-7bfcebbb3a2b21bec4e70fc840ea8f7b','{"key":"69a57bc0-7bfcebbb3a2b21bec4e70fc840ea8f7b","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","answer":{"transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-c1cd5ece9176217ec6be4c062c28d76d','{"key":"69a5864c-c1cd5ece9176217ec6be4c062c28d76d","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","answer":{"transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-9fceb08180782118a16f61aafbe6c821','{"key":"69a58688-9fceb08180782118a16f61aafbe6c821","transaction":"01a22ccf-9681-701a-b524-360c8ac8f554","answer":{"transaction":"01a22ccf-9681-701a-b524-360c8ac8f554","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
CREATE TABLE availability (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
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
INSERT INTO "blocks" VALUES(1,1,1,X'01A22CCF965B7F1692BCA13B7AE6921A','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A22CCF965B7C1CAA99E577FF402E5F','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A22CCF965F7492ACCE8DFE1853816C','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A22CCF965F7F67B25D3BCD8A607C3D','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A22CCF966171AC84179DB333D759EC','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A22CCF96617F4B887C4FAB6E4FDCC9','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL
) STRICT;
INSERT INTO "boots" VALUES(1,'c4750fcc-6040-44fd-9075-b8e7a3e8a330','2026-03-02T11:43:20.000000Z');
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
INSERT INTO "cursors" VALUES('cloud','A','9a7a301a100c5644',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "displays" VALUES('CP02/3','{"station":"CP02","message":3,"at":"2026-03-02T12:45:00Z","priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}],"state":null,"starts_at":null,"ends_at":null,"reference":null,"component":null,"component_instance":null,"evse":null,"connector":null}');
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'9a7a301a100c5644','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a22ccf-9657-7978-a4a6-c94648e079d3','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"9a7a301a100c5644","reason":"new ledger","previous":null}',X'6B7DF3A31F90486D0741A2DBBD262368595275915CAB8AF3060A90A17BF8904A',1);
INSERT INTO "facts" VALUES(2,1,2,'01a22ccf-9658-7ecf-a5a2-b1612b4f522b','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'7CBB6ABB73355CAE796A2CFAF11535409ABAA07CA176FDBE8AEFDDE7AB7D3702',1);
INSERT INTO "facts" VALUES(3,1,3,'01a22ccf-9658-7342-9a5c-3e1d6824138e','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'3100E780E44E55B2268BD2D832436FB3CB0884B590B8371B89047D43F510DAEC',1);
INSERT INTO "facts" VALUES(4,1,4,'01a22ccf-9659-72c6-921c-4e2e85717c95','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"21b8930c695bb02c41b749d0678382c4527f858468ab1ebe53c91586e331bdaf"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'4F427C57ECE6B27055007421D6143432244039F5BA73D891A05297274AE1DD22',1);
INSERT INTO "facts" VALUES(5,1,5,'01a22ccf-965a-7a12-ad59-7fdc0e59cadd','transaction_started','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"765e73d7916708ae6e54bd2b246d56426c32a3e75d76217b095966c010f04c99"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-7bfcebbb3a2b21bec4e70fc840ea8f7b","answer":{"transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"reservation":null,"told_at":null,"station_clock":null}',X'E12A090089D7A66FB25404BF0B93D23216B0E00F851D6057629F18FF70F7949F',1);
INSERT INTO "facts" VALUES(6,1,6,'01a22ccf-965a-72cb-bfee-156c90944039','transaction_metered','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'EF1F7C996EA998832BDFCE1BF393DE6B4B7FB1142FD47B73E9617D0B86CB2210',1);
INSERT INTO "facts" VALUES(7,1,7,'01a22ccf-965a-79ea-8eba-93a5849cdaef','transaction_metered','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'511AAE62C3C5081A7A555016317BE53CB084C37999C60281FC2E8F20F86B3294',1);
INSERT INTO "facts" VALUES(8,1,8,'01a22ccf-965a-7f64-8ec7-a29f1bd1ac53','energy_transfer_started','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1}',X'FFA7FA73223603E24E9F3B229FC170FCF4D737441D03F60A1D76EF7DBCB44E83',1);
INSERT INTO "facts" VALUES(9,1,9,'01a22ccf-965f-7569-89cc-aceed56629fd','transaction_metered','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'3085947E06291A9B80247AF95D682CCF757BE25FFBB10ABC1BD405C675389B16',1);
INSERT INTO "facts" VALUES(10,1,10,'01a22ccf-9661-7781-a246-04a36f0c2276','transaction_metered','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'6B9BFD8FD4B21ADEC91797690F12B33B7064B4C291A6FB747839236A3778BF46',1);
INSERT INTO "facts" VALUES(11,1,11,'01a22ccf-9662-7ab0-9b48-617eb1ada014','transaction_metered','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'D0BE2DB0189281864E1F69D27EBB526A7632BE45890ABE025E344326CF34B3BE',1);
INSERT INTO "facts" VALUES(12,1,12,'01a22ccf-9662-7ff8-840a-1e4759b6b92a','transaction_ended','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-c1cd5ece9176217ec6be4c062c28d76d","answer":{"transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","number":1,"authorization":null,"group":null,"cost":"20.00"},"told_at":null,"station_clock":null}',X'0B85E8887CE649A6EFE7F3C10218C00E39A73C722EF5F2DB9D8C347F8EEC80D8',1);
INSERT INTO "facts" VALUES(13,1,13,'01a22ccf-9662-712b-983a-9b1e0d2b3551','cdr_closed','stations/CP01','01a22ccf-965a-72a0-9b5f-798e494f61c0','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22ccf-965a-72a0-9b5f-798e494f61c0","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'16E5A8B0F84FE72517EF4E851319063FD57573148BF378767F3404275019C941',1);
INSERT INTO "facts" VALUES(14,1,14,'01a22ccf-9665-77d7-847c-0e11e90b21f8','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null,"told_at":null}',X'5C6CC786F59044D5831893EDF21FB254D8C54A28CA651A335B7F0EB14BBBF9C2',1);
INSERT INTO "facts" VALUES(15,1,15,'01a22ccf-9668-7bb9-9a02-0930871eb582','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'F62096D21497C1CF5828A1A733B0A97D2D5EDE00EE5EE1C519B6B7A117DC54B4',1);
INSERT INTO "facts" VALUES(16,1,16,'01a22ccf-9668-7c67-bcff-33c2eb8f6566','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'F6224851590B572648F8B3D8EE3B1C723638C7650C7F01E6C667AC9D05A9789A',1);
INSERT INTO "facts" VALUES(17,1,17,'01a22ccf-9668-7659-8e9f-4f6d31cd017b','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'FF820B2295A8CE9E36C43724D8D69CD1E87F0216233C6DF022F1134DA50FBDB0',1);
INSERT INTO "facts" VALUES(18,1,18,'01a22ccf-966c-7eee-8fb2-0b919fde57d5','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'CCC25ABC2FD45D5CF70FB6EA4983137244E894A6B321B9B1FAA09F44306FB4D7',1);
INSERT INTO "facts" VALUES(19,1,19,'01a22ccf-966c-79bf-8a87-5cc5b0a7fe37','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'C2B46AFCDE2A2B0783627AC7A197B45D31AFC4030CE793F90AE9521D357CFD7B',1);
INSERT INTO "facts" VALUES(20,1,20,'01a22ccf-9670-7e7f-968e-272efc36a009','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'CB7A7AED6C3EDEA838994BC799E64A2D3B0D33B75A1D7AD99FB26A276B69F43B',1);
INSERT INTO "facts" VALUES(21,1,21,'01a22ccf-9673-75e5-93cc-b08b027518df','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'5B479C920B53E6E49F488061D3C66E27CBA7E287E491673EEA995585DD964087',1);
INSERT INTO "facts" VALUES(22,1,22,'01a22ccf-967d-7f81-9693-1c5caf9aa5e6','variables_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","action":"NotifyReport","variables":[{"component":"EVSE","evse":1,"variable":"Power","attribute":"actual","value":"7"}],"left_out":0}',X'8AE75FB1A422100C9524AF46BACB95030AB55190832FBFDC87A51AED548FAC43',1);
INSERT INTO "facts" VALUES(23,1,23,'01a22ccf-967d-7d38-b47a-06790f61d79d','monitors_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","monitors":[{"component":"EVSE","evse":1,"variable":"Power","monitor":7,"kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false}],"removed":[],"left_out":0}',X'DE0256D65E52A4801D91A02EA8C92F84EF7B69F46D2311C56A661E9A4B46A6CF',1);
INSERT INTO "facts" VALUES(24,1,24,'01a22ccf-967d-72c3-a3d0-d5448dc0cc72','displays_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","displays":[{"message":3,"priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}]}],"removed":[],"left_out":0}',X'03E6873DAFDFBBCA57C192861FE3B39C7AE0A38890DC09E9D78DD9508B3BBC0B',1);
INSERT INTO "facts" VALUES(25,1,25,'01a22ccf-967d-7068-9b65-e37c9074f27a','outside_limit_set','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","evse":0,"source":"ems","grid_critical":true,"local_generation":null,"schedules":[]}',X'11D7F12743FA2D41A2E91A185C0060EFB179690E52290CA9CAAE193E4CFE67DA',1);
INSERT INTO "facts" VALUES(26,1,26,'01a22ccf-967d-7d07-91a1-1c357e60ed14','station_quirk_learned','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","quirk":"no_pong","evidence":"3 pings without a pong","model":null,"firmware":"1.0"}',X'DAC0F6C95F104F47D7A4A92AF94350C62DF7E6A24A68D58C0DF79473DD19F220',1);
INSERT INTO "facts" VALUES(27,1,27,'01a22ccf-9681-7edc-a807-2df23cc49c4d','transaction_started','stations/CP02','01a22ccf-9681-701a-b524-360c8ac8f554','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22ccf-9681-701a-b524-360c8ac8f554","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"7d5f7a1705fc652f5f260a017d3d8cb7aeb061f811bf2ddc49969aae26ff7e10"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-9fceb08180782118a16f61aafbe6c821","answer":{"transaction":"01a22ccf-9681-701a-b524-360c8ac8f554","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"reservation":null,"told_at":null,"station_clock":null}',X'9DE1EB41E5533C277E398F615426B69D60D7F110045AEAA44D6BBECC433E2B6D',1);
INSERT INTO "facts" VALUES(28,1,28,'01a22ccf-9681-710b-a564-6afac715e98a','transaction_metered','stations/CP02','01a22ccf-9681-701a-b524-360c8ac8f554','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22ccf-9681-701a-b524-360c8ac8f554","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'208BA99A9D9A07F5059FF60E6915FE3E7F8EB70C595AA209E342C22054051405',1);
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
CREATE TABLE held_lists (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE inventories (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE ledger (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "ledger" VALUES('block_dictionary','"suspect","good","good","quality":[],"temperature_c":[],"soc_percent":[],"offered_w":[],"offered_a":[],"power_factor":[],"apparent_va":[],"reactive_var":[],"frequency_hz":[],"current_n_a":[],"export_wh":[],"import_l1_wh":[],"import_l2_wh":[],"import_l3_wh":[null,null,0,0,0,0.0,0.0,15000,16000,17000,18000,19000,21000,22000,23000,24000,25000,26000,27000,28000,29000,31000,32000,33000,34000,35000,36000,37000,38000,39000,41000,42000,43000,44000,45000,46000,47000,48000,49000,51000,52000,53000,54000,55000,56000,57000,58000,59000,{"start":"2026-01-01T00:00:00.000000Z","t":[0,10000,20000,30000,40000,50000],"t":[0],"t":[0,1000,2000,3000,4000,5000,6000,7000,8000,9000,10000,11000,12000,13000,14000],"import_wh":[],"power_w":[],"voltage_l1_v":[],"current_l1_a":[],"power_l1_w":[],"voltage_l2_v":[],"current_l2_a":[],"power_l2_w":[],"voltage_l3_v":[],"current_l3_a":[],"power_l3_w":[');
INSERT INTO "ledger" VALUES('retry_salt','6aa52fe20224368e0a2287f7af31603304f6a03dd8a468e32ccfce17c16e0cfb');
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "limits" VALUES('site','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud","at":"2026-03-02T12:45:00Z"}');
CREATE TABLE listed (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "meters" VALUES('house','{"id":"house","stale":true,"at":"2026-03-02T12:45:00Z","reason":"no answer","identity":null}');
CREATE TABLE monitors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "monitors" VALUES('CP02/7','{"station":"CP02","monitor":7,"component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false,"origin":null,"component_instance":null,"evse":1,"connector":null,"variable_instance":null,"stream":null}');
CREATE TABLE newest_said (
    station TEXT NOT NULL,
    slot TEXT NOT NULL,
    version TEXT NOT NULL,
    frame TEXT NOT NULL,
    PRIMARY KEY (station, slot)
) STRICT, WITHOUT ROWID;
INSERT INTO "newest_said" VALUES('CP01','boot','1.6','["BootNotification",{"chargePointVendor":"v","chargePointModel":"m"}]');
CREATE TABLE numbers_there (
    station TEXT NOT NULL,
    number INTEGER NOT NULL,
    there INTEGER NOT NULL,
    PRIMARY KEY (station, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "numbers_there" VALUES('CP01',7,7001);
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'D382FE1826F973B01E23E82D7AC803C5');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'837FBB994840C1D3DFE41EFE9FD8A05D');
INSERT INTO "personal" VALUES(27,'id_token','CARD1',X'312DE704EC0AF3B8893D5AED6CF995FC');
CREATE TABLE provisioned (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE quirks (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "quirks" VALUES('CP02','{"station":"CP02","learned":[{"quirk":"no_pong","at":"2026-03-02T12:45:00Z","evidence":"3 pings without a pong"}]}');
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
INSERT INTO "stations" VALUES('CP01','{"id":"CP01","connected":true,"ocpp":"1.6","address":"192.0.2.10","registration":null,"admitted":null,"vendor":null,"model":null,"firmware":null,"serial":null,"booted_at":null,"changed_at":"2026-03-02T12:00:00Z","silent_since":null,"boot":null,"security_profile":null,"password":null,"pinned_serial":null,"foreign_serial":null,"upgrading_to":null,"password_at":null,"certificates":[],"skew_s":null,"clock_fault":null,"skew_since":null}');
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
INSERT INTO "transactions" VALUES('01a22ccf-965a-72a0-9b5f-798e494f61c0','{"id":"01a22ccf-965a-72a0-9b5f-798e494f61c0","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[],"events_missed":0}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a22ccf-9681-701a-b524-360c8ac8f554','{"id":"01a22ccf-9681-701a-b524-360c8ac8f554","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[],"events_missed":0}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE TABLE untold (
    position INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    version TEXT NOT NULL,
    rank INTEGER NOT NULL,
    at TEXT NOT NULL,
    number INTEGER,
    frame TEXT NOT NULL
) STRICT;
INSERT INTO "untold" VALUES(1,'CP01','1.6',0,'2026-03-02T12:46:00.000000Z',7,'[2,"m1","MeterValues",{"connectorId":1,"meterValue":[]}]');
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "variables" VALUES('CP02/evse//1//power//actual','{"station":"CP02","component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","attribute":"actual","component_instance":null,"evse":1,"connector":null,"variable_instance":null,"value":"7","mutability":null,"data_type":null,"unit":null,"min_limit":null,"max_limit":null,"values":null}');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
CREATE INDEX untold_of_station ON untold (station, position);
COMMIT;
PRAGMA user_version = 6;
