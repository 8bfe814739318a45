// The page's colours for what is drawn on a canvas, which knows no CSS; asked for anew when light turns to dark.

const dark = matchMedia("(prefers-color-scheme: dark)");

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back at every change between light and dark, until `signal` is aborted. */
export function onTheme(callback, signal) {
  dark.addEventListener("change", callback, { signal });
}

export const withAlpha = (hex, alpha) =>
  hex +
  Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");
