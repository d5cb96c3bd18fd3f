// One WebSocket and the lines spoken over it. A lost connection is resumed: a line goes on from the last sample that came.

import { OpusLine } from "./opus.js";
import { OPUS, floats, parseFrame, streamUrl, subprotocols } from "./protocol.js";

const RETRY_MS = [200, 500, 1000, 2000, 4000];

/** Events: `state` (connecting, ready, lost, closed), `line` (something came of a line), `refused` (an error of no line). */
export class Session extends EventTarget {
  /** @param {object} wish the fields of `open` */
  constructor(wish, { token = "", url = streamUrl(location) } = {}) {
    super();
    this.wish = wish;
    this.token = token;
    this.url = url;
    this.ready = null;
    this.state = "connecting";
    this.lines = new Map();
    this.numbers = new Map();
    this.waiting = [];
    this.counter = 0;
    this.tries = 0;
    this.lostAt = 0;
    this.#dial();
  }

  /** Send a line; what comes of it goes into `take`. It may be called before the session is ready. */
  speak(fields, take) {
    this.counter += 1;
    const line = { id: `s${this.counter}`, take, fields, number: null, opus: null, sent: this.state === "ready", sentAt: performance.now(), firstMs: null };
    line.finished = new Promise((resolve) => (line.end = resolve));
    this.lines.set(line.id, line);
    this.send({ type: "speak", id: line.id, ...fields });
    return line;
  }

  update(line, change) {
    this.send({ type: "update", id: line.id, ...change });
  }

  cancel(line, fadeMs = 0) {
    if (!line.take.ended) this.send({ type: "cancel", id: line.id, fade_ms: fadeMs, at: "now" });
  }

  played(line, samples) {
    if (!line.take.ended && this.state === "ready") this.send({ type: "played", id: line.id, samples: Math.max(0, Math.round(samples)) });
  }

  send(message) {
    const text = JSON.stringify(message);
    if (this.state === "ready") this.socket.send(text);
    else this.waiting.push(text);
  }

  close() {
    this.#become("closed");
    this.socket.close(1000);
    for (const line of this.lines.values()) this.#end(line, { code: "closed", message: "" });
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #dial() {
    const socket = new WebSocket(this.url, subprotocols(this.token));
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#greet();
    // What a connection that was given up still brings would come twice: the one after it goes on from what is here.
    socket.onmessage = ({ data }) => this.socket === socket && this.#hear(data);
    this.socket.onclose = ({ code }) => this.#lost(code);
  }

  #greet() {
    const open = { type: "open", ...this.wish };
    const lost = this.ready ? [...this.lines.values()].filter((line) => line.sent) : [];
    this.resuming = lost.length > 0;
    if (!this.resuming) this.socket.send(JSON.stringify(open));
    for (const line of lost) {
      line.opus?.drop();
      line.opus = null;
      const message = { type: "resume", session: this.ready.session, id: line.id, from_sample: line.take.length };
      this.socket.send(JSON.stringify(message));
    }
  }

  #lost(code) {
    if (this.state === "closed") return;
    if (!this.lostAt) this.lostAt = performance.now();
    const over = this.ready && performance.now() - this.lostAt > 1000 * this.ready.limits.resume_s;
    // A clean end (the server went down, or did not find us reading) cannot be resumed; nor can what is too old.
    if (over || code === 1000 || code === 1001 || code === 1012 || code === 1013) this.#abandon();
    this.#become("lost");
    const pause = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.state === "lost" && this.#dial(), pause);
  }

  #abandon() {
    this.ready = null;
    for (const line of [...this.lines.values()]) this.#end(line, { code: "lost", message: "" });
  }

  #hear(data) {
    if (typeof data !== "string") {
      this.#sound(parseFrame(data));
      return;
    }
    const message = JSON.parse(data);
    const line = message.id ? this.lines.get(message.id) : null;
    if (message.type === "ready") this.#open(message);
    else if (message.type === "error") this.#refuse(message, line);
    else if (line) this.#tell(message, line);
  }

  #open(message) {
    this.ready = message;
    this.tries = 0;
    this.lostAt = 0;
    this.#become("ready");
    for (const text of this.waiting.splice(0)) this.socket.send(text);
    for (const line of this.lines.values()) line.sent = true;
  }

  #refuse(message, line) {
    if (this.resuming && message.code === "unknown_id" && this.state !== "ready") {
      this.#abandon(); // the server forgot us: begin anew on this connection
      this.resuming = false;
      this.socket.send(JSON.stringify({ type: "open", ...this.wish }));
      return;
    }
    if (line?.over && message.code === "unknown_id") return; // what was said of it crossed its end
    if (line && message.terminal) this.#end(line, message);
    else if (line) this.#changed(line, "refused", message);
    else if (message.code !== "unknown_id") this.dispatchEvent(new CustomEvent("refused", { detail: message }));
  }

  #tell(message, line) {
    const { take } = line;
    if (message.type === "started" || message.type === "plan") {
      Object.assign(take, { planned: message.planned_samples, target: message.target_samples, warning: message.warning });
      if (message.type === "started") {
        line.number = message.number;
        this.numbers.set(message.number, line);
      }
      this.#changed(line, message.type, message);
    } else if (message.type === "marks") {
      take.addMarks(message);
      this.#changed(line, "marks", message);
    } else if (message.type === "done") this.#finish(line, message);
  }

  #sound(frame) {
    const line = this.numbers.get(frame.number);
    if (!line) return;
    if (line.firstMs === null) line.firstMs = performance.now() - line.sentAt;
    if (frame.codec === OPUS) {
      line.opus ??= this.#decoder(line, frame.start);
      line.opus.push(frame);
    } else this.#give(line, frame.start, floats(frame.payload));
  }

  /** A decoder of the line's own; after a resume its first packet may begin before what is already here. */
  #decoder(line, start) {
    const skip = (start === 0 ? this.ready.audio.pre_skip : 0) + line.take.length - start;
    return new OpusLine(skip, line.take.length, (from, samples) => this.#give(line, from, samples));
  }

  #give(line, start, samples) {
    line.take.append(start, samples);
    this.#changed(line, "sound");
  }

  async #finish(line, message) {
    line.over = true; // for the server, while its last packets are decoded
    try {
      await line.opus?.finish();
    } catch (error) {
      line.take.problem = { code: "decoder", message: String(error) };
    }
    line.take.done = message;
    if (message.error) line.take.problem = message.error;
    this.#forget(line);
  }

  #end(line, problem) {
    line.take.problem = problem;
    this.#forget(line);
  }

  #forget(line) {
    this.lines.delete(line.id);
    if (line.number !== null) this.numbers.delete(line.number);
    this.#changed(line, "end");
    line.end(line.take);
  }

  #changed(line, kind, message = null) {
    this.dispatchEvent(new CustomEvent("line", { detail: { line, kind, message } }));
  }
}
