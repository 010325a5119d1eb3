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
INSERT INTO "answers" VALUES('69a57bc0-5bd6f6bc1defcb65d627b059d320a3b1','{"key":"69a57bc0-5bd6f6bc1defcb65d627b059d320a3b1","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","answer":{"transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-980184339fb5b826d92e285544bdeb1b','{"key":"69a5864c-980184339fb5b826d92e285544bdeb1b","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","answer":{"transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-886faeaa1d4c046a07087d316f84f5cf','{"key":"69a58688-886faeaa1d4c046a07087d316f84f5cf","transaction":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","answer":{"transaction":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
CREATE TABLE "blocks" (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    body ANY NOT NULL
) STRICT;
INSERT INTO "blocks" VALUES(1,1,1,'01a211c6-f79c-71f3-a55e-96b2be737fd8','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B43532CA18BE649604819A278149440F54C636B01B60B1700');
INSERT INTO "blocks" VALUES(2,1,2,'01a211c6-f79c-7eb0-a7b4-cda5f2c4be5b','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B43532CA18BE64960488012576C2D0066941204');
INSERT INTO "blocks" VALUES(3,1,3,'01a211c6-f79d-790c-a7d8-fef6baed6ea9','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B636CA18BE649604819A178149440F54C636B01B56F16FE');
INSERT INTO "blocks" VALUES(4,1,4,'01a211c6-f79d-7fec-b808-190bed869931','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B636CA18BE649604880022BB61600660B11FF');
INSERT INTO "blocks" VALUES(5,1,5,'01a211c6-f79e-7cf7-9014-ebf3c1c07975','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B13532CA18BE649604819A378149440F54C636B01B6EE1705');
INSERT INTO "blocks" VALUES(6,1,6,'01a211c6-f79e-7746-b22d-d2cae55a306d','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B13532CA18BE64960489803432BB616006739120C');
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
INSERT INTO "cursors" VALUES('cloud','A','ef21185791e68301',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'ef21185791e68301','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a211c6-f797-7d73-b688-c259366b9122','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"ef21185791e68301","reason":"new ledger","previous":null}',X'71D8FF0CA6C590F40FC42ECB249D676415A67236D8C2D9115E085D16A2282309',1);
INSERT INTO "facts" VALUES(2,1,2,'01a211c6-f798-75fe-8f8a-88aba2c418c2','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'4F8A66624309C0F199FC777DD3BEF54861EEEC063D44CF9794777A71C7F5B156',1);
INSERT INTO "facts" VALUES(3,1,3,'01a211c6-f799-7231-8102-c461d7dcd4f3','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'5E46C2FFD0C1EC32CBC68ED9C12C0A8F9E0168AD15E2A50B68A50CA3C97B654A',1);
INSERT INTO "facts" VALUES(4,1,4,'01a211c6-f79a-7c56-908a-66510c5a2132','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"6cc0a0d478ddd55f1e97c04f56d670e67cc62e93b1d3ec86b2718133201c0f2a"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'EA539DF9A1A65C341CA0E5ADE930E58C58CB9F97D4619DFD5B1BA27A575219FD',1);
INSERT INTO "facts" VALUES(5,1,5,'01a211c6-f79b-7461-8b4a-4caab49dd87f','transaction_started','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"ddf139986b36ef0f524ec96c94f8aef40b5f048a7405609173e5067955c2d540"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-5bd6f6bc1defcb65d627b059d320a3b1","answer":{"transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'1554598AC89C69CA279746DF5B81699A671A3BA964F234491DCA8C767CB551AF',1);
INSERT INTO "facts" VALUES(6,1,6,'01a211c6-f79b-7994-86a1-5b8bbcfa33f7','transaction_metered','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'6E72EA9C11EB5555F814076FF6AA9431624A068FEEE101A6292A4EA81BB540CD',1);
INSERT INTO "facts" VALUES(7,1,7,'01a211c6-f79c-76c0-88c3-819f163c95be','transaction_metered','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'416722A4AA669968DB806EE966DE8BC8EEDAF6BB624BE25990163332548D02B9',1);
INSERT INTO "facts" VALUES(8,1,8,'01a211c6-f79c-7f08-8b18-af0f35bdfc4e','energy_transfer_started','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1}',X'6858BFE64685D599FB0B870525B5CEF8A0EE180913AB089DACFF523946CA7EFE',1);
INSERT INTO "facts" VALUES(9,1,9,'01a211c6-f79d-7c86-befb-f59eff45b8ee','transaction_metered','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'1E346BD4ABC45AEE6BDD2CC9B5D75EA36C28515C662111A727A2E10ECFA2835B',1);
INSERT INTO "facts" VALUES(10,1,10,'01a211c6-f79e-75b2-a464-e985e0fde199','transaction_metered','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'015B67294A656E390646656FFAAFB9F87FC3FF927DCCFD0365AB77F1C4047C96',1);
INSERT INTO "facts" VALUES(11,1,11,'01a211c6-f79f-7133-9c2b-6e637a7294e6','transaction_metered','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'8D0FD6411E160E8EA5073221B2C60C6C923575C5D6C495D3A2B760076C3BA0CB',1);
INSERT INTO "facts" VALUES(12,1,12,'01a211c6-f79f-749b-be4b-6369929f56b5','transaction_ended','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-980184339fb5b826d92e285544bdeb1b","answer":{"transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'C30BA41AF6B35F59D663A5B9D5B9130298DBE43EB29C2BA28F45B5DE0774A8D6',1);
INSERT INTO "facts" VALUES(13,1,13,'01a211c6-f79f-7896-9998-619e58533963','cdr_closed','stations/CP01','01a211c6-f79b-7d88-a9c8-5ce158e68ef9','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'795E264BDC061EE23F9D1113B649087004325BD979C27CED3DA43738EA02ABC1',1);
INSERT INTO "facts" VALUES(14,1,14,'01a211c6-f7a0-7ea8-804e-a5bdd7ef47db','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'F5AE7058D772025633EF23A1232B0147C07716F2DD76D3FD677D11F08A002851',1);
INSERT INTO "facts" VALUES(15,1,15,'01a211c6-f7a2-777f-82ba-963b9c35591e','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'7691353F065BC11D10BB1F37D3926CCCE0157539417A3B3CA51E0546E3AB113E',1);
INSERT INTO "facts" VALUES(16,1,16,'01a211c6-f7a2-7559-8026-e8ce04576ce4','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'E992490F36AA37331ED300A2F444FDB6FF4AEA4D8F9821764E149E3B89B8F1A7',1);
INSERT INTO "facts" VALUES(17,1,17,'01a211c6-f7a2-76de-b26e-5724e7195a41','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'CCF95DF1A0176016D430C7C43CA4472F24CED70E19FA06A5D9A01CB1076DAED3',1);
INSERT INTO "facts" VALUES(18,1,18,'01a211c6-f7a3-790f-986e-dff3c9aa6714','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'531A384935714199447E8824552B582A85404CEFDF6529ECFF358712B98804EC',1);
INSERT INTO "facts" VALUES(19,1,19,'01a211c6-f7a3-71e4-a6fd-ead10eca7bee','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'261DDDB6273B754236B85D2C3261003540263D52C9E6D6CAD4AB655F1C77B336',1);
INSERT INTO "facts" VALUES(20,1,20,'01a211c6-f7a4-730d-95a9-e14efdee84d7','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'D721541C9E9942F53820B1440DC0CF0429E3586149D710D5888646F7AFCF58A0',1);
INSERT INTO "facts" VALUES(21,1,21,'01a211c6-f7a5-7242-88d5-8b4cea9d28aa','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'298A3D3D1CE9AFEB021919554BD229F84EA003DCD73ED3AFA48232DAD5B96941',1);
INSERT INTO "facts" VALUES(22,1,22,'01a211c6-f7a6-7896-987f-f2829b696182','transaction_started','stations/CP02','01a211c6-f7a6-7f91-8b3f-b5baa2805c21','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"0612581298d65ae33b298e9da7e5f04877715e1148abdf514ab32c10718e13aa"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-886faeaa1d4c046a07087d316f84f5cf","answer":{"transaction":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'AB8B7ADEE49425F28A22AA6D8C35E531E52074CB2609AAD20B490477A8D1868C',1);
INSERT INTO "facts" VALUES(23,1,23,'01a211c6-f7a6-7582-a6ad-7b86b5feb914','transaction_metered','stations/CP02','01a211c6-f7a6-7f91-8b3f-b5baa2805c21','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'0C71068D2BC11D2BD24C111B447F722BDEDC573EE9853B5331C5C0110296AF6F',1);
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
INSERT INTO "ledger" VALUES('retry_salt','19a2b83f44728650887b3499346009ebff7a223159f331a3a279dded8497e71c');
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'71DFE7F08B2590C0D5EABCE131C33320');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'3046F2B8AFC5A9BDEABD7163766831AE');
INSERT INTO "personal" VALUES(22,'id_token','CARD1',X'1A80BA1852CC9E33319EF0ABDC285225');
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
INSERT INTO "transactions" VALUES('01a211c6-f79b-7d88-a9c8-5ce158e68ef9','{"id":"01a211c6-f79b-7d88-a9c8-5ce158e68ef9","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a211c6-f7a6-7f91-8b3f-b5baa2805c21','{"id":"01a211c6-f7a6-7f91-8b3f-b5baa2805c21","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 2;
