// The public API, as any client calls it. Whatever goes wrong is a Problem with a code and plain words.

import { key } from "./session.js";

/** An RFC 9457 problem; `code` is `unreachable` where there was no answer at all. */
export class Problem extends Error {
  constructor(body, status = 0) {
    super(body.detail || body.title);
    Object.assign(this, { status, code: body.code, title: body.title, detail: body.detail });
    this.retryable = body.retryable ?? true;
    this.errors = body.errors ?? [];
    this.requestId = body.request_id;
  }
}

const UNREACHABLE = { code: "unreachable", title: "The API does not answer" };

/** The raw answer, or a Problem. `as` is a key to use in place of the session's. */
export async function call(path, { method = "GET", body, headers = {}, signal, as = key() } = {}) {
  const sent = { ...headers, Authorization: `Bearer ${as}` };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, body: body && JSON.stringify(body), headers: sent, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE);
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

/** The JSON of a GET; parameters that are empty are left out. */
export async function get(path, parameters = {}, options = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  const query = given.length ? `?${new URLSearchParams(given)}` : "";
  return (await call(path + query, options)).json();
}

/** Status and JSON of a POST. */
export async function post(path, body, headers = {}) {
  const answer = await call(path, { method: "POST", body, headers });
  return { status: answer.status, body: await answer.json() };
}

async function problemOf(answer) {
  try {
    return new Problem(await answer.json(), answer.status);
  } catch {
    return new Problem({ code: "unreadable", title: `The API answered ${answer.status}` }, answer.status);
  }
}
