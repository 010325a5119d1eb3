// What building and cars are expected to take in the next 24 h: a band with its mean, as one SVG of its own.
const SVG = "http://www.w3.org/2000/svg", WIDTH = 400, HEIGHT = 120, FOOT = 16;

function draw(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// `show` puts the curves into the page; `words` are its texts, `number` and `clock` write as its locale does.
export function showForecast(section, found, words, number, clock) {
  const kinds = ["building", "cars"].filter((kind) => found?.quarters.length && found.quarters[0][kind]);
  section.hidden = kinds.length === 0;
  if (section.hidden) return;
  const quarters = found.quarters, most = Math.max(1000, ...quarters.flatMap((each) => kinds.map((kind) => each[kind].high_w)));
  const x = (index) => ((index * WIDTH) / (quarters.length - 1)).toFixed(1), y = (watts) => (HEIGHT * (1 - watts / most)).toFixed(1);
  const points = (kind, of) => quarters.map((each, index) => `${x(index)},${y(each[kind][of])}`);
  const curve = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + FOOT}`, class: "forecast", role: "img", "aria-label": words.forecast },
    ...kinds.map((kind) => draw("polygon", { class: `band ${kind}`, points: [...points(kind, "low_w"), ...points(kind, "high_w").reverse()].join(" ") })),
    ...kinds.map((kind) => draw("polyline", { class: `mean ${kind}`, points: points(kind, "mean_w").join(" ") })),
    draw("text", { x: 2, y: 11 }, `${number(most / 1000)} kW`),
    ...[0, 24, 48, 72].filter((index) => index < quarters.length).map((index) =>
      draw("text", { x: x(index), y: HEIGHT + FOOT - 3 }, clock(quarters[index].begins_at, { timeStyle: "short" }))));
  const told = kinds.map((kind) => {
    const error = found[kind].errors.half_day;
    const off = error ? `${words.off_by} ${number(error.mean_w / 1000, 1)} kW` : words.untried;
    return `${words[kind]}: ${number(found[kind].days)} ${words.days}, ${off}`;
  });
  section.querySelector("div").replaceChildren(curve);
  section.querySelector("p").textContent = told.join(" · ");
}
