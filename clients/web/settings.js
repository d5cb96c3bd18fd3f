// What a user set up, kept in this browser: the script, the look, how sound comes. A browser that keeps nothing is fine too.

import { isScript } from "./script.js";

const KEY = "oncue.studio.1";
const DEFAULTS = { language: null, theme: null, codec: "pcm_s16le", startMs: 120, strict: false, reading: "auto", script: null };

export function load(store = storage()) {
  let kept = {};
  try {
    kept = JSON.parse(store?.getItem(KEY) ?? "{}") ?? {};
  } catch {
    kept = {}; // somebody else's, or broken
  }
  const settings = { ...DEFAULTS };
  for (const [key, value] of Object.entries(DEFAULTS)) {
    if (key in kept && (value === null || typeof kept[key] === typeof value)) settings[key] = kept[key];
  }
  if (!isScript(settings.script)) settings.script = null;
  return settings;
}

export function save(settings, store = storage()) {
  try {
    store?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // full, or forbidden: it is for convenience only
  }
}

function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
