// A run against live: what was decided then, down the side; what the run decides, across the top.

import { el, replace } from "../dom.js";
import { get } from "../api.js";
import { count, share } from "../format.js";
import { badge, loading, notice, panel, problemNotice } from "../pieces.js";

const DECISIONS = ["approve", "review", "decline"];

export function comparisonPanel(runId) {
  const box = el("div", {}, loading("the comparison"));
  load();
  return panel("Against live", box);

  async function load() {
    try {
      const { changes } = await get(`/api/v1/replays/${encodeURIComponent(runId)}/comparison`);
      replace(box, ...shown(changes));
    } catch (problem) {
      replace(
        box,
        problemNotice(
          problem,
          el(
            "p",
            { class: "todo" },
            "A long run takes longer than this page may wait: flowserve compare makes the whole report.",
          ),
        ),
      );
    }
  }
}

function shown(changes) {
  const matched = changes.filter((change) => change.live !== null);
  const sum = (some) => some.reduce((total, change) => total + change.transactions, 0);
  const both = sum(matched);
  if (both === 0) {
    return [
      notice({ title: "Nothing to compare", text: "None of this run's transactions was also decided live." }),
    ];
  }
  const flipped = sum(matched.filter((change) => change.live !== change.run));
  const alone = sum(changes) - both;
  return [
    el(
      "p",
      {},
      `${count(flipped)} of ${count(both)} transactions (${share(flipped / both)}) would be decided otherwise.`,
    ),
    matrix(matched),
    alone > 0 && el("p", { class: "note" }, `${count(alone)} more of the run were not decided live.`),
  ].filter(Boolean);
}

function matrix(changes) {
  const cell = (live, run) => {
    const found = changes.find((change) => change.live === live && change.run === run);
    const frauds = found?.frauds ? el("span", { class: "note" }, ` ${count(found.frauds)} fraud`) : null;
    return el(
      "td",
      { class: live === run ? "number same" : "number" },
      count(found?.transactions ?? 0),
      frauds,
    );
  };
  return el(
    "div",
    { class: "scroll" },
    el(
      "table",
      { class: "matrix" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("td", {}, "live ↓ · run →"),
          DECISIONS.map((run) => el("th", { scope: "col", class: "number" }, badge(run))),
        ),
      ),
      el(
        "tbody",
        {},
        DECISIONS.map((live) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, badge(live)),
            DECISIONS.map((run) => cell(live, run)),
          ),
        ),
      ),
    ),
  );
}
