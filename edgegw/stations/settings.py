"""Settings of the stations' side: `ocpp`, `stations`, `authorization`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from edgegw.model.site import Phase
from edgegw.scalars import Credential, Duration, MaybeDuration, Port, Section, Size


class KeyPair(Section):
    """A certificate and its key."""

    certificate: Path
    """The gateway's certificate chain, PEM."""
    key: Path
    """Its private key, PEM."""


class ListenTls(KeyPair):
    """Certificates of one listener."""

    second: KeyPair | None = None
    """The same gateway's certificate with a key of the other kind, RSA beside ECDSA: a station gets what it knows."""
    client_ca: Path | None = None
    """Certificate authority of the stations' own certificates (security profile 3), PEM."""


class Listen(Section):
    """An address and port where stations connect."""

    address: str = "0.0.0.0"  # noqa: S104 (stations come over the site's network)
    """IP address to listen on; 0.0.0.0 is every IPv4 interface."""
    port: Port = 9000
    """TCP port."""
    tls: ListenTls | None = None
    """Encrypts the connection (security profiles 2 and 3); leave out for plain websockets."""


class AddressLimits(Section):
    """How much one IP address may try at the stations' ports."""

    connections: Annotated[int, Field(ge=1)] | None = None
    """Connections at once from one address; leave out for twice the stations of this file and 100 more, as a whole site
    may come through one router."""
    failed_logins: Annotated[int, Field(ge=0)] = 20
    """Wrong passwords from one address after which it is refused; 0 for no limit."""
    within: Duration = 600.0
    """Time in which so many wrong passwords count."""
    refused_for: Duration = 600.0
    """How long the address is then refused (HTTP 429); stations that logged in from it before still come in."""


class FilesTls(Section):
    """Certificate of the file service."""

    certificate: Path
    """The gateway's certificate chain, PEM; the stations have to trust it."""
    key: Path
    """Its private key, PEM."""


class Files(Section):
    """Where stations fetch firmware and put logs."""

    host: str
    """Address of this gateway as the stations reach it."""
    port: Port = 8008
    """TCP port of the file service."""
    address: str = "0.0.0.0"  # noqa: S104 (stations come over the site's network)
    """IP address to listen on; 0.0.0.0 is every IPv4 interface."""
    tls: FilesTls | None = None
    """Serves HTTPS instead of HTTP."""
    ftp: bool = False
    """Serves FTP as well, for stations that know nothing else. Nothing of it is encrypted."""
    ftp_port: Port = 2121
    """TCP port of FTP."""
    ftp_data_ports: tuple[Port, Port] | None = None
    """First and last port of FTP's data connections, for a firewall; leave out for any."""
    max_size: Size = 256 * 1024**2
    """Largest file."""
    budget: Annotated[Size, Field(ge=1024**2)] = 1024**3
    """Most that all files may take of the disk, beside the ledger's own budget; the oldest logs go first."""
    keep: Duration = 30 * 86400.0
    """How long a file from a station stays."""
    firmware_ca: Path | None = None
    """Certificates of who may issue the signers of firmware, PEM; then no other firmware is offered to a station."""


Say = Literal["local", "upstream"]
May = Literal["allow", "refuse"]


class AuthorityTable(Section):
    """Who answers the stations, and what the other CSMS may do with them, matter by matter."""

    authorize: Say = "local"
    """Who answers Authorize."""
    start: Say = "local"
    """Who decides on the id token that a transaction begins with."""
    stop: Say = "local"
    """Who decides on the id token that a transaction ends with, and tells an OCPP 2.x station what it cost."""
    data_transfer: Say = "local"
    """Who answers DataTransfer; upstream: the other CSMS alone is told of it."""
    remote_start: May = "allow"
    """Whether the other CSMS may begin transactions."""
    remote_stop: May = "allow"
    """Whether it may end them."""
    resets: May = "allow"
    """Whether it may restart stations."""
    availability: May = "allow"
    """Whether it may take places out of use, unlock and reserve them."""
    profiles: May = "refuse"
    """Whether it may set charging profiles; where the gateway balances load, those that can only lower a limit."""
    settings: May = "refuse"
    """Whether it may change settings, monitors and prices of stations."""
    lists: May = "refuse"
    """Whether it may change the stations' lists of id tokens."""
    firmware: May = "refuse"
    """Whether it may give stations other firmware."""
    certificates: May = "refuse"
    """Whether it may change certificates in stations."""
    others: May = "allow"
    """Everything else: reading settings, logs, triggers, messages on displays, vendors' own."""


class UpstreamTls(Section):
    """How the other CSMS is known, and the gateway to it."""

    ca: Path | None = None
    """Authority of its certificate, PEM; leave out for those that this machine trusts."""
    certificate: Path | None = None
    """The gateway's own certificate chain, PEM, where that CSMS asks for one."""
    key: Path | None = None
    """Its private key, PEM."""


