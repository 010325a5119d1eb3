"""English."""

WORDS = {
    "bad": "BAD ",
    "warm": "WARN",
    "hint": "hint",
    "why": "why: ",
    "mend": "mend:",
    "none": "nothing is wrong",
    "sum": "{bad} bad, {warm} to look after, {hint} to know",
    "spot": "EVSE {evse}",
    "itself": "It",
    "station": "A car may not charge there, or not as the records should show it.",
}

TEXTS = {
    "file_wrong": (
        "{place}: {message}",
        "The gateway does not take this file; until it is right, the last good one rules, or nothing starts.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "file_warning": (
        "{place}: {message}",
        "The site runs without it; what rests on it does not.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "last_good_in_force": (
        "The edited configuration is refused and the last good one is in force: {reason}",
        "What was changed since does not count yet, and a lost state folder would leave nothing to start with.",
        "edgegw check && sudo edgegw reload",
    ),
    "hub_away": (
        "{reason}",
        "Stations charge with their low default limits, and who is not on their own list does not charge.",
        "sudo systemctl start edgegw; journalctl -u edgegw -n 50",
    ),
    "hub_denied": (
        "{reason}",
        "Without it the doctor sees the machine and not what the gateway sees.",
        "sudo edgegw doctor",
    ),
    "service_down": (
        "{service} does not run: {reason}",
        "It is tried again each minute; what it does for the site stands still.",
        "journalctl -u edgegw -n 50; then, after a change of the file: sudo edgegw reload",
    ),
    "ledger_refuses": (
        "The ledger takes no writes: {reason}",
        "Nothing is answered that was not written down: no new transaction begins.",
        "df -h; journalctl -u edgegw -n 50; sudo systemctl restart edgegw",
    ),
    "ledger_set_aside": (
        "A damaged ledger was set aside: {file}",
        "What could be read was saved; the rest may still be read from it by hand.",
        "edgegw journal verify; then copy the file away and remove it",
    ),
    "storage_full": (
        "The ledger has no room left",
        "No new transaction is taken; those that run are ended and billed.",
        "df -h; make room, or raise storage.budget and: sudo systemctl restart edgegw",
    ),
    "storage_pressed": (
        "The ledger's room runs short, and the oldest samples go",
        "Curves of the past are dropped; facts that the cloud lacks are kept to the last.",
        "df -h; make room, or raise storage.budget and: sudo systemctl restart edgegw",
    ),
    "fallback": (
        "Load management is in fallback: {reason}",
        "All EVSEs are held to the low current that fits without a meter.",
        "edgegw stations list; see the findings of the meters above",
    ),
    "station": ("{text}", "{why}", "{todo}"),
    "knock": (
        "Somebody at {address} knocks and is not let in ({count}x, last {at}): {reason}",
        "It may be a station whose name or password is not that of the file.",
        "edgegw stations knocks; if it belongs here, name it in the file",
    ),
    "port_taken": (
        "Port {port} at {address} is held by {holder}",
        "The gateway can't listen there, and who shall connect finds another program.",
        "sudo ss -ltnp 'sport = :{port}'; stop that program, or set another port",
    ),
    "port_unusable": (
        "Can't listen on {address}:{port}: {reason}",
        "Who shall connect there finds nobody.",
        "ip -br address; sudo ss -ltnp 'sport = :{port}'; set the address or the port right in the file",
    ),
    "socket_uncovered": (
        "{address}:{port} is not held by edgegw-ocpp.socket",
        "The gateway listens there itself: while it restarts, stations are refused and come back a little later.",
        "sudo systemctl edit edgegw-ocpp.socket: [Socket] ListenStream={address}:{port}",
    ),
    "no_network": (
        "No network interface has a link",
        "No station, meter or cloud can be reached.",
        "ip -br link; look at cable and switch",
    ),
    "clock_impossible": (
        "The clock says {now} UTC, which is before this version was made",
        "Bills and certificates need the time; stations are served meanwhile, and times are put right afterwards.",
        "timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_unsynced": (
        "No time source disciplines the clock",
        "It drifts, and with it the times of bills and the hours of price lists.",
        "sudo timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_no_battery": (
        "There is no hardware clock",
        "After a power cut the time is not known until a time server answers.",
        "fit a battery clock (RTC), or see that a time server is on the site's network",
    ),
    "disk_read_only": (
        "{folder} lies on a file system that is mounted read-only",
        "Nothing can be written down, so no transaction begins. A worn or damaged card often ends so.",
        "dmesg | tail; findmnt -T {folder}; sudo mount -o remount,rw ...; if it comes back: another card",
    ),
    "disk_full": (
        "Only {free} are free under {folder}",
        "When nothing is left, no new transaction is taken.",
        "df -h {folder}; sudo journalctl --vacuum-size=200M; sudo apt clean",
    ),
    "disk_small": (
        "{free} are free under {folder}, less than the ledger may still take (storage.budget: {budget})",
        "The oldest samples go before the budget says so.",
        "df -h {folder}; make room, or lower storage.budget",
    ),
    "card_worn_out": (
        "The card {device} says that its life is used up",
        "It may turn read-only or lose what is written on any day.",
        "edgegw journal backup /media/usb, and put another card in",
    ),
    "card_worn": (
        "The card {device} has used {used} % of its life by its own account",
        "It will turn read-only or lose what is written, some months from now.",
        "edgegw journal backup /media/usb, and have another card ready",
    ),
    "ledger_damaged": (
        "The ledger is damaged: {reason}",
        "A restart sets it aside and saves what can be read; meanwhile reads may fail.",
        "sudo systemctl restart edgegw; edgegw journal verify",
    ),
    "serial_absent": (
        "{path} is not there; there are: {others}",
        "What hangs on it can't be read. Adapters change their name when the file does not name them by-id.",
        "ls -l /dev/serial/by-id; plug the adapter in, or set its name right in the file",
    ),
    "serial_denied": (
        "{who} may not open {path}",
        "What hangs on it can't be read.",
        "sudo usermod -aG {group} {who} && sudo systemctl restart edgegw",
    ),
    "serial_name": (
        "{path} may be another device after the next boot",
        "Two adapters change places when one is slower: a meter is then read on the wrong bus.",
        "write {better} in the file, then: sudo edgegw reload",
    ),
    "meter_silent": (
        "It can't be read: {reason}",
        "What it measures counts at the most it can be, so cars get less.",
        "look at its power, A and B of the bus and the unit id, then: {read}",
    ),
    "certificate_unusable": (
        "{path} can't be used: {reason}",
        "Nobody can connect over TLS where it is wanted.",
        "openssl x509 -in {path} -noout -text; put a PEM file in its place, then: sudo edgegw reload",
    ),
    "certificate_key": (
        "{path}: {reason}",
        "A certificate without its own key proves nothing: TLS does not start.",
        "put certificate and key of one pair in place, then: sudo edgegw reload",
    ),
    "certificate_chain": (
        "{path}: one certificate in it is not signed by the next",
        "Stations and brokers that only know the root don't find the way to it.",
        "put them in order, own certificate first, each behind the one that it signed; then: sudo edgegw reload",
    ),
    "certificate_expired": (
        "{path} has expired on {at}",
        "Whoever checks it hangs up.",
        "renew it, then: sudo edgegw reload",
    ),
    "certificate_expiring": (
        "{path} expires on {at}",
        "From then on whoever checks it hangs up.",
        "renew it, then: sudo edgegw reload",
    ),
    "broker_away": (
        "No connection to {url}: {reason}",
        "Charging goes on; what happens waits here for the cloud, and the cloud can't order anything.",
        "journalctl -u edgegw -n 50 | grep broker; look at the site's way to the internet, account and password",
    ),
    "watermark_missing": (
        "{url} is connected, but what was written down just now was not confirmed within {patience} s",
        "Nothing is lost, and nothing is delivered: the cloud's end may be down.",
        "edgegw journal stats; have the cloud's end looked at (edgegw ingest, or its own consumer)",
    ),
    "watermark_late": (
        "{waiting} facts wait for the cloud, the oldest for {oldest}",
        "Nothing is lost; the cloud knows late.",
        "edgegw journal stats",
    ),
    "events_parked": (
        "{parked} events were refused by the cloud and are set aside",
        "The cloud does not know them.",
        "edgegw journal stats; journalctl -u edgegw | grep parked",
    ),
    "credential_missing": (
        "The credential {name} is not stored",
        "Who needs it to log in, or to be let in, can not.",
        "sudo edgegw credential set {name}",
    ),
    "vault_away": (
        "Vault gives no secrets: {reason}",
        "What has its secret from there works with the last one, and after a restart not at all.",
        "look at secrets.vault in the file, then: sudo edgegw reload",
    ),
    "voice": (
        "{part}: {reason}",
        "EVA does not speak; the kiosk's screen and charging go on.",
        "edgegw voice --check",
    ),
}
