// What the page knows at this moment, fed by the event stream; views listen to `change` and `flagged`.

import { get } from "./api.js";
import { follow } from "./stream.js";
import { Traffic } from "./traffic.js";

const MOST_FLAGGED = 200;
const GAP_MS = 8_000;
const LATE_SECONDS = 5;

export class Live extends EventTarget {
  traffic = new Traffic();
  flagged = [];
  state = null;
  figures = null;
  lost = null;
  #figuresAt = 0;
  #stop = new AbortController();
  #historyKnown = false;
  #late = false;

  start() {
    follow(
      this.#stop.signal,
      (name, data) => this.#event(name, data),
      (problem) => this.#lost(problem),
    );
  }

  stop() {
    this.#stop.abort();
  }

  #event(name, data) {
    this.lost = null;
    if (name === "state") this.#state(data);
    if (name === "figures") this.#figures(data);
    if (name === "flagged") this.#flagged(data.entries);
    this.dispatchEvent(new Event("change"));
  }

  #state(state) {
    this.state = state;
    // What is stored late belongs to steps that were looked at already: all are asked for again.
    if (state.sink?.seconds > LATE_SECONDS) this.#late = true;
    else if (this.#late) this.#late = this.#historyKnown = false;
    this.traffic.addLag(state.at, state.scorer, state.sink);
  }

  #figures(figures) {
    // A look covers the last seconds only: after a gap the steps between have to be asked for.
    const now = Date.parse(figures.window.to);
    if (now - this.#figuresAt > GAP_MS) this.#historyKnown = false;
    this.#figuresAt = now;
    this.figures = figures;
    this.traffic.add(figures);
    if (!this.#historyKnown) this.#history();
  }

  async #history() {
    this.#historyKnown = true;
    try {
      this.traffic.add(await get("/api/v1/metrics/series", { window: "10m" }));
      this.dispatchEvent(new Event("change"));
    } catch {
      this.#historyKnown = false;
    }
  }

  #flagged(entries) {
    const known = new Set(this.flagged.map((entry) => entry.request.request_id));
    const fresh = entries.filter((entry) => !known.has(entry.request.request_id)).reverse();
    this.flagged = [...fresh, ...this.flagged].sort(newestFirst).slice(0, MOST_FLAGGED);
    this.dispatchEvent(new Event("flagged"));
  }

  #lost(problem) {
    this.lost = problem;
    this.dispatchEvent(new Event(problem.status === 401 ? "refused" : "change"));
  }
}

const newestFirst = (a, b) => Date.parse(b.request.received_at) - Date.parse(a.request.received_at);
