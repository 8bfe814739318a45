// Which view an address names: `#/request/ID` and the like. The browser's own back and forward just work.

/** Calls `show(name, argument)` now and at every change. */
export function route(show, signal) {
  const go = () => {
    const [name, argument] = location.hash.replace(/^#\//, "").split("/");
    show(name || "live", argument && decoded(argument));
  };
  addEventListener("hashchange", go, { signal });
  go();
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
