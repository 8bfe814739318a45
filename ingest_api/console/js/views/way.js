// The way of a request: its stops in order, and the milliseconds between those whose time was written down.

import { el } from "../dom.js";
import { exact, milliseconds, score, time } from "../format.js";
import { panel } from "../pieces.js";

const CLOCKS = {
  api: "the API's clock",
  kafka: "the broker's clock",
  scorer: "the scorer's clock",
  database: "the database's clock",
};

export function wayPanel(trace) {
  const known = trace.stops.filter((stop) => stop.at);
  const whole = known.length > 1 ? Date.parse(known.at(-1).at) - Date.parse(known[0].at) : null;
  return panel(
    "Its way",
    el(
      "ol",
      { class: "way" },
      trace.stops.map((stop) => station(stop, trace)),
    ),
    el(
      "p",
      { class: "note" },
      whole !== null && `${milliseconds(whole)} from the first stop to the row. `,
      "Each time is of the machine that wrote it down; clocks of different machines differ by some milliseconds, and nobody waits for the row.",
    ),
  );
}

function station(stop, trace) {
  const { title, text } = told(stop, trace);
  const hop = stop.ms === null ? "" : `${stop.ms < 0 ? "−" : "+"}${milliseconds(Math.abs(stop.ms))}`;
  return el(
    "li",
    { class: stop.at ? null : "untimed" },
    el("span", { class: "way-hop" }, hop),
    el("span", { class: "way-title" }, title),
    el("span", { class: "way-text" }, text),
    el(
      "span",
      { class: "way-time", title: stop.at && `${exact(stop.at)}, ${CLOCKS[stop.clock]}` },
      stop.at ? fine(stop.at) : "",
    ),
  );
}

function told({ name, at }, { place, entry }) {
  const { prediction, outcome } = entry;
  if (name === "asked") return { title: "Request", text: "The API took it and gave it an id." };
  if (name === "on_log")
    return { title: "On the log", text: `Partition ${place.partition}, offset ${place.offset}.` };
  if (name === "reply")
    return {
      title: "Reply",
      text: "To whoever waited, once the decision was on the log. Nobody writes its time down.",
    };
  if (name === "stored")
    return {
      title: "Row",
      text: at ? "Stored in PostgreSQL, equal to the answer." : "Stored before this time was kept.",
    };
  if (outcome !== "scored")
    return { title: outcome === "duplicate" ? "Known already" : "Refused", text: "By the scorer." };
  const used = Object.keys(prediction.features).length;
  return {
    title: "Features and score",
    text: `${used} features, score ${score(prediction.score)}, by model ${prediction.model.version}.`,
  };
}

const fine = (text) => `${time(text)}.${new Date(text).toISOString().slice(20, 23)}`;
