// A script: characters with voices, and lines that one of them says with a feeling and a length. Values only; nothing is spoken here.

let counter = 0;

export function newLine(character, text = "") {
  counter += 1;
  return { id: `l${Date.now().toString(36)}${counter}`, character, text, emotion: null, duration: { free: true }, seed: 0 };
}

export function newCharacter(name, voice) {
  counter += 1;
  return { id: `c${Date.now().toString(36)}${counter}`, name, voice };
}

/** The fields of a line's `speak`, without its id. What is default is left out, so equal wishes have equal fields. */
export function speakFields(line, voice, language = "auto") {
  const fields = { text: line.text.trim(), voice };
  if (line.emotion) fields.emotion = line.emotion;
  if (!line.duration.free) fields.duration = line.duration;
  if (line.seed) fields.seed = line.seed;
  if (language !== "auto") fields.language = language;
  return fields;
}

const NAMED = /^\s*([\p{L}\p{N}][\p{L}\p{N} _.'’-]{0,30}?)\s*[:：]\s*(.+)$/u;

/** Pasted text to `{name, text}` lines: one a line, `Name: what they say`; the name stays until another is given. */
export function parseScript(text) {
  let name = null;
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim())
    .map((line) => {
      const match = NAMED.exec(line);
      if (match && !/^https?$/i.test(match[1])) {
        name = match[1];
        return { name, text: match[2].trim() };
      }
      return { name, text: line.trim() };
    });
}

/** Whether a value read from storage is a script that this page can show. */
export function isScript(value) {
  if (!value || !Array.isArray(value.lines) || !Array.isArray(value.characters)) return false;
  const ids = new Set(value.characters.map((character) => character?.id));
  return (
    value.characters.length > 0 &&
    value.lines.length > 0 &&
    value.characters.every((c) => typeof c?.id === "string" && typeof c.name === "string" && typeof c.voice === "string") &&
    value.lines.every((l) => typeof l?.id === "string" && typeof l.text === "string" && ids.has(l.character) && typeof l.duration === "object" && l.duration !== null)
  );
}
