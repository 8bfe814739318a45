// The last ten minutes, step by step: what the page knows of the traffic, made whole where nothing arrived.

const STEP = 2;
const STEPS = 300;
const FEWEST = 60;

/** Points by the second in which their step begins; later looks replace earlier ones. */
export class Traffic {
  #points = new Map();
  #lags = new Map();
  #now = 0;

  /** Takes a series of the API. */
  add({ window, points }) {
    this.#now = Math.max(this.#now, Date.parse(window.to) / 1000);
    for (const point of points) this.#points.set(Date.parse(point.at) / 1000, point);
    this.#forget(this.#points);
  }

  /** Takes how far scorer and sink are behind, in seconds. */
  addLag(at, scorer, sink) {
    this.#now = Math.max(this.#now, Date.parse(at) / 1000);
    const step = Math.floor(Date.parse(at) / 1000 / STEP) * STEP;
    this.#lags.set(step, { scorer: scorer?.seconds ?? null, sink: sink?.seconds ?? null });
    this.#forget(this.#lags);
  }

  /** The steps that are over, oldest first, as seconds since 1970: ten minutes, or less where little is known. */
  steps() {
    const last = Math.floor(this.#now / STEP) * STEP - STEP;
    const first = Math.min(...this.#points.keys(), last);
    const length = Math.min(STEPS, Math.max(FEWEST, (last - first) / STEP + FEWEST / 10));
    return Array.from({ length }, (_, place) => last - (length - 1 - place) * STEP);
  }

  /** One value for each step. */
  column(read, empty = null) {
    return this.steps().map((at) => (this.#points.has(at) ? read(this.#points.get(at)) : empty));
  }

  /** How many of them within the minute that ends with each step: calmer than a rate where few come. */
  perMinute(read) {
    const steps = this.steps();
    const counts = this.column(read, 0);
    const within = 60 / STEP;
    let sum = 0;
    return counts.map((count, place) => {
      sum += count - (counts[place - within] ?? 0);
      // Where the picture begins in the midst of traffic, its first minute would only seem to rise.
      return this.#points.has(steps[0]) && place < within ? null : sum;
    });
  }

  lags(name) {
    return this.steps().map((at) => this.#lags.get(at)?.[name] ?? null);
  }

  /** Requests a second over the last steps. */
  perSecond(steps = 5) {
    const newest = this.column(all, 0).slice(-steps);
    return newest.reduce((sum, each) => sum + each, 0) / (steps * STEP);
  }

  /** Decisions of the ten minutes. */
  decisions() {
    const sum = (name) => this.column((point) => point[name], 0).reduce((a, b) => a + b, 0);
    return { approve: sum("approve"), review: sum("review"), decline: sum("decline") };
  }

  get empty() {
    return this.#points.size === 0;
  }

  #forget(kept) {
    const oldest = this.#now - (STEPS + 5) * STEP;
    for (const at of kept.keys()) if (at < oldest) kept.delete(at);
  }
}

/** Everything that arrived in a step. */
export function all(point) {
  return point.approve + point.review + point.decline + point.duplicate + point.rejected;
}

export const stepSeconds = STEP;
