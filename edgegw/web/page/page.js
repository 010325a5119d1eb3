// The live page: asks the local API every two seconds, and at once when something happened. Texts by the site's locale.
const TEXTS = {
  "pt-BR": {
    available: "livre", preparing: "conectado", occupied: "ocupada", charging: "carregando", suspended_ev: "veículo cheio ou em pausa",
    suspended_evse: "aguardando potência", finishing: "terminando", reserved: "reservada", unavailable: "indisponível",
    faulted: "com defeito", offline: "sem conexão", pending: "aguardando instalador", unknown: "sem notícia", recent: "Recargas",
    spot: "Vaga", start: "Início", energy: "Energia", cost: "Valor", running: "em curso", none: "Nenhuma recarga ainda.",
    cloud: "nuvem", cloud_on: "conectada", cloud_off: "sem conexão, tudo fica guardado aqui", backlog: "registros a enviar",
    fallback: "Limite de segurança: medidor sem resposta.", lost: "Sem contato com o gateway; tentando de novo.", stations: "vagas conectadas",
  },
  en: {
    available: "free", preparing: "plugged in", occupied: "occupied", charging: "charging", suspended_ev: "vehicle full or pausing",
    suspended_evse: "waiting for power", finishing: "finishing", reserved: "reserved", unavailable: "unavailable",
    faulted: "faulty", offline: "offline", pending: "waiting for the installer", unknown: "no word yet", recent: "Charges",
    spot: "Spot", start: "Start", energy: "Energy", cost: "Cost", running: "running", none: "No charge yet.",
    cloud: "cloud", cloud_on: "connected", cloud_off: "offline, everything is kept here", backlog: "records to send",
    fallback: "Safe limit: the meter does not answer.", lost: "No contact with the gateway; trying again.", stations: "stations connected",
  },
};
TEXTS.es = {
  ...TEXTS.en, available: "libre", charging: "cargando", occupied: "ocupada", offline: "sin conexión", recent: "Cargas", spot: "Plaza",
  start: "Inicio", energy: "Energía", cost: "Importe", running: "en curso", none: "Ninguna carga todavía.",
};

const $ = (id) => document.getElementById(id);
let text = TEXTS["pt-BR"], locale = "pt-BR";

// Everything from outside enters the page as text, never as markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}
const number = (value, digits = 0) => value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const money = (cost) => Number(cost.amount).toLocaleString(locale, { style: "currency", currency: cost.currency });
const kwh = (wh) => `${number(wh / 1000, 2)} kWh`;

async function get(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function showSupply(site) {
  const rows = [];
  const supply = site.supply, meter = site.meters.find((each) => each.measures === "supply" && each.reading);
  if (supply && meter) {
    for (const phase of ["l1", "l2", "l3"]) {
      const amps = meter.reading[`current_${phase}_a`];
      if (amps === undefined) continue;
      const share = amps / supply.limit_a, bar = el("i", { class: share > 1 ? "over" : share > 0.9 ? "near" : "" });
      bar.style.width = `${Math.min(100, Math.max(0, share * 100))}%`;
      rows.push(el("div", { class: "phase" }, el("span", {}, phase.toUpperCase()), el("div", { class: "bar" }, bar),
        el("span", {}, `${number(amps, 1)} / ${number(supply.limit_a)} A`)));
    }
  }
  if (site.fallback) rows.unshift(el("p", { class: "notice" }, text.fallback));
  $("supply").replaceChildren(...rows);
}

function stateOf(station, evse) {
  if (!station.connected) return ["offline", "fault"];
  if (station.registration === "pending") return ["pending", "wait"];
  const status = evse.connectors.map((each) => each.status).find((each) => each !== "available") ?? evse.connectors[0]?.status ?? "unknown";
  const running = evse.transaction?.charging_state;
  const shown = status === "occupied" && running && TEXTS.en[running] ? running : status;
  const kind = shown === "charging" ? "charging" : shown.startsWith("suspended") ? "wait" : ["faulted", "unavailable"].includes(shown) ? "fault" : "";
  return [shown, kind];
}

function showStations(stations) {
  const cards = [];
  for (const station of stations) {
    for (const evse of station.evses) {
      const [state, kind] = stateOf(station, evse);
      const name = station.evses.length > 1 ? `${station.name} · ${evse.id}` : station.name;
      const watts = evse.reading?.power_w, transaction = evse.transaction;
      cards.push(el("article", { class: "card" },
        el("h3", {}, name, el("span", { class: `state ${kind}` }, text[state] ?? state)),
        el("p", { class: "big" }, transaction && watts !== undefined ? `${number(watts / 1000, 1)} kW` : "–"),
        transaction ? el("p", {}, `${kwh(transaction.energy_wh)} · ${money(transaction.cost)}`) : null,
        el("p", { class: "quiet" }, station.id)));
    }
  }
  $("stations").replaceChildren(...cards);
}

function showTransactions(items) {
  if (!items.length) return $("transactions").replaceChildren(el("p", { class: "quiet" }, text.none));
  const head = el("tr", {}, el("th", {}, text.spot), el("th", {}, text.start), el("th", { class: "num" }, text.energy),
    el("th", { class: "num" }, text.cost), el("th", { class: "optional" }, ""));
  const rows = items.map((each) => el("tr", {},
    el("td", {}, `${each.station} · ${each.evse}`),
    el("td", {}, new Date(each.started_at).toLocaleString(locale, { dateStyle: "short", timeStyle: "short" })),
    el("td", { class: "num" }, kwh(each.energy_wh)), el("td", { class: "num" }, money(each.cost)),
    el("td", { class: "optional quiet" }, each.state === "active" ? text.running : "")));
  $("transactions").replaceChildren(el("table", {}, head, ...rows));
}

function showLine(site) {
  const parts = [`${site.stations.connected}/${site.stations.configured} ${text.stations}`];
  if (site.uplink) {
    const backlog = Object.values(site.uplink.backlog ?? {}).reduce((sum, each) => sum + each, 0);
    parts.push(`${text.cloud}: ${site.uplink.connected ? text.cloud_on : text.cloud_off}`, `${number(backlog)} ${text.backlog}`);
  }
  $("line").textContent = parts.join(" · ");
  $("footer").textContent = `edgegw ${site.version} · ${new Date(site.now).toLocaleTimeString(locale)}`;
}

let busy = false, again = false;
async function refresh() {
  if (busy) return void (again = true);
  busy = true;
  try {
    const [site, stations, transactions] = await Promise.all([
      get("/api/v1/site"), get("/api/v1/stations"), get("/api/v1/transactions?limit=10"),
    ]);
    locale = site.locale in TEXTS ? site.locale : "pt-BR";
    text = TEXTS[locale];
    document.documentElement.lang = locale;
    document.title = $("name").textContent = site.name;
    for (const node of document.querySelectorAll("[data-text]")) node.textContent = text[node.dataset.text];
    showSupply(site); showStations(stations.items); showTransactions(transactions.items); showLine(site);
  } catch (error) {
    $("line").textContent = text.lost;
  } finally {
    busy = false;
    if (again) { again = false; setTimeout(refresh, 300); }
  }
}

refresh();
setInterval(refresh, 2000);
const changes = new EventSource("/api/v1/changes");
for (const type of ["transaction_started", "transaction_ended", "station_status_changed", "station_connected", "station_disconnected"])
  changes.addEventListener(type, refresh);
