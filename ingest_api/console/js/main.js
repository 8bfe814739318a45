// Signed in or not; then the views, the banner and the one stream that feeds them.

import { el, replace } from "./dom.js";
import { Live } from "./live.js";
import { notice } from "./pieces.js";
import { route } from "./router.js";
import { key, signIn, signOut } from "./session.js";
import { liveView } from "./views/live.js";
import { modelView } from "./views/model.js";
import { replaysView } from "./views/replays.js";
import { requestView } from "./views/request.js";
import { scoreView } from "./views/score.js";
import { signInView } from "./views/sign_in.js";
import { banner } from "./words.js";

const VIEWS = {
  live: liveView,
  request: requestView,
  score: scoreView,
  model: modelView,
  replays: replaysView,
};
const TITLES = { live: "Live", request: "Request", score: "Score", model: "Model", replays: "Replays" };
const TONES = { ok: "All well", warn: "Degraded", bad: "In trouble", unknown: "Connecting" };
const main = document.getElementById("main");

let session = null;

/** Everything that ends at a sign-out. */
class Session {
  live = new Live();
  #stop = new AbortController();
  #view = null;
  #said = "";

  begin() {
    shown(true);
    this.live.addEventListener("change", () => this.#tell());
    this.live.addEventListener("refused", () =>
      leave("The API no longer takes this key: it was revoked, or it expired."),
    );
    this.live.start();
    route((name, argument) => this.#show(name, argument), this.#stop.signal);
  }

  end() {
    this.#stop.abort();
    this.live.stop();
    this.#view?.close?.();
  }

  /** The banner, and the word beside the sign-out. */
  #tell() {
    const words = banner(this.live);
    const tone = words?.tone ?? (this.live.state ? "ok" : "unknown");
    const dot = el("span", { class: `dot ${tone}`, "aria-hidden": "true" });
    replace(document.getElementById("pulse"), dot, this.live.lost ? "No connection" : TONES[tone]);
    // Only where it changed: a screen reader would say it again every two seconds.
    const said = JSON.stringify(words);
    if (said !== this.#said) replace(document.getElementById("banner"), words && notice(words));
    this.#said = said;
  }

  #show(name, argument) {
    const moved = this.#view !== null;
    this.#view?.close?.();
    const known = VIEWS[name] ? name : "live";
    this.#view = VIEWS[known]({ live: this.live }, argument);
    replace(main, this.#view.element);
    document.title = `${TITLES[known]} · FlowServe`;
    mark(known);
    if (moved) main.focus();
    scrollTo(0, 0);
  }
}

function enter(given) {
  signIn(given);
  session = new Session();
  session.begin();
  main.focus();
}

function leave(why) {
  session?.end();
  session = null;
  signOut();
  shown(false);
  replace(document.getElementById("banner"));
  document.title = "Sign in · FlowServe";
  replace(main, signInView(enter, why));
  main.querySelector("input").focus();
}

function shown(signedIn) {
  for (const id of ["tabs", "session"]) document.getElementById(id).hidden = !signedIn;
}

function mark(name) {
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.getAttribute("href") === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

document.getElementById("sign-out").addEventListener("click", () => leave());
if (key()) enter(key());
else leave();
