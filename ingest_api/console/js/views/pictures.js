// The four pictures of the last ten minutes: how much, how quick, how suspicious, how far behind.

import { Chart } from "../chart.js";
import { compact, milliseconds, rate, seconds } from "../format.js";
import { all, stepSeconds } from "../traffic.js";

/** Charts with `update(traffic)`. */
export function pictures() {
  const perSecond = (read) => (point) => read(point) / stepSeconds;
  return [
    picture(
      {
        title: "Requests a second",
        value: rate,
        series: [{ label: "all", colour: "ink", fill: true }],
        summary: (data) => `Requests a second over ten minutes, now ${rate(last(data[1]))}.`,
      },
      (traffic) => [traffic.column(perSecond(all), 0)],
    ),
    picture(
      {
        title: "Answer time",
        note: "arrival to decision",
        value: milliseconds,
        series: [
          { label: "p50", colour: "ink" },
          { label: "p95", colour: "review" },
          { label: "p99", colour: "decline", dash: [5, 4] },
        ],
        summary: (data) =>
          `Answer time over ten minutes, now p50 ${milliseconds(last(data[1]))}, p99 ${milliseconds(last(data[3]))}.`,
      },
      (traffic) => ["p50", "p95", "p99"].map((name) => traffic.column((point) => point.latency_ms[name])),
    ),
    picture(
      {
        title: "Reviewed and declined",
        note: "a minute",
        value: compact,
        series: [
          { label: "review", colour: "review" },
          { label: "decline", colour: "decline", fill: true },
        ],
        summary: (data) =>
          `Reviewed within a minute, now ${compact(last(data[1]))}, declined ${compact(last(data[2]))}.`,
      },
      (traffic) => ["review", "decline"].map((name) => traffic.perMinute((point) => point[name])),
    ),
    picture(
      {
        title: "Lag",
        note: "of the oldest waiting",
        value: seconds,
        series: [
          { label: "scorer", colour: "ink" },
          { label: "sink", colour: "review", dash: [5, 4] },
        ],
        summary: (data) => `Scorer ${seconds(last(data[1]))} behind, sink ${seconds(last(data[2]))}.`,
      },
      (traffic) => [traffic.lags("scorer"), traffic.lags("sink")],
    ),
  ];
}

function picture(options, columns) {
  const chart = new Chart(options);
  return {
    element: chart.element,
    update: (traffic) => chart.show([traffic.steps(), ...columns(traffic)]),
    close: () => chart.close(),
  };
}

const last = (column) => column.findLast((value) => value !== null) ?? 0;