class Upstream(Section):
    """Another CSMS to which stations are presented at the same time."""

    url: str
    """Websocket URL with `{station}` where the station's id goes."""
    authority: Annotated[
        Annotated[Say, Tag("word")] | Annotated[AuthorityTable, Tag("table")],
        Discriminator(lambda given: "table" if isinstance(given, dict | AuthorityTable) else "word"),
    ] = "local"
    """Who answers Authorize, DataTransfer, and starts and stops: local, upstream, or a table by matter, which also says
    what that CSMS may do."""
    wait: Annotated[Duration, Field(gt=0, le=20)] = 2.0
    """How long a station waits for that CSMS's answer, where it has the say; then the gateway answers."""
    stations: list[str] | None = None
    """Which stations are presented; leave out for all."""
    password: Credential | None = None
    """Password that stations log in with (basic auth; the user is the station's id), unless `passwords` has its own."""
    passwords: dict[str, Credential] = Field(default_factory=dict)
    """Passwords of single stations, by id."""
    tls: UpstreamTls | None = None
    """For wss://."""
    keep: Duration = 30 * 86400.0
    """How long what could not be told is kept."""
    messages: Annotated[int, Field(ge=100)] = 20_000
    """Most messages of one station that are kept; readings go first."""

    @property
    def table(self) -> AuthorityTable:
        """The authority matter by matter."""
        if isinstance(self.authority, AuthorityTable):
            return self.authority
        say = self.authority
        return AuthorityTable(authorize=say, start=say, stop=say, data_transfer=say)


class ContractSettings(Section):
    """Plug & Charge: who says whether the certificate of a car's contract is good."""

    ocsp: Literal["cloud", "local", "off"] = "cloud"
    """cloud: it is asked, over MQTT. local: the gateway asks the OCSP responders itself, over HTTP. off: nobody is, and
    a contract that the station could not verify itself does not charge."""
    roots: list[Path] = Field(default_factory=list)
    """Root certificates that contracts may end at, PEM; for `local`."""
    authorities: list[Path] = Field(default_factory=list)
    """Certificates between roots and contracts that are known beforehand, PEM; for `local`."""
    responders: list[str] = Field(default_factory=list)
    """Hosts of OCSP responders that may be in private networks and on any port; others are asked at public addresses
    alone, as their URLs come with the cars' certificates."""
    timeout: Annotated[Duration, Field(ge=0.5, le=4.0)] = 3.0
    """How long the responders may take; a car gives all of it five seconds."""
    without_answer: Literal["token", "refuse"] = "token"
    """A contract whose certificate is whole, but of which no responder says whether it was revoked: left to its token
    as list and policy have it, or refused."""


class CaSettings(Section):
    """The authority that signs the stations' own certificates."""

    signed_by: Literal["gateway", "cloud"] | None = None
    """Who answers a station that asks for a certificate. When not said: the gateway, unless a listener names another
    authority in tls.client_ca; then the request waits for the cloud, as a fact and the command sign_certificate."""
    certificate: Path | None = None
    """An authority's certificate chain to sign with, PEM, with `key`; without it the gateway makes one of its own."""
    key: Path | None = None
    """Its private key, PEM."""
    v2g_certificate: Path | None = None
    """The chain of an authority for ISO 15118 to sign what stations show to cars, PEM, with `v2g_key`: below a root
    that cars trust. Without it these requests wait for the cloud."""
    v2g_key: Path | None = None
    """Its private key, PEM."""
    organisation: str | None = None
    """A request has to name this organisation (O); when not said, any or none."""
    days: Annotated[int, Field(ge=1, le=3650)] = 365
    """How long a station's certificate is good, in days."""
    renew_before: Duration = 30 * 86400.0
    """A station is asked to renew its certificate this long before it runs out."""


