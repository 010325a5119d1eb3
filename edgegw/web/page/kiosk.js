// The kiosk's screen: large buttons that propose what EVA would, in a dialogue of their own; the hub decides.
import { $, el, get, say } from "/parts.js";
import { TEXTS } from "/kiosk_texts.js";

const IDLE_MS = 45000, RESULT_MS = 15000, TICK_MS = 250, RETRY_MS = 2000, TAP_MS = 400, GONE_MS = 2000;
const CATEGORIES = ["cable", "connector", "charging", "card", "payment", "display", "parking", "safety", "other"];
const TROUBLES = ["mic_lost", "cloud_down", "key_missing", "budget_spent"];

// `view` is what the screen is at; `wish` is what was proposed and waits for a card; `acting` keeps one touch one touch.
let site = null, state = null, locale = "pt-BR", text = TEXTS[locale], view = { name: "home" }, wish = null, acting = false, touched = performance.now(), at = 0, lost = false, declined = null;

async function post(path, body = {}) {
  const answer = await fetch(`/api/v1/kiosk/${path}`, {
    method: "POST", cache: "no-store", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(30000),
  });
  const said = await answer.json();
  if (!answer.ok && answer.status !== 429) throw new Error(said.detail ?? String(answer.status));
  return said;
}

const button = (words, does, kind = "", small = null) => {
  const node = el("button", { type: "button", class: kind }, words, small ? el("small", {}, small) : null);
  node.addEventListener("click", does);
  return node;
};
const row = (...buttons) => el("div", { class: "row" }, ...buttons);

function go(name, more = {}) { view = { name, ...more, at: performance.now() }; show(); }

async function home() {
  wish = null;
  go("home");
  if (state?.dialogue) await post("close").catch(() => {});
}

// What the driver wants

async function want(tool, args) {
  if (acting) return;
  acting = true;
  if (view.name !== "status") go("waiting");
  try {
    take(await post("propose", { tool, args, language: locale }), tool, args);
  } catch (error) {
    go("result", { say: error.message, bad: true });
  }
  acting = false;
}

function take(answer, tool, args) {
  if (answer.decision === "needs_proof") {
    wish = { tool, args };
    go("proof", { say: answer.say, typed: "" });
  } else if (answer.decision === "needs_confirmation") {
    wish = null;
    go("confirm", { action: answer.action, say: answer.say });
  } else {
    wish = null;
    if (view.name === "status" && tool === "prices") { view.prices = answer.say; show(); }
    else go("result", { say: answer.say, bad: answer.decision === "refused" });
  }
}

async function confirm(action) {
  if (acting) return;
  acting = true;
  go("waiting");
  try {
    const answer = await post(`confirm/${encodeURIComponent(action)}`);
    go("result", { say: answer.say, bad: answer.decision === "refused" });
  } catch (error) {
    go("result", { say: error.message, bad: true });
  }
  acting = false;
}

async function decline(action) {
  declined = action;
  await post(`decline/${encodeURIComponent(action)}`).catch(() => {});
  await home();
}

function happened(event) {
  if (event.kind === "proof" && wish !== null && event.dialogue === state?.dialogue) {
    if (event.result?.accepted) { const { tool, args } = wish; want(tool, args); }
    else if (view.name === "proof") { view.wrong = event.say; show(); }
  } else if (["expired", "cancelled", "outcome"].includes(event.kind) && event.say && (event.action === view.action || event.dialogue === state?.dialogue)) {
    if (view.name === "confirm" || view.name === "result" || view.name === "waiting") go("result", { say: event.say, bad: event.kind !== "outcome" });
  } else if (event.kind === "closed" && event.dialogue === state?.dialogue && view.name !== "result") home();
}

// Views

