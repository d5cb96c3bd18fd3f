// How much sound to have before a line begins: what was asked for, more after lines that ran dry, and less again after
// lines that did not.

const GROWTH = 2;
const DECAY = 0.8;

export class StartLevel {
  /** @param {number} leastMs what was asked for @param {number} mostMs never more than this */
  constructor(leastMs, mostMs) {
    this.leastMs = leastMs;
    this.mostMs = mostMs;
    this.ms = leastMs;
  }

  /** A line was played, with so many underruns. */
  played(underruns) {
    this.ms = underruns ? this.ms * GROWTH : this.ms * DECAY;
    this.ms = Math.max(this.leastMs, Math.min(this.mostMs, this.ms));
  }

  /** Another wish of the user's. */
  ask(leastMs) {
    this.leastMs = leastMs;
    this.ms = leastMs;
  }
}
