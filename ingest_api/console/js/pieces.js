// Small pieces that several views share.

import { el } from "./dom.js";
import { problemWords } from "./words.js";

const MARKS = { approve: "●", review: "▲", decline: "■", rejected: "✕", duplicate: "=", pending: "…" };
const NAMES = {
  approve: "Approved",
  review: "Review",
  decline: "Declined",
  rejected: "Refused",
  duplicate: "Repeat",
  pending: "Pending",
};

/** A decision as a word with a mark of its own: never by colour alone. */
export function badge(decision) {
  return el(
    "span",
    { class: `badge ${decision}` },
    el("span", { "aria-hidden": "true" }, MARKS[decision]),
    NAMES[decision],
  );
}

export const decisionOf = (entry) => entry.prediction?.decision ?? entry.outcome;

/** A boxed message: what is so, and what to do. */
export function notice({ title, text, todo, tone = "plain" }, ...more) {
  return el(
    "div",
    { class: `notice ${tone}` },
    title && el("p", { class: "notice-title" }, title),
    text && el("p", {}, text),
    todo && el("p", { class: "todo" }, todo),
    more,
  );
}

export function problemNotice(problem, ...more) {
  return notice({ ...problemWords(problem), tone: "bad" }, ...more);
}

export function panel(title, ...children) {
  return el("section", { class: "panel" }, title && el("h2", {}, title), ...children);
}

/** Names and values; a value may be an element. */
export function facts(pairs) {
  return el(
    "dl",
    { class: "facts" },
    pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

/** A table that is a list of cards where it is narrow: every cell knows its heading. */
export function table(headings, rows, { label, numeric = [] } = {}) {
  const cell = (value, place) =>
    el("td", { class: numeric.includes(place) && "number", "data-heading": headings[place] }, value);
  return el(
    "div",
    { class: "scroll" },
    el(
      "table",
      { class: "cards", "aria-label": label },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          headings.map((name, place) =>
            el("th", { scope: "col", class: numeric.includes(place) && "number" }, name),
          ),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) => el("tr", {}, row.map(cell))),
      ),
    ),
  );
}

export const loading = (what) => el("p", { class: "note", role: "status" }, `Asking for ${what} …`);
