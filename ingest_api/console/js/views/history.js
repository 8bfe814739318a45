// The recent past of a customer or a terminal as a picture: a point for each transaction, this one ringed.

import { get } from "../api.js";
import { Chart } from "../chart.js";
import { el, replace } from "../dom.js";
import { compact, major, moment } from "../format.js";
import { loading, panel, problemNotice } from "../pieces.js";

const ROWS = 100;
const DAYS = 40;

/** `who` is customer or terminal; a chart that is made is added to `charts`, to be closed with the view. */
export function historyPanel(who, { request }, signal, charts) {
  const whose = request[`${who}_id`];
  const box = el("div", {}, loading("its past"));
  const element = panel(`This ${who}: ${whose ?? "not readable"}`, box);
  if (whose) load();
  else
    replace(box, el("p", { class: "note" }, "The record could not be read, so nobody can say whose it was."));
  return element;

  async function load() {
    try {
      const page = await get(
        "/api/v1/logs",
        { [`${who}_id`]: whose, status: "scored", from: since(request), limit: ROWS },
        { signal },
      );
      show(page.data, page.has_more);
    } catch (problem) {
      if (problem.name !== "AbortError") replace(box, problemNotice(problem));
    }
  }

  function show(entries, more) {
    const same = entries.filter((entry) => entry.request.currency === request.currency);
    const chart = picture(same, request);
    charts.push(chart);
    replace(box, el("p", { class: "note" }, sentence(entries, same, more, request.currency)), chart.element);
    chart.show(columns(same, request));
  }
}

/** By arrival, which may be up to 40 days after a transaction occurred. */
const since = ({ received_at: at }) => new Date(Date.parse(at) - DAYS * 86_400_000).toISOString();

function sentence(entries, same, more, currency) {
  const flagged = entries.filter((entry) => entry.prediction.decision !== "approve").length;
  const frauds = entries.filter((entry) => entry.feedback?.is_fraud).length;
  const first = entries.at(-1);
  const left = entries.length - same.length;
  return [
    `${more ? `The newest ${entries.length}` : entries.length} transaction${entries.length === 1 ? "" : "s"}`,
    first && ` since ${moment(first.request.occurred_at)}`,
    `: ${flagged} reviewed or declined, ${frauds} reported as fraud.`,
    left > 0 && ` The picture leaves out ${left} in another currency than ${currency}.`,
  ];
}

function picture(entries, request) {
  return new Chart({
    title: `Amount, ${request.currency}`,
    value: compact,
    height: 150,
    range: roomy,
    series: [
      { label: "approved", colour: "approve", mark: "point", points: 7 },
      { label: "review", colour: "review", mark: "point", points: 9 },
      { label: "declined", colour: "decline", mark: "point", points: 9 },
      { label: "this one", colour: "ink", mark: "ring", points: 15, hollow: true },
    ],
    summary: () => `Amounts of ${entries.length} transactions over time, by decision.`,
  });
}

/** A little more than the times themselves, so that no point stands on the edge. */
function roomy(times) {
  const margin = Math.max(60, (times.at(-1) - times[0]) * 0.03);
  return [times[0] - margin, times.at(-1) + margin];
}

function columns(entries, request) {
  const ordered = [...entries].sort(
    (a, b) => Date.parse(a.request.occurred_at) - Date.parse(b.request.occurred_at),
  );
  const amount = (entry) => major(entry.request.amount, entry.request.currency);
  const of = (decision) =>
    ordered.map((entry) => (entry.prediction.decision === decision ? amount(entry) : null));
  const own = ordered.map((entry) =>
    entry.request.request_id === request.request_id ? amount(entry) : null,
  );
  const times = ordered.map((entry) => Date.parse(entry.request.occurred_at) / 1000);
  return [times, of("approve"), of("review"), of("decline"), own];
}
