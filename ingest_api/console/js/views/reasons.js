// Reasons as sentences, each with a bar for its share: what it added to the score, in log-odds.

import { el } from "../dom.js";
import { plain, words } from "../format.js";

export function reasonList({ reasons, decision }) {
  if (reasons.length === 0) {
    const text =
      decision === "approve"
        ? "Nothing about it speaks for fraud."
        : "No single feature stands out; together they do.";
    return el("p", {}, text);
  }
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.contribution)));
  return el(
    "ol",
    { class: "reasons" },
    reasons.map((reason) => line(reason, most)),
  );
}

function line({ message, feature, value, contribution }, most) {
  const part = most ? Math.abs(contribution) / most : 0;
  return el(
    "li",
    {},
    el("span", { class: "reason-text" }, message),
    el("meter", {
      min: 0,
      max: 1,
      value: part,
      "aria-label": `Weight of this reason: ${contribution.toFixed(2)} in log-odds`,
    }),
    el(
      "span",
      { class: "note" },
      `${words(feature)} ${plain(value)} · ${contribution > 0 ? "+" : ""}${contribution.toFixed(2)} log-odds`,
    ),
  );
}
