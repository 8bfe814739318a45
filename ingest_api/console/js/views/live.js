// The live view: figures, pictures, the health of every part, and what was reviewed or declined.

import { el, replace } from "../dom.js";
import { compact, milliseconds, rate, seconds, share } from "../format.js";
import { notice } from "../pieces.js";
import { parts } from "../words.js";
import { flaggedList } from "./flagged.js";
import { pictures } from "./pictures.js";

export function liveView({ live }) {
  const stop = new AbortController();
  const tiles = el("div", { class: "tiles" });
  const health = el("ul", { class: "parts" });
  const charts = pictures();
  const empty = welcome();
  const list = flaggedList(live, stop.signal);

  function update() {
    replace(tiles, figures(live));
    replace(health, parts(live).map(partLine));
    empty.hidden = !nothingYet(live);
    if (live.figures) charts.forEach((chart) => chart.update(live.traffic));
  }

  live.addEventListener("change", update, { signal: stop.signal });
  update();
  return {
    element: el(
      "div",
      { class: "stack" },
      el("h1", { class: "visually-hidden" }, "Live"),
      tiles,
      empty,
      el(
        "div",
        { class: "columns" },
        el(
          "section",
          { class: "panel charts", "aria-label": "The last ten minutes" },
          charts.map((chart) => chart.element),
        ),
        el("section", { class: "panel" }, el("h2", {}, "Health"), health),
      ),
      el("section", { class: "panel flagged-panel" }, el("h2", {}, "Reviewed and declined"), list.element),
    ),
    close() {
      stop.abort();
      charts.forEach((chart) => chart.close());
    },
  };
}

function figures({ traffic, figures: newest, state }) {
  const decisions = traffic.decisions();
  const decided = decisions.approve + decisions.review + decisions.decline;
  const latency = newest?.latency_ms;
  return [
    tile("Requests a second", newest ? rate(traffic.perSecond()) : "–", "mean of the last 10 s"),
    tile(
      "Answer time",
      milliseconds(latency?.p50),
      `p95 ${milliseconds(latency?.p95)} · p99 ${milliseconds(latency?.p99)}`,
    ),
    tile("Decisions", newest ? compact(decided) : "–", proportions(decisions, decided), "last 10 min"),
    tile(
      "Waiting for the scorer",
      state?.scorer ? compact(state.scorer.records) : "–",
      waiting(state?.scorer),
    ),
    tile("Waiting to be stored", state?.sink ? compact(state.sink.records) : "–", waiting(state?.sink)),
  ];
}

function waiting(lag) {
  if (!lag) return "not known";
  return lag.records ? `the oldest for ${seconds(lag.seconds)}` : "nothing waits";
}

function tile(name, value, below, beside) {
  return el(
    "div",
    { class: "tile" },
    el("div", { class: "tile-name" }, name, beside && el("span", { class: "note" }, ` ${beside}`)),
    el("div", { class: "tile-value" }, value),
    el("div", { class: "tile-below" }, below),
  );
}

function proportions(decisions, decided) {
  const part = (name) => (decided ? share(decisions[name] / decided) : "–");
  return `${part("review")} review · ${part("decline")} declined`;
}

function partLine({ name, tone, text }) {
  const said = { ok: "works", warn: "ails", bad: "down", unknown: "not known" }[tone];
  return el(
    "li",
    { class: `part ${tone}` },
    el("span", { class: `dot ${tone}`, "aria-hidden": "true" }),
    el("span", { class: "part-name" }, name, el("span", { class: "visually-hidden" }, `, ${said}: `)),
    el("span", { class: "part-text" }, text),
  );
}

const nothingYet = (live) => live.figures !== null && live.traffic.empty && live.flagged.length === 0;

function welcome() {
  return notice(
    {
      title: "Nothing was asked in the last ten minutes",
      text: "As soon as a transaction comes, through REST or through Kafka, it is counted here within two seconds.",
    },
    el("p", {}, el("a", { class: "button", href: "#/score" }, "Score a transaction")),
  );
}
