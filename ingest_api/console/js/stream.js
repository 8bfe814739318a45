// Server-sent events over fetch: an EventSource cannot carry a key in a header, and a key has no place in an address.

import { call } from "./api.js";

const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 8_000;
// A state comes every two seconds; a line that is silent for so long is dead.
const SILENCE_MS = 15_000;

/** Follows the stream until `signal` is aborted. `event(name, data)` gets each, `lost(problem, waitMs)` each break. */
export async function follow(signal, event, lost) {
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      await read(signal, (name, data) => {
        wait = FIRST_WAIT_MS;
        event(name, data);
      });
    } catch (problem) {
      if (signal.aborted) return;
      lost(problem, wait);
      if (problem.status === 401 || problem.status === 403) return;
    }
    await pause(wait, signal);
    wait = Math.min(wait * 2, LAST_WAIT_MS);
  }
}

async function read(signal, event) {
  const silent = new AbortController();
  const answer = await call("/api/v1/stream", { signal: AbortSignal.any([signal, silent.signal]) });
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  try {
    for await (const { name, data } of events(answer.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE_MS);
      event(name, data);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) yield parsed(block);
  }
}

function parsed(block) {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
  return { name: fields.event, data: JSON.parse(fields.data) };
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
