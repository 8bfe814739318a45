// One request: what was decided and why, its way through FlowServe, and the past of its customer and terminal.

import { get } from "../api.js";
import { el, replace } from "../dom.js";
import { exact, moment, money, plain, score, words } from "../format.js";
import { badge, decisionOf, facts, loading, notice, panel, problemNotice } from "../pieces.js";
import { feedbackPanel } from "./feedback.js";
import { historyPanel } from "./history.js";
import { reasonList } from "./reasons.js";
import { wayPanel } from "./way.js";

const AGAIN_MS = 1_000;
const PATIENCE_MS = 15_000;

export function requestView(_, requestId = "") {
  const stop = new AbortController();
  const box = el("div", { class: "stack" }, loading("the trace"));
  const charts = [];

  async function load(since = Date.now()) {
    try {
      const trace = await get(
        `/api/v1/requests/${encodeURIComponent(requestId)}/trace`,
        {},
        { signal: stop.signal },
      );
      show(trace);
      if (trace.entry.outcome === "pending") again(since);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      if (problem.code === "not_stored_yet" && again(since)) return;
      const retry = el("button", { type: "button", onclick: () => load() }, "Try again");
      replace(box, el("h1", {}, "Request"), problemNotice(problem, el("p", {}, retry)));
    }
  }

  /** A row may be on its way: asks once more unless that has been tried for long. */
  function again(since) {
    const patient = Date.now() - since < PATIENCE_MS;
    if (patient) setTimeout(() => !stop.signal.aborted && load(since), AGAIN_MS);
    return patient;
  }

  function show(trace) {
    charts.splice(0).forEach((chart) => chart.close());
    const history = ["customer", "terminal"].map((who) =>
      historyPanel(who, trace.entry, stop.signal, charts),
    );
    replace(
      box,
      heading(trace.entry),
      why(trace.entry),
      wayPanel(trace),
      features(trace.entry),
      el("div", { class: "halves" }, history),
      raw(trace),
    );
  }

  load();
  return {
    element: box,
    close() {
      stop.abort();
      charts.forEach((chart) => chart.close());
    },
  };
}

function heading({ request, prediction, outcome, ...entry }) {
  return el(
    "header",
    { class: "request-head" },
    el("p", { class: "back" }, el("a", { href: "#/live" }, "← Live")),
    el(
      "h1",
      {},
      badge(decisionOf({ prediction, outcome })),
      el("span", { class: "amount" }, money(request.amount, request.currency)),
    ),
    facts([
      ["Score", prediction ? score(prediction.score) : "–"],
      ["Transaction", id(request.transaction_id)],
      ["Customer", id(request.customer_id)],
      ["Terminal", id(request.terminal_id)],
      [
        "Occurred",
        el("time", { title: request.occurred_at && exact(request.occurred_at) }, moment(request.occurred_at)),
      ],
      ["Came through", { rest: "REST", kafka: "Kafka", replay: "a replay" }[request.source]],
      ["Model", prediction ? `${prediction.model.name} ${prediction.model.version}` : "–"],
    ]),
    feedbackPanel(request, prediction, entry.feedback),
  );
}

function why({ outcome, prediction, prediction_id: first, problem }) {
  if (outcome === "pending") {
    return notice({
      title: "Not decided yet",
      text: "It is safe on the log, and nothing was decided yet. This page looks again every second.",
      todo: "If it stays so, see the health of the scorer on the live page.",
    });
  }
  if (outcome === "rejected")
    return panel("Why it was refused", problemNotice({ ...problem, errors: problem.errors ?? [] }));
  if (outcome === "duplicate")
    return panel(
      "A repeat",
      el(
        "p",
        {},
        "The same transaction had been decided before, and its first answer was given again: prediction ",
        id(first),
        ".",
      ),
    );
  return panel(
    prediction.decision === "approve"
      ? "Why"
      : `Why it was ${prediction.decision === "review" ? "sent to review" : "declined"}`,
    reasonList(prediction),
  );
}

function features({ prediction }) {
  if (!prediction) return null;
  const rows = Object.entries(prediction.features);
  return panel(
    "What the model saw",
    el("div", { class: "features" }, facts(rows.map(([name, value]) => [words(name), plain(value)]))),
  );
}

function raw(trace) {
  return el(
    "details",
    { class: "panel" },
    el("summary", {}, "The whole record"),
    el("pre", { tabindex: "0" }, JSON.stringify(trace, null, 2)),
  );
}

const id = (text) => el("span", { class: "id" }, text ?? "not readable");