const VIEWS = {
  home() {
    const voice = state.voice?.connected ? state.voice : null;
    return [el("div", { class: "tiles home" },
      button(text.start, () => go("places"), "go"), button(text.stop, () => want("stop_charge", {})),
      button(text.status, () => { go("status"); want("prices", {}); }), button(text.report, () => go("report")),
      voice ? talk() : null)];
  },
  places() {
    return [el("h2", {}, text.which_start), el("div", { class: "tiles" }, ...state.bays.map((bay) =>
      button(bay.label, () => want("start_charge", { station: bay.station, evse: bay.evse }), "", text[bay.state] ?? bay.state))), row(button(text.back, home))];
  },
  status() {
    return [el("ul", { class: "bays" }, ...state.bays.map((bay) => el("li", { class: bay.state }, bay.label, el("span", {}, text[bay.state] ?? bay.state)))),
      el("div", { class: "middle" }, el("p", { class: "say" }, view.prices ?? text.waiting)), row(button(text.back, home))];
  },
  report() {
    return [el("h2", {}, text.which_report), el("div", { class: "tiles" }, ...CATEGORIES.map((category) => {
      const words = text[`${category}_problem`] ?? text[category];
      return button(words, () => want("report_problem", { category, text: words }));
    })), row(button(text.back, home))];
  },
  proof() {
    const how = state.reader?.ready ? [el("p", { class: "say" }, text.card), el("p", { class: "quiet" }, text.or_pin)] : [el("p", { class: "say" }, text.pin_only)];
    const wrong = view.wrong || (state.pin_wait_s > 0 ? `${text.wait} ${state.pin_wait_s} ${text.seconds}` : "");
    return [el("div", { class: "proof" },
      el("div", {}, el("h2", {}, view.say), ...how, wrong ? el("p", { class: "say bad", role: "alert" }, wrong) : null),
      pad(async (pin) => {
        const answer = await post("pin", { pin });
        if (!answer.accepted) { view.wrong = answer.wait_s > 0 ? `${text.wrong_pin} ${text.wait} ${answer.wait_s} ${text.seconds}` : text.wrong_pin; show(); }
      }, true)), row(button(text.cancel, home))];
  },
  confirm() {
    const pending = state.pending.find((each) => each.id === view.action);
    if (!pending) return [el("div", { class: "middle" }, el("p", { class: "say" }, text.waiting)), row(button(text.back, home))];
    const words = TEXTS[pending.language] ?? text, left = Math.max(0, pending.expires_in_s - (performance.now() - at) / 1000);
    const bar = el("i", {});
    bar.style.width = `${Math.min(100, (100 * left) / 30)}%`;
    return [el("ul", { class: "read-back" }, ...pending.lines.map((line) => el("li", {}, line))),
      el("p", { class: "quiet" }, `${words.touch} ${words.left} ${Math.ceil(left)} ${words.seconds}.`), el("div", { class: "left" }, bar),
      el("div", { class: "middle" }, row(button(words.cancel, () => decline(pending.id)), button(words.confirm, () => confirm(pending.id), "go")))];
  },
  result() {
    return [el("div", { class: "middle" }, el("p", { class: view.bad ? "say bad" : "say" }, view.say)), row(button(view.bad ? text.back : text.done, home))];
  },
  waiting() { return [el("div", { class: "middle" }, el("p", { class: "say" }, text.waiting))]; },
  pair() {
    return [el("div", { class: "proof" },
      el("div", {}, el("h2", {}, text.pair), el("p", {}, text.pair_how), view.wrong ? el("p", { class: "say bad", role: "alert" }, view.wrong) : null),
      pad(async (code) => {
        try { await post("pair", { code }); await begin(); }
        catch { view.wrong = text.wrong_code; show(); }
      }, false))];
  },
  none() { return [el("div", { class: "middle" }, el("p", { class: "say" }, text.none))]; },
};

