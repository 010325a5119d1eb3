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
INSERT INTO "answers" VALUES('69a57bc0-3d6a61c82b41dc48ac3507ef0529ad8d','{"key":"69a57bc0-3d6a61c82b41dc48ac3507ef0529ad8d","transaction":"01a211af-dc92-7c11-990e-7b48de901676","answer":{"transaction":"01a211af-dc92-7c11-990e-7b48de901676","number":1,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:00:00Z"}');
INSERT INTO "answers" VALUES('69a5864c-bf92c9b291478512362a5cfdcb916d70','{"key":"69a5864c-bf92c9b291478512362a5cfdcb916d70","transaction":"01a211af-dc92-7c11-990e-7b48de901676","answer":{"transaction":"01a211af-dc92-7c11-990e-7b48de901676","number":1,"authorization":null,"group":null,"cost":"20.00"},"at":"2026-03-02T12:45:00Z"}');
INSERT INTO "answers" VALUES('69a58688-1733b789e809665cabf9c1460cb42cef','{"key":"69a58688-1733b789e809665cabf9c1460cb42cef","transaction":"01a211af-dc9f-79ba-a936-bef17aef838c","answer":{"transaction":"01a211af-dc9f-79ba-a936-bef17aef838c","number":2,"authorization":"accepted","group":null,"cost":null},"at":"2026-03-02T12:46:00Z"}');
CREATE TABLE "blocks" (
    position INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epochs (number),
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    samples INTEGER NOT NULL,
    body ANY NOT NULL
) STRICT;
INSERT INTO "blocks" VALUES(1,1,1,'01a211af-dc94-77b9-b52f-8e508a760dbc','meters/grid','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B43532CA18BE649604819A278149440F54C636B01B60B1700');
INSERT INTO "blocks" VALUES(2,1,2,'01a211af-dc94-791f-82a1-b528e066d6a9','stations/CP01/1','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B43532CA18BE64960488012576C2D0066941204');
INSERT INTO "blocks" VALUES(3,1,3,'01a211af-dc95-7e08-acc0-f7050c683b30','meters/grid','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B636CA18BE649604819A178149440F54C636B01B56F16FE');
INSERT INTO "blocks" VALUES(4,1,4,'01a211af-dc95-7a13-9210-baf06bd6949d','stations/CP01/1','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B636CA18BE649604880022BB61600660B11FF');
INSERT INTO "blocks" VALUES(5,1,5,'01a211af-dc96-72a6-92be-3c07c100422b','meters/grid','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B13532CA18BE649604819A378149440F54C636B01B6EE1705');
INSERT INTO "blocks" VALUES(6,1,6,'01a211af-dc96-7233-9332-a19eba1d1eb9','stations/CP01/1','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z',1,X'78F984C2EF82430F5D635D03A31043232B13532CA18BE64960489803432BB616006739120C');
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
INSERT INTO "cursors" VALUES('cloud','A','73dc7e8bfbc28cf5',5);
CREATE TABLE desired (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE epochs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
INSERT INTO "epochs" VALUES(1,'73dc7e8bfbc28cf5','2026-03-02T12:00:00.000000Z','new ledger');
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
INSERT INTO "facts" VALUES(1,1,1,'01a211af-dc8e-712b-9fbe-b7c15b35c8ed','epoch_started','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"epoch":"73dc7e8bfbc28cf5","reason":"new ledger","previous":null}',X'0A5CF0FB05AE65DDDE5B8B2B346EDBFE5B670F13130B998901922A25EDC0C3F5',1);
INSERT INTO "facts" VALUES(2,1,2,'01a211af-dc8f-7a40-8864-9ddbadec61ba','site_configured','',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","configuration":{"currency":"BRL","timezone":"America/Sao_Paulo","strategy":"fair","stations":{"CP01":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]},"CP02":{"circuit":"main","priority":0,"tariff":"default","evses":[{"id":1,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"},{"id":2,"max_a":32.0,"phases":["L1","L2","L3"],"wiring":"neutral"}]}},"supply":{"phases":3,"voltage_v":230.0,"limit_a":63.0,"building_max_a":0.0,"margin_a":0.0,"fallback_a":null,"demand_limit_w":null,"circuits":[]},"tariffs":{"default":{"name":"default","energy_kwh":"2.00","session":"0","idle_minute":"0","idle_after_s":0,"periods":[],"tax_percent":"0","revision":0,"digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}}}}',X'6F743BD46CE3852A3206ED938D7BD17087FFD73A89C17188B6DF830ED18E2D33',1);
INSERT INTO "facts" VALUES(3,1,3,'01a211af-dc90-7a13-b866-9a3920874720','station_connected','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","ocpp":"1.6","address":"192.0.2.10"}',X'67F8CA3196F8A738ED0830F975AABD8CFB795B6E898DF10D9BBAD7140D8B5461',1);
INSERT INTO "facts" VALUES(4,1,4,'01a211af-dc91-7de1-ad1b-ff21942ec48b','token_decided','stations/CP01',NULL,'2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","id_token":{"commitment":"da377dd903d9114b6fe1cfa2dce5976fe2e1d4a1f7a825c0fd9c7fd30f752adb"},"kind":"ISO14443","status":"blocked","source":"list","group":null,"language":null,"expires_at":null,"transaction":null,"retry_key":null,"answer":null}',X'B2B42B46DEF78AAE7BC31D539A84159628E357AA8CAE32D9C5E7FD7F57F0A47E',1);
INSERT INTO "facts" VALUES(5,1,5,'01a211af-dc93-7675-8188-740edde27fa4','transaction_started','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"connector":1,"number":1,"reference":"1","id_token":{"commitment":"0e86e27f114911d2952ed04ce4a55e21d36827c037e3e24de08b71bf182351cd"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a57bc0-3d6a61c82b41dc48ac3507ef0529ad8d","answer":{"transaction":"01a211af-dc92-7c11-990e-7b48de901676","number":1,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'E7A6C9F16F02907D0C56976AA0E3EA0CC4DA0BFF93B8DD26A1AC225BF6D493E5',1);
INSERT INTO "facts" VALUES(6,1,6,'01a211af-dc93-72cb-acdd-c7c2d7125f68','transaction_metered','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:00:00.000000Z','2026-03-02T12:00:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"import_wh":1000000,"reason":"begin","quality":"good","source":"stations/CP01/1","signed":null}',X'B632A64FCC3B286D700DA3F7E5FE3B5167DD7E799670C17287E34BF095593B33',1);
INSERT INTO "facts" VALUES(7,1,7,'01a211af-dc94-7d0d-842d-513ba3113732','transaction_metered','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"import_wh":1002500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'D57AFF66302BFB72BD3E764A170ACCA7A54262F38943EEA2BA859B8501933805',1);
INSERT INTO "facts" VALUES(8,1,8,'01a211af-dc94-7077-bd01-ff62eac3f614','energy_transfer_started','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:15:00.000000Z','2026-03-02T12:15:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1}',X'BE1291F706DB19BA3152EAFB443AB716B7E585666FBC08F10F035572620F1EFA',1);
INSERT INTO "facts" VALUES(9,1,9,'01a211af-dc95-79bc-ab61-dd6e2833c24c','transaction_metered','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:30:00.000000Z','2026-03-02T12:30:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"import_wh":1005000,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'AD70B3274ADD8F19E08F92155118A8EA1DCF9DF7C8C2516E02860932806EA6DE',1);
INSERT INTO "facts" VALUES(10,1,10,'01a211af-dc96-7ab8-b9e7-d018d332e870','transaction_metered','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"import_wh":1007500,"reason":"periodic","quality":"good","source":"stations/CP01/1","signed":null}',X'012356557B41A60526BB49C354DABD73E60DD5870D047395B7919D52D7917929',1);
INSERT INTO "facts" VALUES(11,1,11,'01a211af-dc98-7ba0-a8f4-76dc4370630e','transaction_metered','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"import_wh":1010000,"reason":"end","quality":"good","source":"stations/CP01/1","signed":null}',X'386615C6006361CD246A10B9D658B4222D68219636D69E0AE783BA989F7BA501',1);
INSERT INTO "facts" VALUES(12,1,12,'01a211af-dc98-7be3-b098-019ee1b3b54e','transaction_ended','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"reason":"local","id_token":null,"seq_no":null,"retry_key":"69a5864c-bf92c9b291478512362a5cfdcb916d70","answer":{"transaction":"01a211af-dc92-7c11-990e-7b48de901676","number":1,"authorization":null,"group":null,"cost":"20.00"}}',X'5E19DEEE9FAECE263FB3BB697D11659E8D968E4BFDF38B7B58FC06DC001A74FE',1);
INSERT INTO "facts" VALUES(13,1,13,'01a211af-dc98-7a5a-8969-eeec5cbc408d','cdr_closed','stations/CP01','01a211af-dc92-7c11-990e-7b48de901676','2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","transaction":"01a211af-dc92-7c11-990e-7b48de901676","evse":1,"started_at":"2026-03-02T12:00:00Z","ended_at":"2026-03-02T12:45:00Z","energy_wh":10000,"idle_s":0,"currency":"BRL","total":"20.00","tax":"0.00","lines":[{"kind":"energy","quantity":"10.000","unit":"kWh","price":"2.00","amount":"20.00","period":""}],"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d"}',X'CE04A4AA3DE5D2AEFEEE5ED659B472E76E078106FB3659823C92F9708F5DC265',1);
INSERT INTO "facts" VALUES(14,1,14,'01a211af-dc99-7ea8-95aa-48b552e868c3','station_status_changed','stations/CP01',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"station":"CP01","evse":1,"connector":1,"status":"finishing","error":null,"info":null}',X'E65E1FE774FF6280E862ABB17870E0D5750714A564208C4C95EB21E70BD678AA',1);
INSERT INTO "facts" VALUES(15,1,15,'01a211af-dc9b-7f4a-a12a-02ee48c0b632','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","name":"set_limit","args":{"target":"site","limit_a":40},"id_token":null,"private":null,"by":"cloud","proof":null,"expires_at":null,"wait":false}',X'49F36F6F720301BB950E9668C39F80536913F77026326E53C245167992F7221F',1);
INSERT INTO "facts" VALUES(16,1,16,'01a211af-dc9b-7967-a739-e9929a74ad31','policy_limit_changed','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"target":"site","limit_a":40,"limit_w":null,"until":null,"by":"cloud"}',X'EAC91F7AEDB34D2F56EA76FF668059F2A628A7D4042358C5A53894BE1DB460C8',1);
INSERT INTO "facts" VALUES(17,1,17,'01a211af-dc9b-7b2c-b029-64508d134cab','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c1","state":"done","reason":null,"result":{"target":"site"}}',X'21124677F23DA016C61A69E0F43B13B1D2C6003A7E11393A4BB169B805FA89FF',1);
INSERT INTO "facts" VALUES(18,1,18,'01a211af-dc9c-7301-8e6a-edf82c0734ce','command_received','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","name":"reset","args":{"station":"CP01","kind":"soft"},"id_token":null,"private":null,"by":"page","proof":null,"expires_at":null,"wait":false}',X'37F3C5477B903FE34E072FDB649F4CDFE9F289EBDAF4BA5AB4D572EF637CF204',1);
INSERT INTO "facts" VALUES(19,1,19,'01a211af-dc9c-71a4-9224-f93f97a1faf8','command_dispatched','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","remote_start_id":null}',X'3EF866FE5BA3E45033D0E3CCC31CC27A4E12498D445A10D484EBF6832D1CB00F',1);
INSERT INTO "facts" VALUES(20,1,20,'01a211af-dc9d-75fc-87e2-e11d4811c6b7','command_ended','',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"command":"c2","state":"done","reason":null,"result":{"status":"Accepted"}}',X'B4CDC5A749ADF4C35208A849D926FBE7E64C34A155DD75F832A9ECE91D3F646B',1);
INSERT INTO "facts" VALUES(21,1,21,'01a211af-dc9e-7db0-8df2-062e5863050d','meter_stale','meters/house',NULL,'2026-03-02T12:45:00.000000Z','2026-03-02T12:45:00.000000Z','synced','{"meter":"house","reason":"no answer"}',X'5BA7A720ABC98542FE5F7F276C41E9B193E0E45D717DC342FDC15EF5ADFA9B4D',1);
INSERT INTO "facts" VALUES(22,1,22,'01a211af-dc9f-71dc-8c75-ca955ffb5084','transaction_started','stations/CP02','01a211af-dc9f-79ba-a936-bef17aef838c','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211af-dc9f-79ba-a936-bef17aef838c","evse":2,"connector":1,"number":2,"reference":"2","id_token":{"commitment":"2108f4371d46bd7e06a814950760ec50ba2b60e95c854816827d94c740987ecd"},"id_token_kind":"ISO14443","authorization":"accepted","seq_no":null,"ocpp":"1.6","retry_key":"69a58688-1733b789e809665cabf9c1460cb42cef","answer":{"transaction":"01a211af-dc9f-79ba-a936-bef17aef838c","number":2,"authorization":"accepted","group":null,"cost":null},"tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","remote_start":null,"offline":false,"adopted":false}',X'30437D899EC92A451FB267B60921ABEE62C7D169F83C865F5CD6BA125448A72E',1);
INSERT INTO "facts" VALUES(23,1,23,'01a211af-dc9f-724f-9376-9cb79e176f70','transaction_metered','stations/CP02','01a211af-dc9f-79ba-a936-bef17aef838c','2026-03-02T12:46:00.000000Z','2026-03-02T12:46:00.000000Z','synced','{"station":"CP02","transaction":"01a211af-dc9f-79ba-a936-bef17aef838c","evse":2,"import_wh":77000,"reason":"begin","quality":"good","source":"stations/CP02/2","signed":null}',X'B3275B3ECFE347A591F4BEF945F9B8770FE48A7236A933C50981C1C3B91C4A1A',1);
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
INSERT INTO "ledger" VALUES('retry_salt','79e8f9baf9332b95c92be347417c69cec6514765942e3cb6fc578eed36cfad4e');
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
INSERT INTO "personal" VALUES(4,'id_token','CARD2',X'FD990D845E2338CA4FDFA8E539E17CFB');
INSERT INTO "personal" VALUES(5,'id_token','CARD1',X'1FB668B7ABF33E8F07ACA3AB69E46D5F');
INSERT INTO "personal" VALUES(22,'id_token','CARD1',X'98EA673C241EA1B79147A2317946099E');
CREATE TABLE reservations (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE site (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
INSERT INTO "site" VALUES('site','{"digest":"2c9938b8aec21d0f87824bca3b7ed50c2653568230682815fc481b4104e8e638","fallback":null,"storage":null}');
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
INSERT INTO "transactions" VALUES('01a211af-dc92-7c11-990e-7b48de901676','{"id":"01a211af-dc92-7c11-990e-7b48de901676","station":"CP01","evse":1,"connector":1,"number":1,"reference":"1","ocpp":"1.6","started_at":"2026-03-02T12:00:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"ended","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":"2026-03-02T12:15:00Z","idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:00:00Z","import_wh":1000000,"quality":"good","signed":false},{"at":"2026-03-02T12:15:00Z","import_wh":1002500,"quality":"good","signed":false},{"at":"2026-03-02T12:30:00Z","import_wh":1005000,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1007500,"quality":"good","signed":false},{"at":"2026-03-02T12:45:00Z","import_wh":1010000,"quality":"good","signed":false}],"ended_at":"2026-03-02T12:45:00Z","end_reason":"local","remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":"20.00","currency":"BRL","departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP01','1','ended','2026-03-02T12:00:00.000000Z');
INSERT INTO "transactions" VALUES('01a211af-dc9f-79ba-a936-bef17aef838c','{"id":"01a211af-dc9f-79ba-a936-bef17aef838c","station":"CP02","evse":2,"connector":1,"number":2,"reference":"2","ocpp":"1.6","started_at":"2026-03-02T12:46:00Z","tariff":"default","tariff_digest":"6f74ac195cc04a201584817ff421a776a15ada480a2f4c836e59bb49d5250e2d","state":"active","id_token":"CARD1","authorization":"accepted","charging_state":null,"transfer_started_at":null,"idle_since":null,"idle_s":0,"seq_no":null,"meterings":[{"at":"2026-03-02T12:46:00Z","import_wh":77000,"quality":"good","signed":false}],"ended_at":null,"end_reason":null,"remote_start":null,"offline":false,"adopted":false,"clock_offset_ms":0,"total":null,"currency":null,"departure_at":null,"wanted_wh":null,"max_cost":null,"payments":[]}','CP02','2','active','2026-03-02T12:46:00.000000Z');
CREATE INDEX facts_of_transaction ON facts (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX transactions_by_start ON transactions (started_at, key);
CREATE INDEX transactions_by_reference ON transactions (reference, station);
CREATE INDEX transactions_active ON transactions (state) WHERE state = 'active';
CREATE INDEX blocks_by_minute ON blocks (substr(started_at, 1, 16));
COMMIT;
PRAGMA user_version = 2;
