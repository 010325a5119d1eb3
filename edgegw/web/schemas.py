"""JSON Schemas of what the API takes and answers. Rows of the model are described by the model's own types."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import TypeAdapter

from edgegw.core.commands.schemas import arguments
from edgegw.core.passwords import LEAST, MOST
from edgegw.files import StoredFile
from edgegw.hub import Storage
from edgegw.journal.reader import StoredFact
from edgegw.model.commands import CATALOGUE, CommandName, Outcome
from edgegw.model.facts import FACTS
from edgegw.model.samples import QUANTITIES
from edgegw.model.site import Supply, TokenStatus
from edgegw.model.state import (
    Alert,
    ConnectorState,
    LearnedPhases,
    Metering,
    Payment,
    PolicyLimit,
    StationCertificate,
    StationState,
    Transaction,
    VariableState,
)
from edgegw.web.power import CURRENTS
from edgegw.web.problems import TYPES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
YES_NO: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
MONEY: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
TOKEN_STATUS: Schema = {"enum": list(get_args(TokenStatus))}
ANY_OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """`schema` or null."""
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else {"anyOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def record(**fields: Schema) -> Schema:
    """An object that has all of `fields`."""
    return {"type": "object", "required": list(fields), "properties": fields}


def page(name: str) -> Schema:
    """A page of `name`s, with the cursor of the one after it."""
    return record(items=listed(ref(name)), next=maybe(TEXT))


def _row(cls: type[Any], *hidden: str, **more: Schema) -> Schema:
    """An object with the fields of a row of the model but for `hidden`, and `more`."""
    schema = TypeAdapter(cls).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    fields = {name: field for name, field in schema["properties"].items() if name not in hidden}
    for field in fields.values():
        for noise in ("title", "default"):
            field.pop(noise, None)
    return record(**fields | more)


def forecasts() -> dict[str, Schema]:
    """What `/forecast` says: of the building and of the cars how good it is, and what comes in each quarter."""
    error = record(
        mean_w={**NUMBER, "description": "Mean of the absolute errors of the last seven days"},
        share=maybe({**NUMBER, "description": "Of what was really taken"}), quarters=WHOLE,
    )  # fmt: skip
    return {
        "Forecast": record(
            ready={**YES_NO, "description": "The past has been read"}, timezone=TEXT,
            building=maybe(ref("Learned")), cars=ref("Learned"),
            quarters=listed(record(begins_at=TIME, building=maybe(ref("Expected")), cars=maybe(ref("Expected")))),
        ),
        "Learned": record(
            days={**NUMBER, "description": "Days of the last 30 that it stands on"},
            errors={
                **record(hour=maybe(error), quarter_day=maybe(error), half_day=maybe(error)),
                "description": "Of forecasts made up to an hour, about three and about twelve hours before",
            },
        ),
        "Expected": record(
            mean_w=NUMBER, low_w={**NUMBER, "description": "One of ten quarters lies below"},
            high_w={**NUMBER, "description": "One of ten lies above"},
        ),
    }  # fmt: skip


def schemas() -> dict[str, Schema]:
    """Every schema by name."""
    return {
        "Problem": record(
            type={"enum": [f"/problems/{kind}" for kind in TYPES]}, title=TEXT,
            status={"enum": sorted({status for status, _ in TYPES.values()})}, detail=TEXT,
        ),
        "Site": record(
            id=TEXT, name=TEXT, timezone=TEXT, locale=TEXT, currency=TEXT, version=TEXT, now=TIME,
            masked={**YES_NO, "description": "What identifies a person or a part is left out for this reader"},
            configuration=maybe(TEXT), fallback=maybe(TEXT),
            stations=record(configured=WHOLE, connected=WHOLE, others=WHOLE),
            active_transactions=WHOLE,
            journal=record(
                epoch=TEXT, A=ref("Extent"), B=ref("Extent"), trouble=maybe(TEXT),
                set_aside={**listed(TEXT), "description": "Files that were found damaged, or were restored over"},
            ),
            supply=maybe(ref("Supply")), limits=listed(ref("Limit")), circuits=listed(ref("Circuit")),
            uplink=maybe(ref("Uplink")), services=ref("Services"), meters=listed(ref("Meter")),
        ),
        "Extent": record(head=WHOLE, tail=WHOLE),
        "Supply": _row(Supply, circuits=listed(record(id=TEXT, limit_a=NUMBER, parent=maybe(TEXT)))),
        "Limit": _row(PolicyLimit, "by", by=maybe(TEXT)),
        "Uplink": record(
            connected=YES_NO, broker=maybe(TEXT), trouble=maybe(TEXT),
            **{name: {"type": "object", "additionalProperties": maybe(NUMBER)}
               for name in ("backlog", "watermark", "oldest_s", "parked")},
        ),
        "Services": {
            "type": "object",
            "additionalProperties": {
                **record(
                    state={"enum": ["starting", "running", "waiting", "degraded", "stopped"]}, reason=maybe(TEXT),
                    restarts={**WHOLE, "description": "How often it was rebuilt"},
                ),
            },
        },
        "Reading": {
            **record(at=TIME, age_s=NUMBER, quality={"enum": ["good", "suspect", "stale"]}),
            "additionalProperties": NUMBER,
            "description": f"Import is from the grid at a meter, into the vehicle at an EVSE: {', '.join(QUANTITIES)}",
        },
        "Station": _row(
            StationState, "certificates", "alerts", certificates=listed(_row(StationCertificate)),
            alerts={**listed(_row(Alert)), "description": "What it has told to be wrong and not yet to be over"},
            serial_changed={**YES_NO, "description": "It boots with another serial number than the pinned one"},
            password={"enum": ["set here", None], "description": "Whether one was, in place of the file's"},
            security_profile={**WHOLE, "description": "By which it comes in: 0 to 3"},
            name=TEXT, configured=YES_NO, circuit=maybe(TEXT), connectors=listed(ref("Connector")),
            evses=listed(ref("Evse")), upkeep=ref("Upkeep"), quirks=maybe(ref("Quirks")),
            tolerated=listed(ref("Tolerated")), knocks=listed(ref("Knock")), findings=listed(ref("Finding")),
            upstream=maybe(ref("Upstream")),
            link=record(state={"enum": ["up", "silent", "down", "never"]}, since=maybe(TIME)),
            boot_source={
                "enum": ["file", "installer", "ocpp.unknown_stations", "ocpp.on_serial_change"],
                "description": "Whose word it is what its boot is answered",
            },
            security_source={
                "enum": ["file", "ledger"], "description": "ledger: it was raised since, or given a password"
            },
            proof={
                **maybe(record(tls=YES_NO, by={"enum": ["password", "certificate", None]})),
                "description": "How the station that is connected has proven who it is",
            },
            password_pending={**maybe(YES_NO), "description": "A new one is on its way, the old one good too"},
        ),
        "Upstream": {
            **record(
                connected={**YES_NO, "description": "It has accepted the station's boot over a live connection"},
                trouble={**maybe(TEXT), "description": "Why it is not connected"},
                backlog={**WHOLE, "description": "Messages that it is still to be told"}, oldest_at=maybe(TIME),
            ),
            "description": "The station at the other CSMS (ocpp.upstream); null for one that is not presented there",
        },
        "Knock": {
            **record(
                station={**maybe(TEXT), "description": "The name that it gave; null when TLS failed before"},
                address={**maybe(TEXT), "description": "Hidden from a masked reader"},
                reason={**TEXT, "description": "The word of the counters"}, text=TEXT, count=WHOLE,
                first_at=TIME, last_at=TIME,
            ),
            "description": "Somebody who was not let in, since the gateway started",
        },
        "Finding": {
            **record(
                kind=TEXT,
                level={"enum": ["bad", "warm", "hint"],
                       "description": "bad: it does not charge, or not safely; warm: something is not as it should be"},
                text={**TEXT, "description": "What is so"}, todo={**TEXT, "description": "What to do about it"},
                values={**ANY_OBJECT, "description": "What stands in the text, for who says it in another language"},
            ),
            "description": "What is wrong with a station, the gravest first",
        },
        "Tolerated": {
            **record(
                kind=TEXT, text={**TEXT, "description": "What the station does, and what is done about it"},
                where={**TEXT, "description": "The message that needed it first, and the place in it"},
                count={**WHOLE, "description": "Messages that needed it since the gateway started"},
                first_at=TIME, last_at=TIME,
            ),
            "description": "What a station writes otherwise than OCPP asks for, and is let off with",
        },
        "Quirks": record(
            named=maybe(TEXT), recognised=listed(TEXT), effects=ANY_OBJECT, notes=listed(TEXT),
            learned=listed(record(quirk=TEXT, at=TIME, evidence=TEXT)),
        ),
        "Upkeep": record(
            settings=listed(ANY_OBJECT), restart_required=YES_NO,
            list=maybe(record(version=WHOLE, entries=WHOLE, at=TIME, reason=maybe(TEXT))),
            out_of_use=listed(record(evse=WHOLE, connector=WHOLE, at=TIME)),
        ),
        "Variable": _row(VariableState, "station"),
        "Connector": record(
            id=WHOLE, status=_row(ConnectorState)["properties"]["status"], at=TIME, error=maybe(TEXT)
        ),
        "Evse": record(
            id=WHOLE, max_a=maybe(NUMBER),
            phases={
                **maybe(listed({"enum": ["L1", "L2", "L3"]})),
                "description": "The site's phases on its terminals by the file, null where they are to be learned",
            },
            wired=maybe(ref("Wired")), connectors=listed(ref("Connector")), setpoint=maybe(ref("Setpoint")),
            reading=maybe(ref("Reading")), transaction=maybe(ref("Transaction")),
        ),
        "Wired": {
            **_row(LearnedPhases, "evse", "told", "auto", "reports"),
            "description": "Which phases the meters have shown to be on its terminals, null for one that is not known",
        },
        "Transaction": _row(
            Transaction, "total", "meterings", "payments", meterings=listed(_row(Metering)),
            payments=listed(_row(Payment)),
            energy_wh=WHOLE, cost=record(amount=MONEY, currency=TEXT, final=YES_NO),
            shown_at_station=maybe(record(at=TIME, amount=maybe(MONEY), currency=TEXT)),
        ),
        "Meter": record(
            id=TEXT, measures=maybe(TEXT), stale=maybe(YES_NO), reason=maybe(TEXT), reading=maybe(ref("Reading"))
        ),
        **forecasts(),
        "Circuit": record(
            id=TEXT, parent=maybe(TEXT), limit_a=NUMBER, breaker_a=NUMBER,
            limit_w={**maybe(NUMBER), "description": "Of all phases together, the lowest that someone set"},
            cars_w={**maybe(NUMBER), "description": "What limits in watts, demand and surplus leave for cars"},
            source={**TEXT, "description": "What rules limit_a: file, or policy and its target"},
            trust={"enum": ["live", "frozen", "safe", "lost", None], "description": "In what is measured"},
            doubt={"enum": ["L1", "L2", "L3", None], "description": "It stayed above its breaker: check the wiring"},
            phases={"type": "object", "additionalProperties": ref("Currents")},
        ),
        "Currents": record(**{name: maybe(NUMBER) for name in CURRENTS}),
        "Setpoint": {
            **record(
                setpoint_a=maybe(NUMBER), reserved_a=NUMBER, accepted=YES_NO, binding=maybe(TEXT), reason=maybe(TEXT)
            ),
            "description": "The limit that the station holds, null for none of ours; `binding` is what keeps it low",
        },
        "Tariff": record(
            name=TEXT, energy_kwh=MONEY, session=MONEY, idle_minute=MONEY, idle_after_s=WHOLE, tax_percent=MONEY,
            periods=listed(record(days=listed(WHOLE), start=TEXT, end=TEXT, energy_kwh=MONEY)), revision=WHOLE,
            digest=TEXT, source=TEXT,
        ),
        "Effective": record(
            configuration={**ANY_OBJECT, "description": "The file, defaults filled in (`edgegw schema`)"},
            limits=listed(record(target=TEXT, limit_a=NUMBER, source=TEXT, file_a=NUMBER)),
            stations=listed(record(station=TEXT, admitted=maybe(YES_NO), source=TEXT)),
            tariffs=listed(record(tariff=TEXT, revision=WHOLE, source=TEXT)),
            tokens=record(listed=WHOLE, source=TEXT),
            desired=listed(record(
                name=TEXT, revision=WHOLE, applied_at=TIME, source=TEXT, effective_from=maybe(TIME),
            )),
        ),
        "Token": record(
            id_token=TEXT, status=TOKEN_STATUS, group=maybe(TEXT), language=maybe(TEXT), expires_at=maybe(TIME),
            source={**TEXT, "description": "Whose word it is: file, cloud, page, cli"},
            shard={**maybe(TEXT), "description": "Part of the list: a number of the cloud's, or local"}, revision=WHOLE,
        ),
        "NewToken": {
            "type": "object", "additionalProperties": False,
            "properties": {
                "status": {**TOKEN_STATUS, "default": "accepted"}, "group": maybe(TEXT), "language": maybe(TEXT),
                "expires_at": {**maybe(TIME), "description": "From when on it is answered expired"},
            },
        },
        "Fact": _row(
            StoredFact, "body", type={"enum": sorted(FACTS)}, data={**ANY_OBJECT, "description": "By type"}
        ),
        "Sample": {
            **record(at=TIME, quality={"enum": ["good", "suspect", "stale"]}), "additionalProperties": NUMBER,
        },
        "Change": {
            **record(sequence=WHOLE, id=TEXT, type=TEXT, subject=TEXT, at=TIME, data=ANY_OBJECT),
            "description": "`data:` of an event whose `event:` is a fact type; its `id:` is the sequence",
        },
        "StateChange": {
            **record(at=TIME, readings={"type": "object", "additionalProperties": ref("Reading")}),
            "description": "`data:` of an `event: state`: readings by source that are newer than those told before",
        },
        "Frame": {
            "type": "object", "required": ["at", "station", "kind"],
            "properties": {
                "at": TIME, "station": TEXT, "ocpp": maybe(TEXT),
                "direction": {"enum": ["in", "out"], "description": "in: from the station"},
                "kind": {
                    "enum": ["call", "result", "error", "result_error", "send", "unreadable", "lost"],
                    "description": "lost: `frames` were left out, as they were not read fast enough",
                },
                "id": {**TEXT, "description": "Of the message"},
                "action": {**maybe(TEXT), "description": "Of an answer the one of its CALL, null when it was not seen"},
                "payload": {"description": "Secrets are …, each id token has another name"},
                "code": TEXT, "description": TEXT, "bytes": WHOLE, "frames": WHOLE,
            },
            "description": "`data:` of an `event: frame`",
        },
        "NewCommand": {
            "oneOf": [_command(name, about) for name, about in CATALOGUE.items()],
        },
        "Command": _row(Outcome, name=TEXT),
        "Call": {
            "type": "object", "required": ["action"], "additionalProperties": False,
            "properties": {
                "action": {**TEXT, "description": "As OCPP spells it: Reset"},
                "payload": {**ANY_OBJECT, "default": {}},
                "timeout_s": {**NUMBER, "exclusiveMinimum": 0, "maximum": 600, "default": 30},
                "force": {**YES_NO, "default": False,
                          "description": "Also what works against load management or billing"},
            },
        },
        "Answer": {
            "oneOf": [record(result=ANY_OBJECT), record(error=record(code=TEXT, description=TEXT)),
                {**record(error=record(code=TEXT, description=TEXT), answer=ANY_OBJECT),
                 "description": "An answer that breaks the schema of its version: how, and what it was"},
            ],
        },
        "NewStation": {
            "type": "object", "additionalProperties": False, "minProperties": 1,
            "properties": {
                "boot": {"enum": ["accepted", "pending", "rejected"], "description": "What its boot is answered"},
                "password": {
                    **TEXT, "minLength": LEAST, "maxLength": MOST,
                    "description": "Of basic auth; the station is not told",
                },
                "security_profile": {**WHOLE, "minimum": 0, "maximum": 3, "description": "It only rises"},
                "as_configured": {"const": True, "description": "Take back what was said; the file rules again"},
            },
        },
        "File": _row(
            StoredFile, "certificate", "signature", signed={**YES_NO, "description": "A signature is kept beside it"}
        ),
        "NewSignature": {
            **record(
                certificate={**TEXT, "description": "PEM of the certificate that signed it, and those above it"},
                signature={**TEXT, "description": "Over the SHA-256 of the file, RSA-PSS or ECDSA, in base64"},
            ),
            "additionalProperties": False,
        },
        "Health": record(
            status={"enum": ["ok", "starting", "ledger_down", "storage_full"]},
            reasons={"type": "array", "items": TEXT, "description": "Why it is not ready, in words"},
            troubles={"type": "array", "items": TEXT, "description": "What is wrong and keeps nobody from charging"},
            services=ref("Services"), storage=maybe(_row(Storage)),
        ),
        "Alive": record(status={"const": "ok"}),
    }  # fmt: skip


def _command(name: str, about: CommandName) -> Schema:
    return {
        "title": name, "description": about.about, "type": "object", "additionalProperties": False,
        "required": ["name", "args"] if about.required else ["name"],
        "properties": {
            "id": {**TEXT, "minLength": 1, "maxLength": 128},
            "name": {"const": name},
            "args": arguments(about),
            "expires_at": maybe(TIME),
            "wait": {**YES_NO, "description": "Wait for a station that is offline, until expires_at"},
            "by": {**TEXT, "minLength": 1, "maxLength": 64, "description": "Who asks"},
        },
    }  # fmt: skip
