// Elements from plain values. Text only ever becomes text: nothing here can make markup of it.

/** An element with properties (`class`, `on*` listeners, attributes) and children; null and false are left out. */
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same for pictures. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

/** Puts new children in place of all old ones. */
export function replace(parent, ...children) {
  parent.replaceChildren(...known(children));
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...known(children));
  return element;
}

function known(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