class Provision(Section):
    """What stations are set to, so that their records stay whole: each of them as far as it accepts. null leaves a
    setting as the station has it. Heartbeat and what is done with unknown tokens follow ocpp.heartbeat and
    authorization.offline_unknown."""

    enabled: bool = True
    """false: no setting of a station is touched."""
    sample_interval: MaybeDuration = 30.0
    """Most time between two readings of a transaction."""
    aligned_interval: MaybeDuration = 900.0
    """Most time between two readings by the clock, in use or not."""
    measurands: list[str] | None = Field(
        default=["Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "SoC"]
    )
    """What a reading of a transaction holds at least, in OCPP's words."""
    aligned_measurands: list[str] | None = Field(default=["Energy.Active.Import.Register"])
    """What a reading by the clock holds at least."""
    end_measurands: list[str] | None = None
    """What the end of a transaction tells of all its course; in some stations signed registers come with it, and in
    some the message grows too large to be sent."""
    message_attempts: Annotated[int, Field(ge=1, le=1000)] | None = 10
    """How often a station tries at least to deliver what it has to tell of a transaction."""
    message_retry_interval: MaybeDuration = 60.0
    """Most time between the first two tries."""
    remote_authorize: bool | None = False
    """A station asks about the token of a start from afar, which the gateway has looked at already."""
    local_authorize_offline: bool | None = True
    """Without the gateway a station goes by its local list and its cache."""
    local_list: bool | None = True
    """A station keeps a list of id tokens."""
    cache: bool | None = True
    """A station remembers what it was told about id tokens."""
    stop_on_invalid_id: bool | None = None
    """A station ends a transaction whose token turns out not to be accepted."""
    cable_timeout: MaybeDuration = None
    """How long a station waits for the cable after a card."""
    websocket_ping: MaybeDuration = 60.0
    """Most time between a station's own looks at its connection."""

    def with_own(self, own: Provision | None) -> Provision:
        """These, with what a station's own entry says instead."""
        if own is None:
            return self
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


class OcppSettings(Section):
    """How stations connect."""

    listen: list[Listen] = Field(default_factory=lambda: [Listen()])
    """Listeners, plain and encrypted."""
    unknown_stations: Literal["reject", "pending", "accept"] = "pending"
    """What to do with a station that is not listed: refuse, let it wait for an installer, or take it in."""
    heartbeat: Duration = 300.0
    """Interval of Heartbeat that stations are told."""
    call_timeout: Duration = 30.0
    """How long a station may take to answer a request."""
    display_cost: Literal["auto", "on", "off"] = "auto"
    """Tell stations what a charge costs, for their displays: those that say they can show it, all, or none."""
    tls_rsa_compat: bool = False
    """Also offer TLS_RSA ciphers, which some old stations and the certification suites want."""
    limits: AddressLimits = Field(default_factory=AddressLimits)
    """How much one IP address may try."""
    provision: Provision = Field(default_factory=Provision)
    """What stations are set to."""
    ca: CaSettings = Field(default_factory=CaSettings)
    """The authority that signs the stations' own certificates."""
    contracts: ContractSettings = Field(default_factory=ContractSettings)
    """Plug & Charge."""
    on_serial_change: Literal["warn", "reject"] = "warn"
    """What a station gets that boots with another serial number than at first: an alarm, or also a refusal until
    somebody accepts it."""
    files: Files | None = None
    """File service for firmware and logs."""
    upstream: Upstream | None = None
    """Forwarding to another CSMS; leave out for none."""


class ConnectorSettings(Section):
    """One outlet."""

    id: Annotated[int, Field(ge=1)] = 1
    """Number of the connector at its EVSE, from 1."""
    type: str = "cType2"
    """OCPP 2.x connector type, such as cType2, cCCS2, sType2."""


class EvseSettings(Section):
    """One car's place."""

    id: Annotated[int, Field(ge=1)] = 1
    """Number of the EVSE at its station, from 1 (in OCPP 1.6 the connector number)."""
    max_a: Annotated[float, Field(gt=0, le=1000)] = 32.0
    """Most current per phase, in amperes."""
    phases: Annotated[list[Phase], Field(min_length=1, max_length=3)] | Literal["auto"] = Field(
        default=["L1", "L2", "L3"]
    )
    """Site phases on its terminals, in order; auto: load management learns them from the meters."""
    terminals: Literal[1, 3] = 3
    """With phases: auto, on how many phases it is."""
    wiring: Literal["neutral", "line"] = "neutral"
    """neutral: each phase to neutral; line: one load between two phases."""
    connectors: list[ConnectorSettings] = Field(default_factory=lambda: [ConnectorSettings()])
    """Its outlets."""


class StationSettings(Section):
    """A charging station."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9*\-_=:+|@.]{1,48}$")]
    """Its identity in OCPP: the last part of the URL that it connects to."""
    name: str | None = None
    """What drivers call it."""
    security_profile: Literal[0, 1, 2, 3] = 0
    """0 open, 1 basic auth, 2 TLS and basic auth, 3 TLS with a client certificate."""
    password: Credential | None = None
    """Password for basic auth (profiles 1 and 2)."""
    quirks: str | None = None
    """A file of drivers/stations, or none; most stations are recognised at boot."""
    evses: list[EvseSettings] = Field(default_factory=lambda: [EvseSettings()])
    """Its EVSEs."""
    reports_phases: list[Phase] | None = None
    """How its meter names the phases, when that differs from its wiring."""
    provision: Provision | None = None
    """What this one is set to instead of ocpp.provision: the keys that stand here."""
    circuit: str = "main"
    """Feeder it hangs on: an id of supply.circuits, or main."""
    priority: int = 0
    """Higher ones get current first."""
    tariff: str = "default"
    """Price list of its transactions."""


class AuthorizationSettings(Section):
    """Who may charge."""

    tokens: Path | None = None
    """A YAML file with the local list of id tokens."""
    offline_unknown: Literal["accept", "reject"] = "reject"
    """A token that nobody knows, while the cloud is away."""
    master_pass_group: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    """Group of the tokens that end any transaction, whoever began it, and begin none."""
    cache: Duration = 7 * 86400.0
    """How long the cloud's word on a token is remembered."""
