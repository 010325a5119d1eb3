// The installer's page: each station, what is wrong with it and what to do, and all that is known of it.
import { $, el, get, say } from "/parts.js";
import { FINDINGS, REASONS } from "/findings.js";
import { STATIONS } from "/stations_texts.js";

const POLL_MS = 5000;
const LEVELS = ["bad", "warm", "hint"];

let locale = "pt-BR", text = STATIONS[locale], timeZone, open = new Set();

const at = (time) => new Date(time).toLocaleString(locale, { timeZone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const joined = (...parts) => parts.filter((part) => part).join(" · ");

// A finding in the site's language. The API has it in English, with what stands in it beside.
function words(finding) {
  const values = { ...finding.values };
  for (const name of ["since", "at"]) if (values[name]) values[name] = at(values[name]);
  if (values.skew) values.skew = skew(Number(values.skew));
  if ("source" in values) values.source = source(values.source);
  if ("evse" in values) values.place = values.evse ? `${text.spot} ${values.evse}` : text.itself;
  const [reason, remedy] = REASONS[locale]?.[values.word] ?? [];
  if (reason) values.reason = reason;
  const own = FINDINGS[locale]?.[finding.kind];
  if (own) return own.map((each, number) => fill((number === 1 && remedy) || each, values));
  const plain = (words) => ["since", "at"].reduce((so, name) => (finding.values[name] ? so.replace(finding.values[name], values[name]) : so), words);
  return [plain(finding.text), plain(finding.todo)];
}

function finding(each) {
  const [what, todo] = words(each);
  return el("li", { class: `finding ${each.level}` }, el("strong", {}, what), el("span", {}, todo));
}

const source = (word) => (word === "installer" || word === "ledger" || word === "file" ? text[`by_${word}`] : word);

function proof(station) {
  const profile = `${text.profile} ${station.security_profile} (${source(station.security_source)})`;
  if (!station.proof) return profile;
  return joined(profile, text[`proven_${station.proof.by ?? "nothing"}`], station.proof.tls ? "TLS" : text.no_tls);
}

function link(station) {
  const since = station.link.since ? `${text.since} ${at(station.link.since)}` : "";
  return joined(text[station.link.state], since, station.ocpp ? `OCPP ${station.ocpp}` : "", station.address ?? "");
}

function skew(seconds) {
  const size = Math.round(Math.abs(seconds)), minutes = Math.round(size / 60);
  const words = size < 120 ? `${size} s` : minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60 ? `${minutes % 60} min` : ""}`.trim();
  return `${seconds < 0 ? "−" : "+"}${words}`;
}

function clock(station) {
  if (station.skew_s === null) return text.clock_unknown;
  return Math.abs(station.skew_s) <= 1 ? text.clock_right : skew(station.skew_s);
}

function facts(station) {
  const rows = [
    ["link", link(station)],
    ["model", joined(station.vendor, station.model) || text.unsaid],
    ["firmware", station.firmware ?? "–"],
    ["serial", station.serial ?? (station.vendor === null ? "–" : text.hidden)],
    ["boot", `${text[station.registration ?? "not_yet"]} (${source(station.boot_source)})`],
    ["security", proof(station)],
    ["clock", clock(station)],
  ];
  return el("dl", { class: "known" }, ...rows.flatMap(([name, value]) => [el("dt", {}, text[name]), el("dd", {}, value)]));
}

function fold(key, title, lines) {
  if (!lines.length) return null;
  const node = el("details", {}, el("summary", {}, `${title} (${lines.length})`), el("ul", { class: "lines" }, ...lines));
  node.open = open.has(key);
  node.addEventListener("toggle", () => (node.open ? open.add(key) : open.delete(key)));
  return node;
}

const line = (what, beside) => el("li", {}, el("span", {}, what), beside ? el("span", { class: "quiet" }, beside) : null);

const knock = (each) => {
  const [reason] = REASONS[locale]?.[each.reason] ?? [each.text];
  return line(reason, joined(each.station, each.address, `${each.count}×`, `${text.last} ${at(each.last_at)}`));
};

function quirks(known) {
  if (!known) return [];
  return [
    ...known.recognised.map((each) => line(`${text.recognised}: ${each}`)),
    ...known.learned.map((each) => line(`${text.learned} ${at(each.at)}: ${each.quirk}`, each.evidence)),
    ...Object.entries(known.effects).map(([name, value]) => line(`${text.effect}: ${name} = ${JSON.stringify(value)}`)),
    ...known.notes.map((each) => line(`${text.note}: ${each}`)),
  ];
}

function settings(upkeep) {
  const odd = upkeep.settings.filter((each) => !["in_place", "set"].includes(each.status));
  return odd.map((each) => line(each.setting, joined(text[`setting_${each.status}`], each.value ?? "")));
}

function card(station) {
  const level = LEVELS.find((each) => station.findings.some((one) => one.level === each));
  const kind = level === "bad" || level === "warm" ? level : station.link.state === "up" ? "good" : "";
  const key = (name) => `${station.id} ${name}`;
  const tolerated = station.tolerated.map((each) => line(each.text, joined(each.where, `${each.count}×`)));
  return el("article", { class: `spot station ${kind}` },
    el("header", {}, el("h3", {}, station.name), el("span", { class: `state ${station.link.state}` }, text[station.link.state])),
    station.name !== station.id || !station.configured ? el("p", {}, joined(station.name !== station.id ? station.id : "", station.configured ? "" : text.not_configured)) : null,
    station.findings.length ? el("ul", { class: "findings" }, ...station.findings.map(finding)) : el("p", { class: "fine" }, text.nothing_wrong),
    facts(station),
    fold(key("quirks"), text.quirks, quirks(station.quirks)),
    fold(key("settings"), text.settings, settings(station.upkeep)),
    fold(key("tolerated"), text.tolerated, tolerated),
    fold(key("knocks"), text.knocks, station.knocks.map(knock)));
}

let shown = null;

function show(stations) {
  // Readings change all the time and are not shown here: a command that somebody is about to copy stays where it is.
  const seen = JSON.stringify([locale, stations.map(({ evses, ...rest }) => rest)]);
  if (seen === shown) return;
  shown = seen;
  const grave = (station) => Math.min(...station.findings.map((each) => LEVELS.indexOf(each.level)), LEVELS.length);
  const sorted = stations.map((station, number) => [grave(station), number, station]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  $("stations").replaceChildren(...(sorted.length ? sorted.map(([, , station]) => card(station)) : [el("p", { class: "quiet" }, text.no_stations)]));
  const wrong = sorted.filter(([level]) => level < 2).length;
  const here = stations.filter((each) => each.connected).length;
  say("line", joined(`${here} ${text.of} ${stations.length} ${text.connected}`, wrong ? `${wrong} ${text.need_you}` : text.all_well));
}

function speak(site) {
  timeZone = site.timezone;
  if (site.locale in STATIONS) [locale, text] = [site.locale, STATIONS[site.locale]];
  document.documentElement.lang = locale;
  document.title = `${site.name} · ${text.stations}`;
  say("name", site.name);
  for (const node of document.querySelectorAll("[data-text]")) if (node.textContent !== text[node.dataset.text]) node.textContent = text[node.dataset.text];
  say("footer", `edgegw ${site.version} · ${new Date(site.now).toLocaleString(locale, { timeZone, timeStyle: "medium" })}`);
}

async function refresh() {
  if (!document.hidden) {
    try {
      const [site, stations] = await Promise.all([get("/api/v1/site"), get("/api/v1/stations")]);
      speak(site);
      show(stations.items);
      // Whom it did not let in the gateway tells an installer alone, at its control socket.
      const known = new Set(stations.items.map((each) => each.id));
      const knocked = site.masked ? [] : (await get("/api/v1/knocks")).items.filter((each) => !known.has(each.station));
      $("strangers").hidden = !knocked.length;
      $("knocks").replaceChildren(...knocked.map(knock));
      $("lost").hidden = true;
      document.body.classList.remove("old");
    } catch {
      say("lost", text.lost);
      $("lost").hidden = false;
      document.body.classList.add("old");
    }
  }
  setTimeout(refresh, POLL_MS);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) location.reload(); });
refresh();
