// A line's text with its words as they are marked: which part of it is what, and which is lit. Characters are code points.

/** Text from `from` to `to` in order: `{text, word}` with the index of the word, null between words. */
export function parts(text, words, from = 0, to = Infinity) {
  const points = Array.from(text).slice(0, to);
  const out = [];
  let at = from;
  words.forEach((word, index) => {
    if (word.char_start < at || word.char_end > points.length) return; // not in this part
    if (word.char_start > at) out.push({ text: points.slice(at, word.char_start).join(""), word: null });
    out.push({ text: points.slice(word.char_start, word.char_end).join(""), word: index });
    at = word.char_end;
  });
  if (at < points.length) out.push({ text: points.slice(at).join(""), word: null });
  return out;
}

/** Shows a text in an element, word by word; `light` marks what was said and what sounds. */
export class Captions {
  constructor(element) {
    this.element = element;
    this.key = null;
    this.spans = [];
    this.current = -2;
  }

  /** The text, or a phrase of it, with the words known so far; nothing happens where nothing changed. */
  show(text, words, { start = 0, end = Infinity } = {}) {
    const key = `${start} ${end} ${words.length} ${text}`;
    if (key === this.key) return;
    this.key = key;
    this.spans = [];
    const nodes = parts(text, words, start, end).map(({ text: part, word }) => {
      if (word === null) return document.createTextNode(part);
      const span = document.createElement("span");
      span.className = "word";
      span.textContent = part;
      this.spans[word] = span;
      return span;
    });
    this.element.replaceChildren(...nodes);
    const { current } = this;
    this.current = -2;
    if (current !== -2) this.light(current, this.sounding);
  }

  /** Words up to `index` have begun; that one sounds if `sounding`. */
  light(index, sounding) {
    if (index === this.current && sounding === this.sounding) return;
    this.current = index;
    this.sounding = sounding;
    this.spans.forEach((span, i) => {
      span.classList.toggle("said", i < index || (i === index && !sounding));
      span.classList.toggle("lit", i === index && sounding);
    });
  }
}
