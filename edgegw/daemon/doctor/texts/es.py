"""Español."""

WORDS = {
    "bad": "MAL  ",
    "warm": "AVISO",
    "hint": "nota ",
    "why": "por qué: ",
    "mend": "remedio:",
    "none": "nada va mal",
    "sum": "{bad} mal, {warm} por cuidar, {hint} por saber",
    "spot": "La plaza {evse}",
    "itself": "Ella",
    "station": "Puede que un coche no cargue allí, o no como los registros deberían mostrarlo.",
}

TEXTS = {
    "file_wrong": (
        "{place}: {message}",
        "El gateway no acepta este archivo; hasta que esté bien rige el último bueno, o nada arranca.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "file_warning": (
        "{place}: {message}",
        "El sitio funciona sin ello; lo que depende de ello, no.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "last_good_in_force": (
        "La configuración editada se rechaza y rige la última buena: {reason}",
        "Lo que se cambió desde entonces aún no vale, y sin la carpeta de estado no habría con qué arrancar.",
        "edgegw check && sudo edgegw reload",
    ),
    "hub_away": (
        "{reason}",
        "Las estaciones cargan con sus límites bajos, y quien no está en la lista de ellas no carga.",
        "sudo systemctl start edgegw; journalctl -u edgegw -n 50",
    ),
    "hub_denied": (
        "{reason}",
        "Sin ello el doctor ve la máquina, pero no lo que ve el gateway.",
        "sudo edgegw doctor",
    ),
    "service_down": (
        "{service} no funciona: {reason}",
        "Se intenta de nuevo cada minuto; lo que hace por el sitio está parado.",
        "journalctl -u edgegw -n 50; tras cambiar el archivo: sudo edgegw reload",
    ),
    "ledger_refuses": (
        "El libro de registros no admite escrituras: {reason}",
        "Nada se responde sin estar escrito: no empieza ninguna carga nueva.",
        "df -h; journalctl -u edgegw -n 50; sudo systemctl restart edgegw",
    ),
    "ledger_set_aside": (
        "Un libro de registros dañado se dejó a un lado: {file}",
        "Se salvó lo que se pudo leer; el resto quizá aún se lea a mano.",
        "edgegw journal verify; luego copie el archivo a otro lugar y bórrelo",
    ),
    "storage_full": (
        "El libro de registros no tiene más sitio",
        "No se acepta ninguna carga nueva; las que corren se terminan y se cobran.",
        "df -h; haga sitio, o suba storage.budget y: sudo systemctl restart edgegw",
    ),
    "storage_pressed": (
        "Al libro de registros le queda poco sitio, y salen las lecturas más antiguas",
        "Se pierden curvas del pasado; los hechos que la nube no tiene se quedan hasta el final.",
        "df -h; haga sitio, o suba storage.budget y: sudo systemctl restart edgegw",
    ),
    "fallback": (
        "El control de carga está en reserva: {reason}",
        "Todas las plazas quedan en la corriente baja que cabe sin medidor.",
        "edgegw stations list; vea arriba lo que pasa con los medidores",
    ),
    "station": ("{text}", "{why}", "{todo}"),
    "knock": (
        "Alguien en {address} llama y no entra ({count}×, la última el {at}): {reason}",
        "Puede ser una estación cuyo nombre o contraseña no es el del archivo.",
        "edgegw stations knocks; si es de aquí, póngala en el archivo",
    ),
    "port_taken": (
        "El puerto {port} en {address} lo tiene {holder}",
        "El gateway no puede escuchar allí, y quien se conecta encuentra otro programa.",
        "sudo ss -ltnp 'sport = :{port}'; pare ese programa, o use otro puerto",
    ),
    "port_unusable": (
        "No se puede escuchar en {address}:{port}: {reason}",
        "Quien se conecta allí no encuentra a nadie.",
        "ip -br address; sudo ss -ltnp 'sport = :{port}'; corrija la dirección o el puerto en el archivo",
    ),
    "socket_uncovered": (
        "{address}:{port} no lo tiene edgegw-ocpp.socket",
        "El propio gateway escucha allí: mientras se reinicia, las estaciones son rechazadas y vuelven algo después.",
        "sudo systemctl edit edgegw-ocpp.socket: [Socket] ListenStream={address}:{port}",
    ),
    "no_network": (
        "Ninguna interfaz de red tiene enlace",
        "No se llega a ninguna estación, medidor ni nube.",
        "ip -br link; mire el cable y el switch",
    ),
    "clock_impossible": (
        "El reloj dice {now} UTC, antes de que existiera esta versión",
        "Cuentas y certificados necesitan la hora; las estaciones se atienden, y las horas se corrigen después.",
        "timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_unsynced": (
        "Ninguna fuente de hora ajusta el reloj",
        "Se desvía, y con él las horas de las cuentas y las franjas de precios.",
        "sudo timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_no_battery": (
        "No hay reloj con pila",
        "Tras un corte de luz no se sabe la hora hasta que responda un servidor de hora.",
        "ponga un reloj con pila (RTC), o un servidor de hora en la red del sitio",
    ),
    "disk_read_only": (
        "{folder} está en un sistema de archivos montado solo para lectura",
        "Nada se puede escribir, y no empieza ninguna carga. Una tarjeta gastada suele acabar así.",
        "dmesg | tail; findmnt -T {folder}; sudo mount -o remount,rw ...; si vuelve: otra tarjeta",
    ),
    "disk_full": (
        "Solo hay {free} libres en {folder}",
        "Cuando no quede nada, no se acepta ninguna carga nueva.",
        "df -h {folder}; sudo journalctl --vacuum-size=200M; sudo apt clean",
    ),
    "disk_small": (
        "Hay {free} libres en {folder}, menos de lo que el libro aún puede ocupar (storage.budget: {budget})",
        "Las lecturas más antiguas salen antes de lo que dice el presupuesto.",
        "df -h {folder}; haga sitio, o baje storage.budget",
    ),
    "card_worn_out": (
        "La tarjeta {device} dice que su vida se acabó",
        "Cualquier día puede volverse de solo lectura o perder lo que se escribe.",
        "edgegw journal backup /media/usb, y cambie la tarjeta",
    ),
    "card_worn": (
        "La tarjeta {device} ha usado el {used} % de su vida, según ella misma",
        "En unos meses se volverá de solo lectura o perderá lo que se escribe.",
        "edgegw journal backup /media/usb, y tenga otra tarjeta a mano",
    ),
    "ledger_damaged": (
        "El libro de registros está dañado: {reason}",
        "Un reinicio lo deja a un lado y salva lo que se puede leer; hasta entonces pueden fallar lecturas.",
        "sudo systemctl restart edgegw; edgegw journal verify",
    ),
    "serial_absent": (
        "{path} no existe; existen: {others}",
        "Lo que cuelga de él no se puede leer. Los adaptadores cambian de nombre si el archivo no usa by-id.",
        "ls -l /dev/serial/by-id; enchufe el adaptador, o corrija su nombre en el archivo",
    ),
    "serial_denied": (
        "{who} no puede abrir {path}",
        "Lo que cuelga de él no se puede leer.",
        "sudo usermod -aG {group} {who} && sudo systemctl restart edgegw",
    ),
    "serial_name": (
        "{path} puede ser otro dispositivo tras el próximo arranque",
        "Dos adaptadores cambian de sitio cuando uno tarda: un medidor se lee en el bus equivocado.",
        "escriba {better} en el archivo, y: sudo edgegw reload",
    ),
    "meter_silent": (
        "No se puede leer: {reason}",
        "Lo que mide cuenta como lo más que puede ser, y los coches reciben menos.",
        "mire su corriente, A y B del bus y el número de unidad, y: {read}",
    ),
    "certificate_unusable": (
        "{path} no se puede usar: {reason}",
        "Nadie se conecta por TLS donde hace falta.",
        "openssl x509 -in {path} -noout -text; ponga un archivo PEM en su lugar, y: sudo edgegw reload",
    ),
    "certificate_key": (
        "{path}: {reason}",
        "Un certificado sin su propia clave no prueba nada: TLS no arranca.",
        "ponga certificado y clave de una misma pareja, y: sudo edgegw reload",
    ),
    "certificate_chain": (
        "{path}: un certificado en él no está firmado por el siguiente",
        "Estaciones y brokers que solo conocen la raíz no encuentran el camino hasta ella.",
        "póngalos en orden, el propio primero, cada uno antes del que lo firmó; luego: sudo edgegw reload",
    ),
    "certificate_expired": (
        "{path} venció el {at}",
        "Quien lo comprueba cuelga.",
        "renuévelo, y: sudo edgegw reload",
    ),
    "certificate_expiring": (
        "{path} vence el {at}",
        "Desde entonces, quien lo comprueba cuelga.",
        "renuévelo, y: sudo edgegw reload",
    ),
    "broker_away": (
        "Sin conexión con {url}: {reason}",
        "Se sigue cargando; lo que pasa espera aquí a la nube, y la nube no puede ordenar nada.",
        "journalctl -u edgegw -n 50 | grep broker; mire el acceso a internet, la cuenta y la contraseña",
    ),
    "watermark_missing": (
        "{url} está conectado, pero lo que se acaba de escribir no se confirmó en {patience} s",
        "Nada se pierde, y nada se entrega: puede que el extremo de la nube esté parado.",
        "edgegw journal stats; haga mirar el extremo de la nube (edgegw ingest, o el propio)",
    ),
    "watermark_late": (
        "{waiting} hechos esperan a la nube, el más antiguo desde hace {oldest}",
        "Nada se pierde; la nube se entera tarde.",
        "edgegw journal stats",
    ),
    "events_parked": (
        "{parked} eventos fueron rechazados por la nube y dejados a un lado",
        "La nube no los conoce.",
        "edgegw journal stats; journalctl -u edgegw | grep parked",
    ),
    "credential_missing": (
        "La credencial {name} no está guardada",
        "Quien la necesita para entrar no puede.",
        "sudo edgegw credential set {name}",
    ),
    "vault_away": (
        "Vault no da secretos: {reason}",
        "Lo que tiene su secreto de allí funciona con el último, y tras un reinicio, no.",
        "mire secrets.vault en el archivo, y: sudo edgegw reload",
    ),
    "voice": (
        "{part}: {reason}",
        "EVA no habla; la pantalla del quiosco y la carga siguen.",
        "edgegw voice --check",
    ),
}
