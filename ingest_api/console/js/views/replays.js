// Runs of history: how far they are, what became of their transactions, and what one changes against live.

import { get } from "../api.js";
import { el, replace } from "../dom.js";
import { count, moment, share } from "../format.js";
import { facts, loading, notice, panel, problemNotice, table } from "../pieces.js";
import { comparisonPanel } from "./comparison.js";

export function replaysView(_, runId) {
  const box = el(
    "div",
    { class: "stack" },
    el("h1", {}, "Replays"),
    loading(runId ? "the run" : "the replays"),
  );
  if (runId) load(`/api/v1/replays/${encodeURIComponent(runId)}`, oneRun);
  else load("/api/v1/replays?limit=50", allRuns);
  return { element: box };

  async function load(path, view) {
    try {
      replace(box, ...view(await get(path)));
    } catch (problem) {
      replace(box, el("h1", {}, "Replays"), problemNotice(problem));
    }
  }
}

function allRuns({ data }) {
  return [el("h1", {}, "Replays"), data.length === 0 ? none() : panel("Runs", list(data)), how()];
}

function oneRun(run) {
  return [
    el("p", { class: "back" }, el("a", { href: "#/replays" }, "← Replays")),
    el("h1", {}, "Run ", el("span", { class: "id" }, run.run_id)),
    panel(
      null,
      facts([
        ["State", state(run)],
        [
          "Done",
          `${count(run.progress.done)} of ${count(run.progress.transactions)} (${share(run.progress.share)})`,
        ],
        ["Scored", count(run.counts.scored)],
        ["Repeats", count(run.counts.duplicate)],
        ["Refused", count(run.counts.rejected)],
        ["Model", run.model_version],
        ["Source", run.source],
        ["Started", moment(run.started_at)],
      ]),
      run.message && el("p", { class: "note" }, run.message),
    ),
    comparisonPanel(run.run_id),
  ];
}

function list(runs) {
  return table(
    ["Run", "State", "Done", "Scored", "Refused", "Model", "Source", "Started"],
    runs.map((run) => [
      el("a", { class: "id", href: `#/replays/${encodeURIComponent(run.run_id)}` }, run.run_id),
      state(run),
      share(run.progress.share),
      count(run.counts.scored),
      count(run.counts.rejected),
      run.model_version,
      run.source,
      moment(run.started_at),
    ]),
    { label: "Replays", numeric: [2, 3, 4] },
  );
}

const state = ({ state: name }) => el("span", { class: `run ${name}` }, name);

function none() {
  return notice({
    title: "No history was run again yet",
    text: "A replay scores a file, the stored rows or the request topic with the live features, by this model or another.",
  });
}

function how() {
  const commands =
    "flowserve replay bank.csv --run-id last-week\nflowserve compare run:last-week live --output report.html";
  return panel(
    "Run one",
    el("pre", { tabindex: "0" }, commands),
    el(
      "p",
      { class: "note" },
      "The first scores history; the second writes the whole report of what it would have changed.",
    ),
  );
}
