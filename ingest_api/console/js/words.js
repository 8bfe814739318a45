// What is happening and what to do, in plain words, for each state that the page can meet.

import { seconds } from "./format.js";

const BEHIND_SECONDS = 10;

/** The parts as a person thinks of them: [{ name, tone, text }]; tone is ok, warn, bad or unknown. */
export function parts({ state, lost }) {
  if (lost || !state) {
    const text = lost ? "Does not answer." : "Asking …";
    return [part("API", lost ? "bad" : "unknown", text), ...unknown("Kafka", "Scorer", "Sink", "PostgreSQL")];
  }
  const { parts: known } = state.health;
  const kafka = known.kafka_producer.ok && known.replies.ok;
  return [
    part("API", "ok", "Answers."),
    kafka
      ? part("Kafka", "ok", "Takes requests and brings replies.")
      : part("Kafka", "bad", "Does not answer."),
    worker("Scorer", state.scorer, kafka, "decides"),
    worker("Sink", state.sink, known.database.ok, "stores"),
    known.database.ok ? part("PostgreSQL", "ok", "Answers.") : part("PostgreSQL", "bad", "Does not answer."),
  ];
}

/** The one sentence on top of the page, or null: { tone, title, text, todo }. */
export function banner({ state, lost }) {
  if (lost) return lostBanner(lost);
  if (!state) return null;
  const known = state.health.parts;
  if (known.process) return STOPPING;
  if (!known.kafka_producer.ok || !known.replies.ok) return BROKER_DOWN;
  if (!known.keys.ok) return KEYS_STALE;
  if (!known.database.ok) return DATABASE_DOWN;
  if (behind(state.scorer)) return scorerBehind(state.scorer);
  if (behind(state.sink)) return sinkBehind(state.sink);
  return null;
}

/** Words for a problem that an answer brought: what it is, and what to do. */
export function problemWords(problem) {
  const todo = TODO[problem.code] ?? (problem.retryable ? "Try again in a moment." : "");
  const fields = problem.errors.map((each) => `${each.pointer.slice(1) || "body"}: ${each.detail}`);
  const said = fields.length ? fields.join(" ") : (problem.detail ?? "");
  return { title: problem.title, text: said, todo };
}

const TODO = {
  unreachable: "Is it running? On its machine: make up, or look at its log. This page tries again by itself.",
  unauthenticated:
    "Check that the key is complete, or make a new one: flowserve keys create --client NAME --name NAME.",
  forbidden: "Sign in with a key that has this scope: flowserve keys create --scopes predict,read,feedback.",
  quota_exceeded: "Wait a second and try again.",
  overloaded: "Wait a moment and try again; if it goes on, start more scorers.",
  not_ready: "Kafka is starting or down. Try again in a moment; nothing was accepted, so nothing is lost.",
  publish_unknown: "Send it again with the same transaction id: it will be counted once.",
  store_unavailable: "PostgreSQL does not answer. Decisions go on; try again when it is back.",
  not_stored_yet: "If it was sent a moment ago, its row is on the way: try again.",
};

const STOPPING = {
  tone: "warn",
  title: "The API is stopping",
  text: "Whoever waits still gets an answer, or the place where it will be.",
  todo: "If that is not wanted, look who stopped it. The page connects again by itself.",
};

const BROKER_DOWN = {
  tone: "bad",
  title: "Kafka is down: no transaction can be decided",
  text: "Callers get a 503 at once and may send again. What was accepted before is safe on the log.",
  todo: "Look at the broker's log and start it again (make up does so by itself). All goes on where it stopped.",
};

const KEYS_STALE = {
  tone: "bad",
  title: "API keys could not be read for too long",
  text: "The database that holds them has not answered, so no caller can be let in.",
  todo: "Start PostgreSQL again; the keys are read within seconds.",
};

const DATABASE_DOWN = {
  tone: "warn",
  title: "PostgreSQL is down: decisions go on, figures stand still",
  text: "Every decision is on the log and will be stored. Until then nothing stored can be read here.",
  todo: "Look at the database's log and start it again. Rows and figures catch up by themselves.",
};

function scorerBehind({ records, seconds: late }) {
  return {
    tone: "bad",
    title: `The scorer is ${seconds(late)} behind`,
    text: `${records} requests wait for their decision. Nothing is lost; callers get a 202, or a 503 to send again.`,
    todo: "Is the scorer running? Look at its log. If it runs and falls behind, start one more.",
  };
}

function sinkBehind({ records, seconds: late }) {
  return {
    tone: "warn",
    title: `What is shown here is ${seconds(late)} old`,
    text: `Decisions go on, but ${records} of them are not stored yet.`,
    todo: "Is the sink running? Look at its log. It catches up by itself.",
  };
}

function lostBanner(problem) {
  if (problem.code !== "unreachable") return { tone: "warn", ...problemWords(problem) };
  return {
    tone: "bad",
    title: "The API does not answer",
    text: "What you see is what was known last.",
    todo: TODO.unreachable,
  };
}

function worker(name, lag, reachable, does) {
  if (!reachable || !lag) return part(name, "unknown", "Not known just now.");
  if (behind(lag)) return part(name, "bad", `${seconds(lag.seconds)} behind, ${lag.records} waiting.`);
  return part(
    name,
    "ok",
    lag.records ? `Keeps up; ${lag.records} under way.` : `Up to date: it ${does} all there is.`,
  );
}

const behind = (lag) => lag !== null && lag.seconds > BEHIND_SECONDS;

const part = (name, tone, text) => ({ name, tone, text });

const unknown = (...names) => names.map((name) => part(name, "unknown", "Not known just now."));
