// Numbers, money and times as a person reads them. Times are shown in the reader's own zone.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const precise = new Intl.NumberFormat("en", { maximumFractionDigits: 4 });
const NONE = "–";

export const count = (number) => (number === null ? NONE : whole.format(number));

export const compact = (number) => (number < 10_000 ? whole.format(number) : short.format(number));

/** A rate: one decimal below ten, none above. */
export const rate = (number) => (number > 0 && number < 10 ? number.toFixed(1) : compact(Math.round(number)));

export function milliseconds(ms) {
  if (ms === null || ms === undefined) return NONE;
  if (Math.abs(ms) >= 10_000) return `${(ms / 1000).toFixed(0)} s`;
  if (Math.abs(ms) >= 1_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.abs(ms) < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

export function seconds(value) {
  if (value < 10) return `${value.toFixed(1)} s`;
  return value < 120 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

/** A share of one, as a percentage with as many decimals as its size asks for. */
export function share(part) {
  if (part === null || part === undefined) return NONE;
  const percent = part * 100;
  return `${percent > 0 && percent < 1 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

/** A feature's value with no more digits than it needs. */
export const plain = (value) => (value === null ? "not known" : precise.format(value));

export const score = (value) => value.toFixed(4);

/** Minor units and their currency: 1250 EUR is EUR 12.50, 1250 JPY is JPY 1,250. */
export function money(minor, currency) {
  if (minor === null || !currency) return NONE;
  try {
    const style = { style: "currency", currency, currencyDisplay: "code" };
    const format = new Intl.NumberFormat("en", style);
    return format.format(major(minor, currency)).replace(/\u00a0/g, " ");
  } catch {
    return `${minor} ${currency}`;
  }
}

/** Minor units as a number of major ones. */
export function major(minor, currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return minor / 10 ** format.resolvedOptions().maximumFractionDigits;
}

export const time = (text) => clock.format(new Date(text));

/** Day and time; the day is left out where it is today. */
export function moment(text) {
  if (!text) return NONE;
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

/** As stored: the exact time, in UTC. */
export const exact = (text) => new Date(text).toISOString().replace("T", " ").replace("Z", " UTC");

/** `terminal_run_age` as words. */
export const words = (name) => name.replaceAll("_", " ");
