// Elements in one call, and icons drawn in one stroke.

/** `element("button", {class: "quiet", onclick}, "Text")`. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8 5.5v13M16 5.5v13",
  stop: "M6.5 6.5h11v11h-11z",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  again: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4.5h-4.5",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  mic: "M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5a2.8 2.8 0 0 0 5.6 0v-5A2.8 2.8 0 0 0 12 3.5zM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  check: "M5 12.5l4.5 4.5L19 7.5",
  all: "M4 6.5v11l8-5.5zM13 6.5v11l8-5.5z",
  paste: "M8 5H6v15h12V5h-2M9 3.5h6v3H9zM9 11h6M9 15h6",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Hand bytes to the user as a file. */
export function download(name, bytes, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** At most one call every `ms`, the last one always. */
export function throttled(ms, call) {
  let timer = null;
  let waiting = null;
  const fire = () => {
    timer = waiting ? setTimeout(fire, ms) : null;
    if (waiting) {
      const values = waiting;
      waiting = null;
      call(...values);
    }
  };
  return (...values) => {
    waiting = values;
    if (timer === null) fire();
  };
}

/** A hue of its own for every name, always the same, and far from that of a name that differs in one letter. */
export function hue(name) {
  let hash = 2166136261; // FNV-1a
  for (const letter of name) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  return (((hash >>> 0) * 0.618034) % 1) * 360;
}
