// What the address of the overlay may ask for. An unknown option or value is named, not guessed at.

const CHOICES = {
  captions: ["words", "line", "off"],
  mouth: ["off", "on"],
  audio: ["on", "off"],
  align: ["center", "left", "right"],
  place: ["bottom", "middle", "top"],
  label: ["tr", "tl", "br", "bl"],
  source: ["all", "own", "studio"],
  lang: ["", "en", "zh"],
};
const NUMBERS = { size: [42, 10, 300], hold: [1.5, 0, 60], columns: [42, 8, 200] };
const COLOURS = { colour: "", lit: "", edge: "" };
const TEXTS = ["text", "voice", "emotion", "from", "to"];

/** Options from a query string, and sentences about what was not understood. */
export function overlayOptions(query) {
  const options = { from: [], to: [], text: "", voice: "", emotion: "", ...COLOURS };
  for (const [name, [first]] of Object.entries(CHOICES)) options[name] = first;
  for (const [name, [first]] of Object.entries(NUMBERS)) options[name] = first;
  const problems = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in CHOICES) {
      if (CHOICES[name].includes(value)) options[name] = value;
      else problems.push(`${name} is one of ${CHOICES[name].filter(Boolean).join(", ")}`);
    } else if (name in NUMBERS) {
      const [, least, most] = NUMBERS[name];
      const number = Number(value);
      if (value.trim() && number >= least && number <= most) options[name] = number;
      else problems.push(`${name} is a number from ${least} to ${most}`);
    } else if (name in COLOURS) {
      if (/^[#\w(),.% ]+$/.test(value)) options[name] = value;
      else problems.push(`${name} is a CSS colour`);
    } else if (name === "from" || name === "to") options[name] = value.split(",").filter(Boolean);
    else if (TEXTS.includes(name)) options[name] = value;
    else problems.push(`${name} is no option`);
  }
  return { options, problems };
}

const SPEAK_FIELDS = ["text", "voice", "emotion", "duration", "language", "seed"];

/** The `speak` of a message that others sent, or null where it has no text. */
export function speakOf(message, { voice, emotion }) {
  if (typeof message?.text !== "string" || !message.text.trim()) return null;
  const fields = {};
  if (voice) fields.voice = voice;
  if (emotion) fields.emotion = { preset: emotion };
  for (const name of SPEAK_FIELDS) if (message[name] !== undefined && message[name] !== null) fields[name] = message[name];
  return { ...fields, text: message.text.trim() };
}
