// A calm time chart on uPlot: it follows its box and the theme, and says in words what it shows.

import { colour, onTheme, withAlpha } from "./colours.js";
import { el } from "./dom.js";

const HEIGHT = 168;
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/**
 * `series`: [{ label, colour, fill, dash, points }] with the name of a colour of the page each.
 * `value(number)` writes a value; `summary(data)` is the sentence for who does not see the picture;
 * `range(times)` gives the ends of the time axis where the data's own will not do.
 */
export class Chart {
  #plot = null;
  #data = null;
  #stop = new AbortController();

  constructor({ title, note, series, value, summary, bottom = 1, height = HEIGHT, range = null }) {
    this.options = { series, value, summary, bottom, height, range };
    this.box = el("div", { class: "plot", role: "img" });
    this.legend = el(
      "ul",
      { class: "legend" },
      series.map((each) => legendEntry(each)),
    );
    this.element = el(
      "figure",
      { class: "chart" },
      el(
        "figcaption",
        {},
        el("span", { class: "chart-title" }, title),
        note && el("span", { class: "note" }, note),
        this.legend,
      ),
      this.box,
    );
    new ResizeObserver(() => this.#fit()).observe(this.box);
    onTheme(() => this.#draw(), this.#stop.signal);
  }

  /** `data`: seconds since 1970, then a column for each series; null is a gap. */
  show(data) {
    this.#data = data;
    this.box.setAttribute("aria-label", this.options.summary(data));
    if (this.#plot) this.#plot.setData(data);
    else this.#draw();
  }

  close() {
    this.#stop.abort();
    this.#plot?.destroy();
  }

  #fit() {
    if (!this.#plot) this.#draw();
    else this.#plot.setSize({ width: this.box.clientWidth, height: this.options.height });
  }

  #draw() {
    if (!this.#data || this.box.clientWidth === 0) return;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#uplotOptions(), this.#data, this.box);
  }

  #uplotOptions() {
    const { series, height, bottom, range } = this.options;
    return {
      width: this.box.clientWidth,
      height,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: range ? { range: () => range(this.#data[0]) } : {},
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(bottom, (high ?? 0) * 1.08)] },
      },
      axes: [
        { ...axis(), size: 30, space: 64, values: (_, ticks) => ticks.map(ticksOf(ticks)) },
        {
          ...axis(),
          size: 58,
          space: 34,
          values: (_, ticks) => ticks.map((tick) => plain(this.options.value(tick))),
        },
      ],
      series: [{}, ...series.map((each) => line(each))],
      hooks: { setCursor: [(plot) => this.#point(plot.cursor.idx)] },
    };
  }

  /** Writes the values under the pointer, or none, beside the names. */
  #point(place) {
    this.options.series.forEach((_, number) => {
      const value = place === null || place === undefined ? null : this.#data[number + 1][place];
      const text = value === null || value === undefined ? "" : this.options.value(value);
      this.legend.children[number].lastElementChild.textContent = text;
    });
  }
}

function legendEntry({ label, colour: name, mark = "stroke" }) {
  return el(
    "li",
    {},
    el("span", { class: `key ${mark} ${name}`, "aria-hidden": "true" }),
    label,
    el("output", {}),
  );
}

/** Hours and minutes within a day or two, days beyond; seconds only where they tell ticks apart. */
function ticksOf(ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
  const style =
    step >= 43_200
      ? { day: "numeric", month: "short" }
      : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (step > 0 && step < 60) style.second = "2-digit";
  const format = new Intl.DateTimeFormat("en-GB", style);
  return (tick) => format.format(tick * 1000);
}

/** 5.0 ms is 5 ms on an axis. */
const plain = (text) => text.replace(/\.0(?=\D|$)/, "");

function axis() {
  const grid = { stroke: colour("grid"), width: 1 };
  return { stroke: colour("muted"), font: FONT, grid, ticks: { show: false }, gap: 6, space: 48 };
}

function line({ colour: name, fill, dash, points }) {
  const stroke = colour(name);
  if (points) {
    const dot = { show: true, size: points, stroke, fill: withAlpha(stroke, 0.55), width: 1.5 };
    return { stroke, width: 0, paths: () => null, points: dot };
  }
  return {
    stroke,
    width: 1.75,
    dash,
    fill: fill && withAlpha(stroke, 0.12),
    points: { show: false },
    spanGaps: false,
  };
}