// A digit pad: of a PIN nobody who looks on sees the digits.
function pad(does, secret) {
  const typed = el("output", { class: "typed", "aria-live": "off" });
  const tell = () => { typed.textContent = secret ? "•".repeat(view.typed.length) : view.typed; };
  view.typed ??= "";
  const press = (key) => () => {
    view.typed = key === "⌫" ? view.typed.slice(0, -1) : (view.typed + key).slice(0, 8);
    tell();
  };
  const enter = button("OK", async () => {
    const given = view.typed;
    view.typed = "";
    tell();
    if (given) await does(given).catch((error) => { view.wrong = error.message; show(); });
  }, "go");
  tell();
  return el("div", { class: "pad" }, typed, ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0"].map((key) => button(key, press(key))), enter);
}

// Held while speaking; after a short tap she hears by herself when the driver has finished.
function talk() {
  const node = el("button", { type: "button", class: "talk", id: "talk" }, `${text.talk} ${state.assistant}`, el("small", {}, text.hold));
  node.addEventListener("pointerdown", (event) => {
    const since = performance.now();
    node.setPointerCapture(event.pointerId);
    node.classList.add("held");
    post("button", { pressed: true }).catch(() => {});
    const end = () => {
      node.classList.remove("held");
      if (performance.now() - since > TAP_MS) post("button", { pressed: false }).catch(() => {});
    };
    node.addEventListener("lostpointercapture", end, { once: true });
  });
  return node;
}

// The whole screen

let shown = "";
function show() {
  if (state === null && view.name !== "pair" && view.name !== "none") { frame(); return; }
  const key = JSON.stringify([view.name, view.action, view.say, view.wrong, view.prices, locale, state?.bays, state?.pending.map((each) => each.id), state?.voice?.connected, state?.reader, state?.pin_wait_s]);
  if (view.name === "confirm" || key !== shown) {
    const held = document.querySelector("#talk.held");  // a button that is taken away while it is held would never be let go
    if (!(held && view.name === "home")) {
      if (view.name !== "confirm" || !document.querySelector(".read-back") || key !== shown) $("main").replaceChildren(...VIEWS[view.name]());
      else tick();
      shown = key;
    }
  }
  document.documentElement.lang = locale;
  frame();
}

function frame() {
  const voice = state?.voice ?? null, banners = [];
  if (lost) banners.push(text.lost);
  if (voice && TROUBLES.includes(voice.state)) banners.push(text[voice.state]);
  else if (voice && !voice.connected) banners.push(text.cloud_down);
  if (state?.reader && !state.reader.ready) banners.push(text.reader_lost);
  const told = banners.join("\n");
  if ($("banners").dataset.told !== told) {
    $("banners").dataset.told = told;
    $("banners").replaceChildren(...banners.map((words) => el("p", { class: "notice" }, words)));
  }
  $("live").hidden = !voice?.microphone_live;
  if (voice?.microphone_live) $("live").lastElementChild.textContent = text.live;
  $("caption").hidden = !voice?.caption;
  say("caption", voice?.caption ?? "");
}

function tick() {
  const pending = state?.pending.find((each) => each.id === view.action);
  if (view.name === "confirm" && pending && document.querySelector(".left i")) {
    const words = TEXTS[pending.language] ?? text, left = Math.max(0, pending.expires_in_s - (performance.now() - at) / 1000);
    document.querySelector(".left i").style.width = `${Math.min(100, (100 * left) / 30)}%`;
    document.querySelector(".left").previousElementSibling.textContent = `${words.touch} ${words.left} ${Math.ceil(left)} ${words.seconds}.`;
  }
}

function took(news) {
  state = news;
  at = performance.now();
  const newest = state.pending.at(-1);
  // What EVA proposed waits for the same touch.
  if (newest && newest.id !== declined && view.name !== "confirm" && !acting) view = { name: "confirm", action: newest.id, at };
  if (view.name === "pair" || view.name === "none") view = { name: "home" };
  // EVA's driver has no other place to type his PIN.
  const asked = state.voice?.needs_proof ?? null;
  if (asked && (view.name === "home" || (view.hers && view.say !== asked))) view = { name: "proof", say: asked, typed: "", hers: true, at };
  else if (!asked && view.hers && view.name === "proof") view = { name: "home" };
  show();
}

function speak(language) {
  locale = language;
  text = TEXTS[locale];
  $("languages").replaceChildren(...Object.keys(TEXTS).map((name) => {
    const node = button(name.slice(0, 2).toUpperCase(), () => { speak(name); if (state !== null) home(); else show(); });
    node.setAttribute("aria-pressed", String(name === locale));
    return node;
  }));
}

async function begin() {
  try {
    const found = await get("/api/v1/kiosk");
    site = found.site;
    lost = false;
    document.title = site.name;
    say("name", site.name);
    speak(site.locale);
    if (!found.paired) { go("pair"); return; }
    took(found.state);
    listen();
  } catch (error) {
    speak(locale);
    if (error.message.endsWith("404")) go("none");  // or it is being rebuilt
    else { lost = true; frame(); }
    setTimeout(begin, RETRY_MS);
  }
}

function listen() {
  const events = new EventSource("/api/v1/kiosk/events");
  events.addEventListener("kiosk", (event) => { lost = false; took(JSON.parse(event.data)); });
  events.addEventListener("happened", (event) => happened(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    lost = true;
    frame();
    if (events.readyState !== EventSource.CLOSED) return;  // the browser tries again
    state = null;  // refused: it is not paired any more, or the kiosk is being rebuilt
    setTimeout(begin, RETRY_MS);
  });
}

for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => { touched = performance.now(); }, true);
document.addEventListener("contextmenu", (event) => event.preventDefault());
setInterval(() => {
  const now = performance.now(), quiet = now - touched;
  tick();
  if (state === null || acting) return;
  if (view.name === "confirm") {  // over without a word: it expired, or was confirmed or taken back elsewhere
    if (now - view.at > GONE_MS && !state.pending.some((each) => each.id === view.action)) home();
    return;
  }
  if ((view.name === "result" && now - view.at > RESULT_MS && quiet > RESULT_MS) || (view.name !== "home" && view.name !== "pair" && quiet > IDLE_MS)) home();
  else if (view.name === "home" && quiet > IDLE_MS && site && locale !== site.locale) { speak(site.locale); show(); }
}, TICK_MS);
begin();
