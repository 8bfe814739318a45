// The model that really scores, and its card.

import { get } from "../api.js";
import { el, replace } from "../dom.js";
import { compact, moment, score, share, words } from "../format.js";
import { facts, loading, notice, panel, problemNotice, table } from "../pieces.js";

export function modelView() {
  const box = el("div", { class: "stack" }, el("h1", {}, "Model"), loading("the model"));
  load();
  return { element: box };

  async function load() {
    try {
      show(await get("/api/v1/model"));
    } catch (problem) {
      const unknown = problem.code === "not_stored_yet";
      const said = unknown
        ? notice(
            {
              title: "Nothing has been scored yet",
              text: "The model is known by what it scores.",
              todo: "Score a transaction, then look again.",
            },
            el("p", {}, el("a", { class: "button", href: "#/score" }, "Score a transaction")),
          )
        : problemNotice(problem);
      replace(box, el("h1", {}, "Model"), said);
    }
  }

  function show(model) {
    replace(
      box,
      el("h1", {}, model.name, " ", el("span", { class: "version" }, model.version)),
      running(model),
      model.card ? card(model.card) : noCard(),
    );
  }
}

function running({ last_decided_at: at, versions, features }) {
  const total = versions.reduce((sum, each) => sum + each.scored, 0);
  return panel(
    "In service",
    facts([
      ["Scored last", moment(at)],
      [
        "Within an hour",
        versions
          .map(
            ({ version, scored }) =>
              `${compact(scored)} by ${version}${versions.length > 1 ? ` (${share(scored / total)})` : ""}`,
          )
          .join(", ") || "nothing",
      ],
      ["Features", features.map(words).join(", ")],
    ]),
  );
}

function card({ policy, trained_at: trained, training, metrics }) {
  return [
    panel("Policy", scale(policy), el("p", { class: "note" }, training.policy_rule)),
    panel(
      "Training",
      facts([
        ["Trained", moment(trained)],
        ["On", training.source],
        ["Transactions", `${compact(training.rows)} of ${compact(training.transactions)}`],
        ["Classifier", training.classifier],
      ]),
    ),
    panel(
      "How good it is",
      table(
        ["Weeks", "Average precision", "ROC AUC", "Card precision@100", "Transactions"],
        metrics.map((each) => [
          words(each.name),
          withInterval(each.average_precision, each.average_precision_interval),
          number(each.roc_auc),
          number(each.card_precision_100),
          compact(each.transactions),
        ]),
        { label: "Quality by weeks", numeric: [1, 2, 3, 4] },
      ),
      el(
        "p",
        { class: "note" },
        "Brackets: 95 % intervals by resampling cards. Thresholds were chosen on the validation weeks only.",
      ),
    ),
  ];
}

/** Where approve ends, review begins and decline begins, on a line from 0 to 1. */
function scale({ review, decline }) {
  const part = (name, from, to, text) =>
    el(
      "div",
      { class: `scale-part ${name}` },
      el("span", { class: "scale-name" }, text),
      el("span", { class: "note" }, `${score(from)} – ${score(to)}`),
    );
  return el(
    "div",
    { class: "scale" },
    part("approve", 0, review, "Approve"),
    part("review", review, decline, "Review"),
    part("decline", decline, 1, "Decline"),
  );
}

const number = (value) => (value === null ? "–" : value.toFixed(4));
const withInterval = (value, interval) =>
  interval ? `${number(value)} [${interval.map(number).join(", ")}]` : number(value);

function noCard() {
  return notice({
    title: "There is no card here",
    text: "This API cannot read the manifest of that version.",
    todo: "Set FLOWSERVE_MODELS_DIR of the API to the folder of the models.",
  });
}
