// A text to phrases short enough for a caption, cut where a reader breathes: after sentences, then clauses, then words.

const AFTER_CLAUSE = /[，、；：,;:—]/u;
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u;
const CLOSING = /[”’」』）)\]"'》】\s]/u;

/** Width in columns: a Chinese character takes two. */
export function columns(points) {
  return points.reduce((sum, point) => sum + (WIDE.test(point) ? 2 : 1), 0);
}

/** `{start, end}` in code points, in order and without a gap; none is wider than `most` columns unless it is one word. */
export function phrases(text, most = 42) {
  const points = Array.from(text);
  const out = [];
  let start = 0;
  while (start < points.length) {
    const end = nextCut(points, start, most);
    out.push({ start, end });
    start = end;
  }
  return out;
}

function nextCut(points, start, most) {
  let width = 0;
  let clause = 0;
  let space = 0;
  for (let i = start; i < points.length; i += 1) {
    width += WIDE.test(points[i]) ? 2 : 1;
    if (width > most && i > start) {
      const rest = points.slice(i).every((point) => CLOSING.test(point));
      if (!rest) return clause || space || (WIDE.test(points[i]) ? i : wordEnd(points, i));
    }
    const after = skipClosing(points, i + 1);
    if (isEnd(points, i)) return after;
    if (AFTER_CLAUSE.test(points[i])) clause = after;
    if (/\s/u.test(points[i])) space = i + 1;
  }
  return points.length;
}

/** Whether a sentence ends here: a full stop between digits or letters does not end one. */
function isEnd(points, i) {
  if (/[。！？!?…]/u.test(points[i])) return !/[。！？!?….]/u.test(points[i + 1] ?? "");
  return points[i] === "." && (i + 1 === points.length || CLOSING.test(points[i + 1]));
}

function skipClosing(points, at) {
  while (at < points.length && CLOSING.test(points[at])) at += 1;
  return at;
}

function wordEnd(points, at) {
  while (at < points.length && !/\s/u.test(points[at])) at += 1;
  return skipClosing(points, at);
}

/** The phrase that holds a character; the last one for any beyond. */
export function phraseAt(list, character) {
  return list.find(({ end }) => character < end) ?? list.at(-1) ?? { start: 0, end: 0 };
}
