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
INSERT INTO "answers" VALUES('69a57bc0-cb9160e1eda49066375a2249ece19253','{"key":"69a57bc0-cb9160e1eda49066375a2249ece19253","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","answer":{"transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-edf725f5bbc6b479ac10d6f48d5b7c0a','{"key":"69a5864c-edf725f5bbc6b479ac10d6f48d5b7c0a","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","answer":{"transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-54f72ad79c7604eb1d5f78d7d547bd9b','{"key":"69a58688-54f72ad79c7604eb1d5f78d7d547bd9b","transaction":"01a22c30-459b-708a-ba80-c500c328912c","answer":{"transaction":"01a22c30-459b-708a-ba80-c500c328912c","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
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
INSERT INTO "blocks" VALUES(1,1,1,X'01A22C30456C754AAF671337D324C8EB','meters/grid','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB81416088E20350CAD3338DAD050048D60DE7');
INSERT INTO "blocks" VALUES(2,1,2,X'01A22C30456C7C588F1FF6D06E6DBE58','stations/CP01/1','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82830708B2EB815E04A59AD85A008AEF08EB');
INSERT INTO "blocks" VALUES(3,1,3,X'01A22C30457076D6AF93D7F6F3249799','meters/grid','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB81416084E20350CAD3338DAD050048EC0DE8');
INSERT INTO "blocks" VALUES(4,1,4,X'01A22C3045707A559FA087EB22DA1923','stations/CP01/1','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82830708B2EB815E0485426C2D008AE808E9');
INSERT INTO "blocks" VALUES(5,1,5,X'01A22C30457376349851494331C4A352','meters/grid','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB8141608CE20350CAD3338DAD050049020DE9');
INSERT INTO "blocks" VALUES(6,1,6,X'01A22C30457377C9B07B4A5339410F4C','stations/CP01/1','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82830708B2EB815E340706436C2D008B0D08F0');
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
INSERT INTO "cursors" VALUES('cloud','A','aec7fa5bc60d2a04',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE displays (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "displays" VALUES('CP02/3','{"station":"CP02","message":3,"at":"2026-03-02T12:45:00Z","priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}],"state":null,"starts_at":null,"ends_at":null,"reference":null,"component":null,"component_instance":null,"evse":null,"connector":null}');
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'aec7fa5bc60d2a04','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a22c30-454f-73ed-90d1-ae20e979b19c','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"aec7fa5bc60d2a04","reason":"new ledger","previous":null}',X'15FB50417932036A55658E4346124F05781C165BFC5B7FA69B4F6C2B252DFF23',1);
INSERT INTO "facts" VALUES(2,1,2,'01a22c30-4554-7139-8da1-44ac648be54e','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'9D8C12B0890C6C39067E298C4A27E40580EEC8845B1BA348DB71A8904BE8CD9B',1);
INSERT INTO "facts" VALUES(3,1,3,'01a22c30-455c-7833-a48e-9020babeb0b8','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'C181409950A501EF5C563089763E4E12D0282C2F5C9F6DEDB1520345B98BFE6D',1);
INSERT INTO "facts" VALUES(4,1,4,'01a22c30-4560-7783-af1d-11401fb9e2e9','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"456faf5b5c08d238d1c2968796fd909566cbb38186732af69a07f261b9921639"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'2A5979A053810CCB7DE04427BC413392B5EDF99034A8D89D410D54145E14CCEA',1);
INSERT INTO "facts" VALUES(5,1,5,'01a22c30-4564-79c7-90dd-9f312a5581c0','transaction_started','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"a75cc714d76f4fa5ee09247ddcb24256d53b70555e5d32799cd7480054bfb06e"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-cb9160e1eda49066375a2249ece19253","answer":{"transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'1446764FEDD79026B27BD1F1B6B77DF72B0EE34FA5C8699A3DD770249964E855',1);
INSERT INTO "facts" VALUES(6,1,6,'01a22c30-4564-7ba4-8618-ca735f32e4a4','transaction_metered','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'B517CA10AE18CADC0C0B96C10192590DF985C6D1DE0424C234067ABCB636D0DA',1);
INSERT INTO "facts" VALUES(7,1,7,'01a22c30-456b-72e8-aaa9-f08a224cb022','transaction_metered','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'7480243DD1610998ED9DAB197FF1BFC29D1F2B85144B767BA07FFA4F625D81AE',1);
INSERT INTO "facts" VALUES(8,1,8,'01a22c30-456b-73ce-8200-9daf31fc2293','energy_transfer_started','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1}',X'15EC3A6719168A3D7A5320D4717EDAC1E24EDE310A76222D71CACDD870B7E455',1);
INSERT INTO "facts" VALUES(9,1,9,'01a22c30-4570-7cd4-8f1e-b29734c74c08','transaction_metered','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'9B7C558CD68B7F9735FF2D30D1BA56A14548AA7BD020B56CFB02FD446AA16F44',1);
INSERT INTO "facts" VALUES(10,1,10,'01a22c30-4572-7431-80ce-015f49c696f6','transaction_metered','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'14276490FC4A26EE75F49067A1BABE864F765CCFB21CD1A6769D865F7CE41591',1);
INSERT INTO "facts" VALUES(11,1,11,'01a22c30-4579-7eff-8998-13a3d51615e9','transaction_metered','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'24CE7D3E08E89E46B1C5385D164E51284A7B205A3936FC8C72ACE818D22ADA2B',1);
INSERT INTO "facts" VALUES(12,1,12,'01a22c30-4579-772b-8446-d94d01ab9f7d','transaction_ended','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-edf725f5bbc6b479ac10d6f48d5b7c0a","answer":{"transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'CCEF906892F71C11E94998A2FE771E4F063CB1CDFAA301B648F7DEED641159BB',1);
INSERT INTO "facts" VALUES(13,1,13,'01a22c30-4579-7bfb-b0c0-6b05f9e49fef','cdr_closed','stations/CP01','01a22c30-4564-7b22-8af8-53ac3e25a945','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a22c30-4564-7b22-8af8-53ac3e25a945","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'7CA88B286C49F680CE710B4B5CCBD359BD350C4EBF8158157EB974DDC9B0B61E',1);
INSERT INTO "facts" VALUES(14,1,14,'01a22c30-457b-734c-b304-a4c5660e4fa2','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'10C5BA1EB0DB9955DE7778FDB7BA59B5059073E02DF4ABDD4F0CB9D315C8069D',1);
INSERT INTO "facts" VALUES(15,1,15,'01a22c30-4585-774c-96a0-327057794c98','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'0A72B5BBEB2D817556ED9F8438BB36BBBB954A3A1336789E72662F217A6DEA61',1);
INSERT INTO "facts" VALUES(16,1,16,'01a22c30-4585-7fc1-9102-c5f4db7e9725','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'A45CEB94A58B7CA572DCBA23EE847123700C2C10EDA5E4D534ED44B420339C9C',1);
INSERT INTO "facts" VALUES(17,1,17,'01a22c30-4585-7ee3-b5e3-6bd0e2597e44','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'912B95E30070AC517639E052751E3A982D128B56A79C58D8F2B27CD1338CC421',1);
INSERT INTO "facts" VALUES(18,1,18,'01a22c30-458c-73b9-bdf2-37d39b300be4','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'31648A239B72066A284356330B03D04C836E74549F5522622E7CC1F4149A1CD2',1);
INSERT INTO "facts" VALUES(19,1,19,'01a22c30-458c-7744-b6f5-56745f458138','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'247DCFFD3B6BF94F8685CCF9A806D09DCD4781E2A9DA5D5C472CF591C2A1BE4D',1);
INSERT INTO "facts" VALUES(20,1,20,'01a22c30-458e-7554-9b58-ef95b96e35a9','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'26699AA59C00B3FD44A7551C7DB18C323E7AFACB352790A1CE22FC335121B42D',1);
INSERT INTO "facts" VALUES(21,1,21,'01a22c30-4594-70d9-a6fb-90e7394ba9c9','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'42B13BFBB7CAD1F2054892EB7B98D6E69C961A72882847D37E17DD224E007DBC',1);
INSERT INTO "facts" VALUES(22,1,22,'01a22c30-4596-74f4-bc36-8831db87fa44','variables_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","action":"NotifyReport","variables":[{"component":"EVSE","evse":1,"variable":"Power","attribute":"actual","value":"7"}],"left_out":0}',X'D0120CB08B9E271984F2F7C256F665814B643A6E7231226CE1C4B605F9D8B736',1);
INSERT INTO "facts" VALUES(23,1,23,'01a22c30-4596-7da2-a53c-f7bc1387c22d','monitors_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","monitors":[{"component":"EVSE","evse":1,"variable":"Power","monitor":7,"kind":"upper_threshold","value":11000.0,"severity":4,"transaction":false}],"left_out":0}',X'33C8B1092A2081D44EA1421290B2A767916BE1D0DC12A0A2E313FC31410A5EA9',1);
INSERT INTO "facts" VALUES(24,1,24,'01a22c30-4596-7cff-b120-a85717d8f81d','displays_changed','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","displays":[{"message":3,"priority":"in_front","texts":[{"text":"Oi","format":"utf8","language":"pt"}]}],"removed":[],"left_out":0}',X'480B6D4990F0821701B8DF2D402606E2639A9297544A4137C150A173C9A0B240',1);
INSERT INTO "facts" VALUES(25,1,25,'01a22c30-4596-7ab8-a206-88c0b33c3c35','outside_limit_set','stations/CP02',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP02","evse":0,"source":"ems","grid_critical":true,"local_generation":null,"schedules":[]}',X'C74411E52331093026EF92F3F76C7632B153FDC1EE281EE417BF5BB7C2B99655',1);
INSERT INTO "facts" VALUES(26,1,26,'01a22c30-459b-7ee6-b47e-173cf770aae7','transaction_started','stations/CP02','01a22c30-459b-708a-ba80-c500c328912c','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c30-459b-708a-ba80-c500c328912c","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"2a1c0f3ec08badf06fa6bbe13484d66fc284981a941ce108a1f5a7664921c63d"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-54f72ad79c7604eb1d5f78d7d547bd9b","answer":{"transaction":"01a22c30-459b-708a-ba80-c500c328912c","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'76F51BEAD3DC95049EA38F7D18058E6C18D1C01BD970EE17A28D400CF25D20C1',1);
INSERT INTO "facts" VALUES(27,1,27,'01a22c30-459b-7c0d-8f9f-ffdcce7ae3ee','transaction_metered','stations/CP02','01a22c30-459b-708a-ba80-c500c328912c','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a22c30-459b-708a-ba80-c500c328912c","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'E0167F866E4B4C46E6560D430DD67A301E488F838835E96FF132D89056776B3E',1);
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
INSERT INTO "ledger" VALUES('retry_salt','a690fbc4dd4cd0fd66d327d3149078adebd04809f9e6c33005a885d8bdb31a22');
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'CD61A16DA0BD350F8E1DD9FE67EC7478');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'4F75D16D8415F69187AFF26EB6D4E7DE');
INSERT INTO "personal" VALUES(26,'id_token','CARD1',X'2E7193B8D46B6C60F0092F8B5FA2D1D4');
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
INSERT INTO "transactions" VALUES('01a22c30-4564-7b22-8af8-53ac3e25a945','{"id":"01a22c30-4564-7b22-8af8-53ac3e25a945","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a22c30-459b-708a-ba80-c500c328912c','{"id":"01a22c30-459b-708a-ba80-c500c328912c","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE TABLE variables (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "variables" VALUES('CP02/evse//1//power//actual','{"station":"CP02","component":"EVSE","variable":"Power","at":"2026-03-02T12:45:00Z","attribute":"actual","component_instance":null,"evse":1,"connector":null,"variable_instance":null,"value":"7","mutability":null,"data_type":null,"unit":null,"min_limit":null,"max_limit":null,"values":null}');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
COMMIT;
PRAGMA user_version = 3;
