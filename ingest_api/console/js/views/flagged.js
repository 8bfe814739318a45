// The stream of reviewed and declined transactions, newest first; each line leads to its trace.

import { el, replace } from "../dom.js";
import { exact, moment, money, score } from "../format.js";
import { badge, notice } from "../pieces.js";

const SHOWN = 15;

export function flaggedList(live, signal) {
  const list = el("ol", { class: "flagged" });
  const more = el("button", { type: "button", class: "more", onclick: showAll });
  const box = el("div", {});
  const lines = new Map();
  let shown = SHOWN;

  function update() {
    const entries = live.flagged.slice(0, shown);
    if (entries.length === 0) {
      replace(box, nothing(live));
      return;
    }
    if (list.parentElement !== box) replace(box, list, more);
    // A line that is there stays: what the keyboard stands on must not vanish under it.
    reconcile(list, entries.map(item));
    more.hidden = live.flagged.length <= shown;
    more.textContent = `Show all ${live.flagged.length}`;
  }

  function item(entry) {
    const id = entry.request.request_id;
    if (!lines.has(id)) lines.set(id, line(entry));
    return lines.get(id);
  }

  function showAll() {
    const next = shown;
    shown = Infinity;
    update();
    list.children[next]?.firstElementChild.focus();
  }

  live.addEventListener("flagged", update, { signal });
  live.addEventListener("change", () => live.flagged.length === 0 && update(), { signal });
  update();
  return { element: box };
}

function reconcile(list, items) {
  items.forEach((item, place) => {
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
}

function line({ request, prediction }) {
  const reason = prediction.reasons[0];
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#/request/${request.request_id}`, class: "line" },
      badge(prediction.decision),
      el("span", { class: "line-amount" }, money(request.amount, request.currency)),
      el("span", { class: "line-reason" }, reason ? reason.message : "No single feature stands out."),
      el(
        "span",
        { class: "line-who" },
        el("span", { class: "id" }, request.customer_id),
        " at ",
        el("span", { class: "id" }, request.terminal_id),
      ),
      el(
        "span",
        { class: "line-score" },
        el("span", { class: "visually-hidden" }, "score "),
        score(prediction.score),
      ),
      el(
        "time",
        { class: "line-time", datetime: request.received_at, title: exact(request.received_at) },
        moment(request.received_at),
      ),
    ),
  );
}

function nothing(live) {
  if (live.figures === null) return el("p", { class: "note" }, "Not known yet.");
  return notice({
    text: "Nothing was reviewed or declined within a day. What is, stands here two seconds later.",
  });
}
