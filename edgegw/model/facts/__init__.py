"""Facts: what happened, in the past tense, never edited. The journal holds them in order; all else is their fold.

Each class is one fact type; `type` is its name on every wire. `at` is when it happened (aware UTC), `personal` names
the fields that identify a person: the journal keeps those beside the fact, under a salted commitment, so that they can
be erased without breaking the hash chain. A schema only grows within v1: new fields have defaults.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgegw.model.facts.alerts import AlertEnded, AlertFact, AlertRaised
from edgegw.model.facts.commands import CommandDispatched, CommandEnded, CommandReceived
from edgegw.model.facts.der import DerAlarmChanged, DerControlChanged
from edgegw.model.facts.desired import DesiredApplied, TariffsChanged
from edgegw.model.facts.devices import CustomerInformationTold, DisplaysChanged, MonitorsChanged, VariablesChanged
from edgegw.model.facts.fact import Clock, Fact, StationFact, TransactionFact
from edgegw.model.facts.files import FileReceived
from edgegw.model.facts.gateway import (
    ClockCorrected,
    EpochStarted,
    EventParked,
    JournalAnchored,
    PersonalDataErased,
    PowerRestored,
    ProblemReported,
    RecordsDropped,
    SiteConfigured,
    StoragePressed,
    StorageRecovered,
)
from edgegw.model.facts.load import FallbackEntered, FallbackLeft, OverloadSeen, PolicyLimitChanged
from edgegw.model.facts.meters import MeterFact, MeterIdentified, MeterRecovered, MeterStale
from edgegw.model.facts.outside import OutsideLimitCleared, OutsideLimitSet
from edgegw.model.facts.provisioning import AvailabilityWanted, InventoryTaken, LocalListSent, StationProvisioned
from edgegw.model.facts.quirks import (
    ClockFault,
    PhasesLearned,
    StationClockOff,
    StationClockRight,
    StationQuirkForgotten,
    StationQuirkLearned,
)
from edgegw.model.facts.reservations import ReservationEnded, ReservationMade
from edgegw.model.facts.security import (
    CertificateExpiring,
    CertificateRefused,
    CertificateRevoked,
    CertificateSigned,
    PasswordConfirmed,
    PasswordRotated,
    SecurityProfileRaised,
    SecurityStepTaken,
    SerialChanged,
)
from edgegw.model.facts.settlements import SettlementReported
from edgegw.model.facts.stations import (
    CertificateIssued,
    CertificateRequested,
    ConnectorStatus,
    FirmwareStatusChanged,
    LogReceived,
    SecurityEvent,
    StationAccepted,
    StationAnsweredAgain,
    StationBooted,
    StationConnected,
    StationDisconnected,
    StationDisobeyed,
    StationFellSilent,
    StationRejected,
    StationSet,
    StationStatusChanged,
    VariablesReported,
)
from edgegw.model.facts.streams import EventStreamClosed, EventStreamOpened
from edgegw.model.facts.tokens import LocalListChanged, TokenDecided
from edgegw.model.facts.transactions import (
    CdrClosed,
    CostCalculated,
    EnergyTransferStarted,
    PaymentConfirmed,
    PaymentRefunded,
    TransactionCorrected,
    TransactionEnded,
    TransactionEventsMissed,
    TransactionMetered,
    TransactionPlanned,
    TransactionResumed,
    TransactionStarted,
    TransactionSuspended,
    ValueSigned,
)
from edgegw.model.facts.transfer import DataTransferred
from edgegw.model.facts.vehicles import (
    BatterySwapped,
    PriorityChargingChanged,
    VehicleNeedsReported,
    VehicleScheduleReported,
)
from edgegw.model.facts.voice import VoiceDecided, VoiceDecision, VoiceInteraction, VoiceProposed


def _leaves(cls: type[Fact]) -> list[type[Fact]]:
    found = [cls] if cls.type else []
    for below in cls.__subclasses__():
        found += _leaves(below)
    return found


FACTS: Mapping[str, type[Fact]] = {cls.type: cls for cls in _leaves(Fact)}
"""Every fact class by its wire name."""

__all__ = [
    "FACTS",
    "AlertEnded",
    "AlertFact",
    "AlertRaised",
    "AvailabilityWanted",
    "BatterySwapped",
    "CdrClosed",
    "CertificateExpiring",
    "CertificateIssued",
    "CertificateRefused",
    "CertificateRequested",
    "CertificateRevoked",
    "CertificateSigned",
    "Clock",
    "ClockCorrected",
    "ClockFault",
    "CommandDispatched",
    "CommandEnded",
    "CommandReceived",
    "ConnectorStatus",
    "CostCalculated",
    "CustomerInformationTold",
    "DataTransferred",
    "DerAlarmChanged",
    "DerControlChanged",
    "DesiredApplied",
    "DisplaysChanged",
    "EnergyTransferStarted",
    "EpochStarted",
    "EventParked",
    "EventStreamClosed",
    "EventStreamOpened",
    "Fact",
    "FallbackEntered",
    "FallbackLeft",
    "FileReceived",
    "FirmwareStatusChanged",
    "InventoryTaken",
    "JournalAnchored",
    "LocalListChanged",
    "LocalListSent",
    "LogReceived",
    "MeterFact",
    "MeterIdentified",
    "MeterRecovered",
    "MeterStale",
    "MonitorsChanged",
    "OutsideLimitCleared",
    "OutsideLimitSet",
    "OverloadSeen",
    "PasswordConfirmed",
    "PasswordRotated",
    "PaymentConfirmed",
    "PaymentRefunded",
    "PersonalDataErased",
    "PhasesLearned",
    "PolicyLimitChanged",
    "PowerRestored",
    "PriorityChargingChanged",
    "ProblemReported",
    "RecordsDropped",
    "ReservationEnded",
    "ReservationMade",
    "SecurityEvent",
    "SecurityProfileRaised",
    "SecurityStepTaken",
    "SerialChanged",
    "SettlementReported",
    "SiteConfigured",
    "StationAccepted",
    "StationAnsweredAgain",
    "StationBooted",
    "StationClockOff",
    "StationClockRight",
    "StationConnected",
    "StationDisconnected",
    "StationDisobeyed",
    "StationFact",
    "StationFellSilent",
    "StationProvisioned",
    "StationQuirkForgotten",
    "StationQuirkLearned",
    "StationRejected",
    "StationSet",
    "StationStatusChanged",
    "StoragePressed",
    "StorageRecovered",
    "TariffsChanged",
    "TokenDecided",
    "TransactionCorrected",
    "TransactionEnded",
    "TransactionEventsMissed",
    "TransactionFact",
    "TransactionMetered",
    "TransactionPlanned",
    "TransactionResumed",
    "TransactionStarted",
    "TransactionSuspended",
    "ValueSigned",
    "VariablesChanged",
    "VariablesReported",
    "VehicleNeedsReported",
    "VehicleScheduleReported",
    "VoiceDecided",
    "VoiceDecision",
    "VoiceInteraction",
    "VoiceProposed",
]
