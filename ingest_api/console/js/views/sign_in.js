// The door: an API key, tried before it is kept.

import { call } from "../api.js";
import { el, replace } from "../dom.js";
import { notice, problemNotice } from "../pieces.js";

const SHAPE = /^fs_[A-Za-z0-9_-]{43}$/;

/** `enter(key)` is called with a key that may read; `why` says why the last one is no longer used. */
export function signInView(enter, why) {
  const said = el(
    "div",
    { role: "alert" },
    why && notice({ text: why, todo: "Sign in with another key.", tone: "warn" }),
  );
  const field = el("input", {
    id: "key",
    name: "key",
    type: "password",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "fs_…",
  });
  const button = el("button", { class: "primary" }, "Sign in");

  async function submit(event) {
    event.preventDefault();
    const given = field.value.trim();
    if (!SHAPE.test(given)) {
      replace(
        said,
        notice({
          title: "This is not an API key",
          text: "A key begins with fs_ and has 46 characters.",
          todo: "Copy the whole key and try again.",
          tone: "bad",
        }),
      );
      field.focus();
      return;
    }
    button.disabled = true;
    try {
      // A key is refused before the query is looked at, and the query costs nothing.
      await call("/api/v1/replays?limit=1", { as: given }).catch((problem) => {
        if (problem.code !== "store_unavailable") throw problem;
      });
      enter(given);
    } catch (problem) {
      replace(said, problemNotice(problem));
      field.focus();
    } finally {
      button.disabled = false;
    }
  }

  return el(
    "section",
    { class: "sign-in" },
    el("h1", {}, "Fraud decisions, as they happen"),
    el(
      "p",
      { class: "lead" },
      "Sign in with an API key to see your traffic, follow single transactions and try one yourself.",
    ),
    el(
      "form",
      { onsubmit: submit, novalidate: true },
      el("label", { for: "key" }, "API key"),
      field,
      said,
      button,
    ),
    el(
      "p",
      { class: "note" },
      "make up prints a key; flowserve keys create makes another. It needs the scope read; the form also needs predict. The key stays in this tab and is forgotten with it.",
    ),
  );
}
