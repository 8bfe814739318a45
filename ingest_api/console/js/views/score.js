// A form that scores a transaction, and says of every field what is wrong with it.

import { post } from "../api.js";
import { el, replace } from "../dom.js";
import { milliseconds, money, score } from "../format.js";
import { badge, facts, notice, panel, problemNotice } from "../pieces.js";
import { reasonList } from "./reasons.js";

const FIELDS = [
  {
    name: "transaction_id",
    label: "Transaction",
    hint: "Unique for this customer; the same id again gives the first answer again.",
  },
  { name: "customer_id", label: "Customer", hint: "A name or token of yours, never a card number." },
  { name: "terminal_id", label: "Terminal", hint: "Where it was bought." },
  { name: "occurred_at", label: "Occurred", hint: "With a zone, at most 40 days ago." },
  { name: "amount", label: "Amount", hint: "In minor units: 1250 is EUR 12.50.", inputmode: "numeric" },
  { name: "currency", label: "Currency", hint: "Three capital letters of ISO 4217.", maxlength: 3 },
];

export function scoreView() {
  const inputs = new Map();
  const errors = new Map();
  const answer = el(
    "div",
    { "aria-live": "polite" },
    panel(null, el("p", { class: "note" }, "The answer will stand here.")),
  );
  const button = el("button", { class: "primary" }, "Score it");
  const form = el(
    "form",
    { class: "score-form", onsubmit: submit, novalidate: true },
    FIELDS.map(field),
    el(
      "div",
      { class: "actions" },
      button,
      el("button", { type: "button", class: "quiet", onclick: fill }, "New example"),
    ),
  );

  function field({ name, label, hint, ...more }) {
    const error = el("span", { class: "field-error", id: `${name}-error` });
    const input = el("input", {
      id: name,
      name,
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": `${name}-hint ${name}-error`,
      ...more,
    });
    inputs.set(name, input);
    errors.set(name, error);
    return el(
      "div",
      { class: "field" },
      el("label", { for: name }, label),
      input,
      el("span", { class: "hint", id: `${name}-hint` }, hint),
      error,
    );
  }

  function fill() {
    for (const [name, value] of Object.entries(example())) inputs.get(name).value = value;
    clear();
  }

  function clear() {
    for (const [name, input] of inputs) {
      input.removeAttribute("aria-invalid");
      replace(errors.get(name));
    }
  }

  async function submit(event) {
    event.preventDefault();
    clear();
    const body = Object.fromEntries([...inputs].map(([name, input]) => [name, input.value.trim()]));
    body.amount = wholeNumber(body.amount);
    button.disabled = true;
    const began = performance.now();
    try {
      const { status, body: got } = await post("/api/v1/predict", body);
      replace(answer, status === 202 ? pending(got) : decided(got, body, performance.now() - began));
    } catch (problem) {
      refused(problem);
    } finally {
      button.disabled = false;
    }
  }

  function refused(problem) {
    const placed = problem.errors.filter((each) => inputs.has(each.pointer.slice(1)));
    for (const { pointer, detail } of placed) {
      inputs.get(pointer.slice(1)).setAttribute("aria-invalid", "true");
      replace(errors.get(pointer.slice(1)), detail);
    }
    replace(answer, panel(null, problemNotice(problem)));
    if (placed.length) inputs.get(placed[0].pointer.slice(1)).focus();
  }

  fill();
  return {
    element: el(
      "div",
      { class: "stack" },
      el("h1", {}, "Score a transaction"),
      el("div", { class: "halves" }, el("section", { class: "panel" }, form), answer),
    ),
  };
}

function decided(prediction, asked, tookMs) {
  return panel(
    null,
    el(
      "h2",
      { class: "answer" },
      badge(prediction.decision),
      el("span", { class: "amount" }, money(asked.amount, asked.currency)),
    ),
    facts([
      ["Score", score(prediction.score)],
      ["Answered in", `${milliseconds(tookMs)}, as this browser saw it`],
      ["Model", prediction.model.version],
    ]),
    reasonList(prediction),
    el("p", {}, el("a", { class: "button", href: `#/request/${prediction.request_id}` }, "Follow its way")),
  );
}

function pending({ request_id: id }) {
  return panel(
    null,
    notice(
      {
        title: "Accepted, not decided yet",
        text: "It is on the log and will be decided; it took longer than this page waited.",
        todo: "Its page shows the decision as soon as there is one.",
      },
      el("p", {}, el("a", { class: "button", href: `#/request/${id}` }, "Wait for it")),
    ),
  );
}

function example() {
  const now = new Date();
  return {
    transaction_id: `console-${now.getTime().toString(36)}`,
    customer_id: "c-42",
    terminal_id: "t-7",
    amount: "1250",
    currency: "EUR",
    occurred_at: `${now.toISOString().slice(0, 19)}Z`,
  };
}

/** Digits become a number; anything else goes as it is, for the API to say what is wrong with it. */
const wholeNumber = (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);
