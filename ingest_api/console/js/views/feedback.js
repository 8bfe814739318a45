// What the analyst found: it was fraud, or it was not. The latest report counts.

import { post } from "../api.js";
import { el, replace } from "../dom.js";
import { moment } from "../format.js";
import { problemNotice } from "../pieces.js";

export function feedbackPanel(request, prediction, reported) {
  if (!prediction) return null;
  const said = el(
    "p",
    { role: "status", class: "note" },
    reported ? known(reported) : "Nobody has reported what it was.",
  );

  const button = (text, is_fraud) => el("button", { type: "button", onclick: () => report(is_fraud) }, text);

  async function report(is_fraud) {
    try {
      await post("/api/v1/feedback", {
        transaction_id: request.transaction_id,
        customer_id: request.customer_id,
        is_fraud,
      });
      replace(said, `Reported as ${is_fraud ? "fraud" : "genuine"}; Kafka has confirmed it.`);
    } catch (problem) {
      replace(said, problemNotice(problem));
    }
  }

  return el(
    "div",
    { class: "feedback" },
    button("It was fraud", true),
    button("It was genuine", false),
    said,
  );
}

const known = ({ is_fraud: fraud, reported_at: at }) =>
  `Reported as ${fraud ? "fraud" : "genuine"}${at ? `, ${moment(at)}` : ""}.`;
