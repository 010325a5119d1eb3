// The live page: shows what the local API says, again when a change is streamed, and every ten seconds anyway.
import { showForecast } from "/forecast.js";
import { $, el, get, say } from "/parts.js";
import { TEXTS } from "/texts.js";

const POLL_MS = 10000, RETRY_MS = 2000, FACT_MS = 500, READING_MS = 2000, OLD_S = 180, COMING_MS = 60000;

let locale = "pt-BR", text = TEXTS[locale], timeZone, names = new Map(), contact = null;

const number = (value, digits = 0) => value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const amperes = (value) => number(value, value % 1 ? 1 : 0);
const money = (cost) => Number(cost.amount).toLocaleString(locale, { style: "currency", currency: cost.currency });
const kwh = (wh) => `${number(wh / 1000, 2)} kWh`;
const clock = (at, options) => new Date(at).toLocaleString(locale, { timeZone, ...options });
function duration(from, to) {
  const minutes = Math.max(0, Math.floor((new Date(to) - new Date(from)) / 60000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

// Power

function showPhase(phase, currents, fallback) {
  const limit = currents.limit_a, measured = currents.measured_a ?? fallback;
  if (measured === null || measured === undefined || !limit)
    return el("div", { class: "phase" }, el("b", {}, phase), el("span", { class: "quiet" }, text.unmeasured), el("span", { class: "num" }, limit ? `${text.limit} ${amperes(limit)} A` : ""));
  const level = measured > limit ? "over" : measured > 0.9 * limit ? "near" : "";
  const building = Math.min(Math.max(0, currents.building_a ?? 0), Math.max(0, measured)), cars = Math.max(0, measured - building);
  const scale = Math.max(limit, building + cars);
  const words = `${amperes(measured)} ${text.of} ${amperes(limit)} A`;
  const bar = el("div", { class: `bar ${level}`, role: "meter", "aria-label": phase, "aria-valuemin": 0, "aria-valuemax": limit, "aria-valuenow": measured,
    "aria-valuetext": level ? `${words}, ${text[level]}` : words });
  for (const [kind, value] of [["building", building], ["cars", cars]]) {
    const part = el("i", { class: kind });
    part.style.width = `${(100 * value) / scale}%`;
    bar.append(part);
  }
  return el("div", { class: "phase" }, el("b", {}, phase), bar, el("span", { class: "num" }, words),
    level ? el("span", { class: `note ${level}`, "aria-hidden": "true" }, text[level]) : null);
}

function showPower(site) {
  const meter = site.meters.find((each) => each.measures === "supply" && each.reading && !each.stale);
  let split = false;
  $("circuits").replaceChildren(...site.circuits.map((circuit) => {
    const phases = Object.entries(circuit.phases);
    split ||= phases.some(([, each]) => each.measured_a !== null && each.building_a > 0);
    const title = circuit.id === "main" ? text.main : `${text.circuit} ${circuit.id}`;
    return el("div", { class: "circuit" }, site.circuits.length > 1 ? el("h3", {}, title) : null,
      ...phases.map(([phase, each]) => showPhase(phase, each, circuit.id === "main" ? meter?.reading[`current_${phase.toLowerCase()}_a`] : null)));
  }));
  $("power").hidden = site.circuits.length === 0;
  $("key").hidden = !split;
  $("key").replaceChildren(...["building", "cars"].flatMap((kind) => [el("i", { class: `swatch ${kind}` }), el("span", {}, text[kind])]));
}

function showNotices(site) {
  const notices = site.fallback ? [text.fallback] : [];
  for (const limit of site.limits) {
    const amount = limit.limit_a !== null ? `${amperes(limit.limit_a)} A` : `${number(limit.limit_w / 1000, 1)} kW`;
    const until = limit.until ? ` (${text.until} ${clock(limit.until, { timeStyle: "short" })})` : "";
    const [kind, name] = limit.target.split(":");
    const where = kind === "station" ? ` · ${names.get(name) ?? name}` : kind === "circuit" && name !== "main" ? ` · ${text.circuit} ${name}` : "";
    notices.push(`${text.reduced}: ${amount}${where}${until}`);
  }
  const shown = notices.join("\n");
  if ($("notices").dataset.shown === shown) return;
  $("notices").dataset.shown = shown;
  $("notices").replaceChildren(...notices.map((each) => el("p", { class: "notice" }, each)));
}

// Spots

const KINDS = {
  charging: "good", available: "", suspended_ev: "warm", suspended_evse: "warm", finishing: "warm", pending: "warm",
  faulted: "bad", unavailable: "bad", offline: "bad", rejected: "bad", silent: "bad",
};

function stateOf(station, evse) {
  if (!station.connected) return station.changed_at ? "offline" : "unknown";
  if (station.registration === "pending" || station.registration === "rejected") return station.registration;
  if (station.silent_since) return "silent";
  const statuses = [...evse.connectors, ...station.connectors].map((each) => each.status);
  const status = statuses.find((each) => each === "faulted") ?? statuses.find((each) => each !== "available") ?? statuses[0] ?? "unknown";
  // OCPP 2.x says no more than occupied; what the car does stands in the transaction.
  const running = evse.transaction?.charging_state;
  return ["occupied", "unknown"].includes(status) && running in text ? running : status;
}

function showSpot(station, evse, several) {
  const state = stateOf(station, evse), running = evse.transaction, reading = evse.reading;
  const name = several ? `${station.name} · ${evse.id}` : station.name;
  const watts = reading && station.connected && reading.age_s < OLD_S ? reading.power_w : undefined;
  const small = [];
  if (running) {
    small.push(kwh(running.energy_wh), duration(running.started_at, contact));
    const limit = evse.setpoint?.setpoint_a;
    if (limit !== null && limit !== undefined) small.push(limit > 0 ? `${text.limit} ${amperes(limit)} A` : text.paused);
  }
  const error = [...evse.connectors, ...station.connectors].find((each) => each.error)?.error;
  if (error) small.push(error);
  if (evse.wired?.contradicts) small.push(`${text.wrong_phases} ${evse.wired.phases.map((each) => each ?? "?").join(" ")}`);
  if (station.name !== station.id) small.push(station.id);
  return el("li", { class: `spot ${KINDS[state] ?? ""}` },
    el("header", {}, el("h3", {}, name), el("span", { class: "state" }, text[state] ?? state)),
    running ? el("dl", { class: "figures" }, el("dt", {}, text.now), el("dd", { class: "num" }, watts === undefined ? "–" : `${number(watts / 1000, 1)} kW`),
      el("dt", {}, `${text.cost} ${text.so_far}`), el("dd", { class: "num" }, money(running.cost))) : null,
    small.length ? el("p", {}, small.map((each) => each.replaceAll(" ", "\u00a0")).join(" · ")) : null);
}

function showSpots(stations) {
  names = new Map(stations.map((each) => [each.id, each.name]));
  const spots = stations.flatMap((station) => {
    const evses = station.evses.length ? station.evses : [{ id: 0, connectors: [], transaction: null, reading: null }];
    return evses.map((evse) => showSpot(station, evse, evses.length > 1));
  });
  $("spots").replaceChildren(...(spots.length ? spots : [el("li", { class: "quiet" }, text.no_spots)]));
}

function showTransactions(items) {
  if (!items.length) return $("transactions").replaceChildren(el("p", { class: "quiet" }, text.none));
  const head = el("tr", {}, el("th", { scope: "col" }, text.spot), el("th", { scope: "col" }, text.start), el("th", { scope: "col", class: "num optional" }, text.duration),
    el("th", { scope: "col", class: "num" }, text.energy), el("th", { scope: "col", class: "num" }, text.cost));
  const rows = items.map((each) => el("tr", {},
    el("td", {}, `${names.get(each.station) ?? each.station}${each.evse > 1 ? ` · ${each.evse}` : ""}`),
    el("td", {}, clock(each.started_at, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" })),
    el("td", { class: "num optional" }, duration(each.started_at, each.ended_at)),
    el("td", { class: "num" }, kwh(each.energy_wh)), el("td", { class: "num" }, money(each.cost))));
  $("transactions").replaceChildren(el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}

function showLine(site) {
  const parts = [`${site.stations.connected} ${text.of} ${site.stations.configured} ${text.spots_connected}`];
  if (site.uplink) {
    const backlog = Object.values(site.uplink.backlog ?? {}).reduce((sum, each) => sum + each, 0);
    parts.push(site.uplink.connected ? text.cloud_on : text.cloud_off, backlog ? `${number(backlog)} ${text.backlog}` : text.up_to_date);
  }
  say("line", parts.join(" · "));
  say("footer", `edgegw ${site.version} · ${text.updated} ${clock(site.now, { timeStyle: "medium" })}`);
}

function speak(site) {
  timeZone = site.timezone;
  if (site.locale !== locale && site.locale in TEXTS) [locale, text] = [site.locale, TEXTS[site.locale]];
  document.documentElement.lang = locale;
  document.title = site.name;
  say("name", site.name);
  for (const node of document.querySelectorAll("[data-text]")) if (node.textContent !== text[node.dataset.text]) node.textContent = text[node.dataset.text];
}

// Life: one refresh at a time; soon after a fact, every two seconds while only readings change, at least every ten.

let busy = false, again = null, timer = null, shown = 0, ended = null, endedAt = 0, coming = null, comingAt = -Infinity;

function soon(delay) {
  const due = performance.now() + delay;
  if (timer !== null && timer.due <= due) return;
  if (timer !== null) clearTimeout(timer.id);
  timer = { due, id: setTimeout(refresh, delay) };
}
function changed(calm) {
  if (calm === FACT_MS) ended = null;
  if (busy) again = Math.min(again ?? calm, calm);
  else soon(Math.max(0, shown + calm - performance.now()));
}

async function refresh() {
  timer = null;
  if (document.hidden) return;
  busy = true;
  again = null;
  let next = POLL_MS;
  if (performance.now() > endedAt + POLL_MS) ended = null;
  try {
    const [site, stations, transactions] = await Promise.all([get("/api/v1/site"), get("/api/v1/stations"), ended ?? get("/api/v1/transactions?state=ended&limit=10")]);
    if (transactions !== ended) [ended, endedAt] = [again === FACT_MS ? null : transactions, performance.now()];
    contact = site.now;
    speak(site); showSpots(stations.items); showNotices(site); showPower(site); showTransactions(transactions.items); showLine(site);
    if ("forecast" in site.services && performance.now() > comingAt + COMING_MS) [coming, comingAt] = [await get("/api/v1/forecast"), performance.now()];
    showForecast($("forecast"), coming, text, number, clock);
    $("lost").hidden = true;
    document.body.classList.remove("old");
  } catch {
    say("lost", contact === null ? text.lost : `${text.lost} ${text.last}: ${clock(contact, { timeStyle: "medium" })}.`);
    $("lost").hidden = false;
    document.body.classList.add("old");
    next = RETRY_MS;
  }
  busy = false;
  shown = performance.now();
  soon(again ?? next);
}

const CHANGES = ["state", "transaction_started", "transaction_metered", "transaction_suspended", "transaction_resumed", "transaction_ended", "cdr_closed",
  "energy_transfer_started", "station_status_changed", "station_connected", "station_disconnected", "station_booted", "station_fell_silent", "station_answered_again", "policy_limit_changed",
  "fallback_entered", "fallback_left", "meter_stale", "meter_recovered", "phases_learned", "site_configured"];

function listen() {
  const changes = new EventSource("/api/v1/changes");
  for (const type of CHANGES) changes.addEventListener(type, () => changed(type === "state" ? READING_MS : FACT_MS));
  changes.addEventListener("error", () => {
    changed(FACT_MS);  // the end of the stream is the first sign that the gateway is gone
    if (changes.readyState === EventSource.CLOSED) setTimeout(listen, POLL_MS);  // refused: a browser does not ask again
  });
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(0); });
listen();
refresh();
