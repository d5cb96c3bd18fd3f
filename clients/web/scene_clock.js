// Where a scene's lines are in the time of the sound card. Pure: the page asks it when a frame is to begin.
//
// Law: a place that was final is never moved, and nothing is scheduled in the past.

export class SceneClock {
  constructor(rate) {
    this.rate = rate;
    this.zero = null; // in the sound card's seconds
    this.places = new Map(); // line -> the last place told
  }

  /** A `sceneplan` that came when the sound card said `at`; `ahead` is kept for what the network does. */
  take(message, at, ahead = 0.1) {
    if (this.zero === null) this.zero = at - message.now + ahead;
    for (const place of message.lines) this.places.set(place.line, place);
  }

  /** What the scene's clock says when the sound card says `at`. */
  now(at) {
    return this.zero === null ? null : at - this.zero;
  }

  /** When sample `sample` of a line is heard, on the sound card's clock; null while its place is not final. */
  when(line, sample) {
    const place = this.places.get(line);
    if (place?.status !== "begun" || this.zero === null) return null;
    return this.zero + place.start - (place.onset ?? 0) + sample / this.rate;
  }

  /** How many of a line's samples are heard, infinity unless it is cut. */
  heard(line) {
    const place = this.places.get(line);
    if (place?.cut === null || place?.cut === undefined) return Infinity;
    return Math.max(0, Math.round((place.cut - place.start + (place.onset ?? 0)) * this.rate));
  }

  /** The line of an id in the session: `scene/line`, with `~1` after it where it was asked for again. */
  static lineOf(id) {
    return id.split("/").slice(1).join("/").split("~")[0];
  }
}

/** Seconds to write on a time line of `span` seconds: round ones, and no more than can be read. */
export function ticksOf(span) {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((one) => span / one <= 12) ?? 600;
  return Array.from({ length: Math.ceil(span / step) }, (_, index) => index * step);
}
