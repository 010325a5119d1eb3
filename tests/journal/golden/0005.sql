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
INSERT INTO "answers" VALUES('69a57bc0-5770703895c90a7a3fa174810a07b709','{"key":"69a57bc0-5770703895c90a7a3fa174810a07b709","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","answer":{"transaction":"01a22c75-d957-77ae-a897-ea45b5836159","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-1196403f9164524cdbd4342a2095ed1d','{"key":"69a5864c-1196403f9164524cdbd4342a2095ed1d","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","answer":{"transaction":"01a22c75-d957-77ae-a897-ea45b5836159","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-ff078fa7c20c946c178b6f9123ac5cc8','{"key":"69a58688-ff078fa7c20c946c178b6f9123ac5cc8","transaction":"01a22c75-d96d-7049-b0e0-48c0b645500a","answer":{"transaction":"01a22c75-d96d-7049-b0e0-48c0b645500a","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
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
INSERT INTO "blocks" VALUES(1,1,1,X'01A22C75D95A76FF823A4F9B52A1EF75','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A22C75D95A7E5AA2A230973181E0CA','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A22C75D95C723AA0DF431097452930','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A22C75D95C74E0A48A8FDC35DB9289','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A22C75D95D76149085FA2AB8C11D85','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A22C75D95D7D368CE3E154DCB6F8D1','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
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
INSERT INTO "cursors" VALUES('cloud','A','f0722d9d531c2d9d',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "displays" VALUES('CP02/3','{"station":"CP02","message":3,"at":"2026-03-02T12:45:00Z","priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}],"state":null,"starts_at":null,"ends_at":null,"reference":null,"component":null,"component_instance":null,"evse":null,"connector":null}');
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'f0722d9d531c2d9d','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a22c75-d951-7bb4-8a38-e10831ae15be','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"f0722d9d531c2d9d","reason":"new ledger","previous":null}',X'8E4FC170C487409C5644FA55917C8AC9AA1FB7C415354C26032660538267344E',1);
INSERT INTO "facts" VALUES(2,1,2,'01a22c75-d952-7ce8-a0e7-4445359c93d2','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'1884AA5E0A059D68286A006D450B2DFE7BF26FE7751542C37AD78D3CC32B6DBF',1);
INSERT INTO "facts" VALUES(3,1,3,'01a22c75-d954-7189-8563-00b7d695368d','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'E7AAF50829DD35EE848032550C3225DAF6C9FCAED1DB38B29286AADACB338704',1);
INSERT INTO "facts" VALUES(4,1,4,'01a22c75-d956-71be-b31c-9d596b5046b3','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"53c1329393b4dca39e44949b26cd109c0bbf78691d484de3e22d96ed0307c3e6"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'705D0D1B3D757A263022481E1690FBF510F77DC4FBA5621F914C8E9E575F10BA',1);
INSERT INTO "facts" VALUES(5,1,5,'01a22c75-d958-7760-88a8-00522676fa51','transaction_started','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"90e7a67705ad875b9796e41ea6d78e9a7bfa24c93aaec310c8d54cc310197e26"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-5770703895c90a7a3fa174810a07b709","answer":{"transaction":"01a22c75-d957-77ae-a897-ea45b5836159","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"reservation":null,"told_at":null,"station_clock":null}',X'29A28BE6FD4703F1E37E4BFE366610452A08861C6F9B2390971C8D17D366D34E',1);
INSERT INTO "facts" VALUES(6,1,6,'01a22c75-d958-705b-b31f-65cbad42648e','transaction_metered','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'D6DE8B8A7F8D409990220AE4F799B0E90314BDA569F5C35F7761C753716B51EA',1);
INSERT INTO "facts" VALUES(7,1,7,'01a22c75-d95a-74bc-8f04-c02ce10e1a0b','transaction_metered','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'51F8B4537A09C8658E1F106095D6F3A8927CB537BDC89746BC905EE0F2A661CA',1);
INSERT INTO "facts" VALUES(8,1,8,'01a22c75-d95a-778d-80a5-f1c56891554f','energy_transfer_started','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1}',X'5428425692A59471C7597EF3CDB3AAA3986E50D6C1A20B0CAF9653A30C4BE0C7',1);
INSERT INTO "facts" VALUES(9,1,9,'01a22c75-d95b-7619-9c9e-197ce04c9c66','transaction_metered','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'995B5B497C7F2BC90F22CA21893EDDE744D8DDE76E0EE56B11F1B4381D6DF3D7',1);
INSERT INTO "facts" VALUES(10,1,10,'01a22c75-d95d-73bc-b04a-938b43664a27','transaction_metered','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'90217B6806278EFE3FF1EE9A5077360101C910CDC9A53F4B02D87473E7155453',1);
INSERT INTO "facts" VALUES(11,1,11,'01a22c75-d95f-77e3-82de-8734a0e94af3','transaction_metered','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'FC8A2EB385D5E672ECB16494B4528BAAC7C26015019DEA01BF050F6F9017A31D',1);
INSERT INTO "facts" VALUES(12,1,12,'01a22c75-d95f-7529-819d-ac3cb3cb881d','transaction_ended','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-1196403f9164524cdbd4342a2095ed1d","answer":{"transaction":"01a22c75-d957-77ae-a897-ea45b5836159","number":1,"authorization":null,"group":null,"cost":"20.00"},"told_at":null,"station_clock":null}',X'06D55BEC47362F03A4D97054EBE88BE5983DD4710405CCAA9A686F731ED7E76A',1);
INSERT INTO "facts" VALUES(13,1,13,'01a22c75-d95f-786d-91e1-25edeea83554','cdr_closed','stations/CP01','01a22c75-d957-77ae-a897-ea45b5836159','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c75-d957-77ae-a897-ea45b5836159","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'06967CDA4B4FFA7598F160D592F0E56BC8C5CDEDBA9F8292BAFA063A95804B04',1);
INSERT INTO "facts" VALUES(14,1,14,'01a22c75-d961-7d00-89fc-3bc217b70e34','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null,"told_at":null}',X'F86F663FA455193220350ED961F0768A8CA3A13AFB320750B417D1898454BD8B',1);
INSERT INTO "facts" VALUES(15,1,15,'01a22c75-d965-7c6f-ba6e-c380f2fdf7c4','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'B778E51D4896826DD15F992D993CC6787DF3D9C4A78F9FD1B4A70DB8F14417FA',1);
INSERT INTO "facts" VALUES(16,1,16,'01a22c75-d965-77de-919f-00a890d470dd','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'056BFAB4830DACD733BD103BD39B668E0225FA6CD5FFD0593D6FF96138631A14',1);
INSERT INTO "facts" VALUES(17,1,17,'01a22c75-d965-72c7-95c5-62f6609c5d6a','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'E1DBA2107D8CFC4D8254D8DAB47CCDF9895DC795869CDF71C19DB7C1B22FBCDA',1);
INSERT INTO "facts" VALUES(18,1,18,'01a22c75-d967-7ebb-a385-78d77b70dd81','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'2A10D53F5A47B96F1808182371DF37C28840C8492C0E4708804C4B1A276A9465',1);
INSERT INTO "facts" VALUES(19,1,19,'01a22c75-d967-7b7c-a79c-c1364ab3b47a','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'075B91C772EA5B2AEF5E06BF62142CB1EDB909E50A7EE5B95DA8804F989A3076',1);
INSERT INTO "facts" VALUES(20,1,20,'01a22c75-d968-771b-90c1-8dd4c681cce6','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'3A5646D79CBBA414ABBFA5F63419E588EB5EAB5E3E1BB68F8AFDC62591926EFC',1);
INSERT INTO "facts" VALUES(21,1,21,'01a22c75-d96a-781f-9b55-e37db1d6dea6','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'65F8F4B0152331B4BF3337613FF412D42483CB63EFBF08682C7EE55557F5D1BA',1);
INSERT INTO "facts" VALUES(22,1,22,'01a22c75-d96b-78b9-bbb7-566f3467b7c7','variables_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","action":"NotifyReport","variables":[{"component":"EVSE","evse":1,"variable":"Power","attribute":"actual","value":"7"}],"left_out":0}',X'48B76CA2E7FAD8652DBE82460A02C07636F27AA6553319E443547A527E430537',1);
INSERT INTO "facts" VALUES(23,1,23,'01a22c75-d96b-70cb-8e86-0a2c19b225fe','monitors_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","monitors":[{"component":"EVSE","evse":1,"variable":"Power","monitor":7,"kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false}],"removed":[],"left_out":0}',X'4E9B1D8321B768587D7C04C54C7C11E41B6BF955A7D589BBBF0CBCAD16A945F6',1);
INSERT INTO "facts" VALUES(24,1,24,'01a22c75-d96b-7f15-a96e-ed0804a2c4c3','displays_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","displays":[{"message":3,"priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}]}],"removed":[],"left_out":0}',X'6AF17E06755D939B385EA2761FAEA8CDFBDB4C2519AB3336706EB31E505B484B',1);
INSERT INTO "facts" VALUES(25,1,25,'01a22c75-d96b-705e-a32b-d67a2896ead8','outside_limit_set','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","evse":0,"source":"ems","grid_critical":true,"local_generation":null,"schedules":[]}',X'F5705913B620F3742E1FEF2442A8021D10030D8B888559F2315DD98ECD21ED93',1);
INSERT INTO "facts" VALUES(26,1,26,'01a22c75-d96b-74d2-9b1b-01d83fc3a270','station_quirk_learned','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","quirk":"no_pong","evidence":"3 pings without a pong","model":null,"firmware":"1.0"}',X'236F6D5D27D520EC893A87A1F509C874262274889A7F14B36C63BB5632FACE1C',1);
INSERT INTO "facts" VALUES(27,1,27,'01a22c75-d96e-73d5-a282-2d30fc9290b2','transaction_started','stations/CP02','01a22c75-d96d-7049-b0e0-48c0b645500a','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c75-d96d-7049-b0e0-48c0b645500a","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"2db0da67aa2bc316fe95dfeccf878d1219e0ba7e09ee7bf896d3d622f4ee9907"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-ff078fa7c20c946c178b6f9123ac5cc8","answer":{"transaction":"01a22c75-d96d-7049-b0e0-48c0b645500a","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false,"reservation":null,"told_at":null,"station_clock":null}',X'F278D2737E6042E05E7C4511E07C6A70625677C57523D231BD7617FEEA0E83B2',1);
INSERT INTO "facts" VALUES(28,1,28,'01a22c75-d96e-7ccc-bc87-8d904bcbb211','transaction_metered','stations/CP02','01a22c75-d96d-7049-b0e0-48c0b645500a','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c75-d96d-7049-b0e0-48c0b645500a","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null,"encoding_method":null,"signing_method":null,"public_key":null}',X'39C0918954F3F49A718F6DB7A57D87A0563166C05BA64730461AC737A876717D',1);
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
INSERT INTO "ledger" VALUES('retry_salt','e8a2748ab14e910b60743fe341b97c11daa63a296d1f5ec6d99a1906a17f2764');
CREATE TABLE limits (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "limits" VALUES('site','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud","at":"2026-03-02T12:45:00Z"}');
CREATE TABLE listed (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE meters (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "meters" VALUES('house','{"id":"house","stale":true,"at":"2026-03-02T12:45:00Z","reason":"no answer","identity":null}');
CREATE TABLE monitors (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "monitors" VALUES('CP02/7','{"station":"CP02","monitor":7,"component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false,"origin":null,"component_instance":null,"evse":1,"connector":null,"variable_instance":null,"stream":null}');
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'921ABD0F4BD4EFB33027FDA52D0C6C08');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'3A1B60B3C097BEDF53F3D741096D126C');
INSERT INTO "personal" VALUES(27,'id_token','CARD1',X'D5A24E9CB89C318BCC641CABC1F781EA');
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
INSERT INTO "transactions" VALUES('01a22c75-d957-77ae-a897-ea45b5836159','{"id":"01a22c75-d957-77ae-a897-ea45b5836159","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[],"events_missed":0}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a22c75-d96d-7049-b0e0-48c0b645500a','{"id":"01a22c75-d96d-7049-b0e0-48c0b645500a","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"told_at":null,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[],"events_missed":0}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "variables" VALUES('CP02/evse//1//power//actual','{"station":"CP02","component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","attribute":"actual","component_instance":null,"evse":1,"connector":null,"variable_instance":null,"value":"7","mutability":null,"data_type":null,"unit":null,"min_limit":null,"max_limit":null,"values":null}');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 5;
