// Speaking lines: what is asked of the server and when, which takes are kept, where a line is heard, and silence at once.
// It draws nothing; who wants to know listens to its events.

import { throttled } from "./dom.js";
import { Take } from "./take.js";

const REPORT_MS = 200;
const UPDATE_MS = 120;

/** Events: `change` (detail: `{id, kind, message}`), `stopped` (detail: `{id, take, sample, ms}`), `finished`. */
export class Performance extends EventTarget {
  constructor(session, player) {
    super();
    this.session = session;
    this.player = player;
    this.entries = new Map(); // id of a script's line to {id, key, take, line, heard}
    this.run = 0;
    this.reportedAt = 0;
    this.retarget = throttled(UPDATE_MS, (id, seconds) => this.#update(id, { duration: { seconds } }));
    this.feel = throttled(UPDATE_MS, (id, emotion) => this.#update(id, { emotion: emotion ?? {} }));
    session.addEventListener("line", ({ detail }) => this.#came(detail));
    player.addEventListener("change", () => this.#report());
    player.addEventListener("finished", () => this.#finished());
  }

  /** The line that sounds or is about to. */
  get current() {
    const heard = this.player.heard();
    const entry = heard && this.#entryOf(heard.take);
    if (entry) entry.heard = heard.sample;
    return entry ?? null;
  }

  /** A whole take that was spoken as `key` says, or null. */
  fresh(id, key) {
    const entry = this.entries.get(id);
    return entry && entry.key === key && entry.take.complete ? entry : null;
  }

  /**
   * Play lines one after another; what is spoken already is played again, the rest is asked for as it is needed: a line
   * when the one before it is wholly here, so that never more than two of them wait in this page.
   * @param {{id: string, key: string, fields: object}[]} jobs
   */
  async speak(jobs) {
    this.player.unlock();
    if (this.player.busy) await this.stop();
    this.run += 1;
    const { run } = this;
    for (const job of jobs) {
      const entry = this.fresh(job.id, job.key) ?? this.#begin(job);
      this.player.queue(entry.take);
      await entry.line?.finished;
      if (run !== this.run) return;
      if (entry.take.problem) break;
    }
  }

  /** Play what there is of a line from a time on; lines queued behind it follow. */
  playFrom(id, seconds) {
    const entry = this.entries.get(id);
    if (!entry) return;
    const { take } = entry;
    const heard = this.player.heard();
    const later = heard?.take === take ? this.player.segments.slice(heard.segment + 1).map((segment) => segment.take) : [];
    if (heard && heard.take !== take) this.#cancelAll();
    const sample = Math.max(0, Math.min(Math.round(seconds * take.rate), take.length - 1));
    entry.heard = sample;
    this.player.start(take, sample);
    for (const next of later) this.player.queue(next);
  }

  pause(on) {
    this.player.pause(on);
  }

  /** Barge in: silence within a few milliseconds, and the server makes no more. `began` is when the user asked. */
  async stop(began = performance.now()) {
    this.run += 1;
    const late = performance.now() - began;
    const stopping = this.player.stop();
    this.#cancelAll();
    const heard = await stopping;
    if (!heard) return null;
    const entry = this.#entryOf(heard.take);
    if (entry) entry.heard = heard.sample;
    const detail = { id: entry?.id ?? null, take: heard.take, sample: heard.sample, ms: heard.ms + late };
    this.dispatchEvent(new CustomEvent("stopped", { detail }));
    return detail;
  }

  /** Keep nothing of a line that has ended. */
  forget(id) {
    if (!this.isLive(id)) this.entries.delete(id);
  }

  isLive(id) {
    const entry = this.entries.get(id);
    return Boolean(entry?.line && !entry.take.ended);
  }

  #begin({ id, key, fields }) {
    const take = new Take(fields.text, this.player.rate);
    const entry = { id, key, take, heard: 0 };
    entry.line = this.session.speak(fields, take);
    this.entries.set(id, entry);
    this.dispatchEvent(new CustomEvent("change", { detail: { id, kind: "asked" } }));
    return entry;
  }

  #update(id, change) {
    if (this.isLive(id)) this.session.update(this.entries.get(id).line, change);
  }

  #cancelAll() {
    for (const { line, take } of this.entries.values()) {
      if (line && !take.ended) this.session.cancel(line, 0); // the fade is the player's
    }
  }

  #entryOf(take) {
    for (const entry of this.entries.values()) if (entry.take === take) return entry;
    return null;
  }

  #came({ line, kind, message }) {
    const entry = this.#entryOf(line.take);
    if (!entry) return;
    if (kind === "sound" || kind === "end") this.player.pump();
    if (kind === "end" && !line.take.length && this.player.heard()?.take === line.take) this.player.stop(0);
    this.dispatchEvent(new CustomEvent("change", { detail: { id: entry.id, kind, message } }));
  }

  /** Tell the server where its lines are heard: it never runs further ahead than was asked for in `open`. */
  #report() {
    const now = performance.now();
    if (now - this.reportedAt < REPORT_MS) return;
    this.reportedAt = now;
    const heard = this.player.heard(now);
    for (const { line, take } of this.entries.values()) {
      if (line && !take.ended) this.session.played(line, heard?.take === take ? heard.sample : 0);
    }
  }

  #finished() {
    this.dispatchEvent(new Event("finished"));
  }
}
