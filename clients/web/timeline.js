// The time axis: a waveform that grows, what of it was heard, words below it, where the plan and the target end, and two
// handles: one to play from, one to move the end of the line while it plays.

const MARGIN = { left: 14, right: 34, top: 10, words: 24, axis: 20 };
const BAR = 3;
const STEPS_S = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];
const LABEL_PX = 64;

export class Timeline {
  /** @param {{seek: (s: number) => void, retarget: (s: number, final: boolean) => void}} on */
  constructor(root, on) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.head = root.querySelector(".playhead");
    this.tail = root.querySelector(".end-handle");
    this.on = on;
    this.span = 3;
    this.view = { take: null, sample: 0, live: false, endS: null, playable: false };
    this.dragged = null;
    this.#listen();
    new ResizeObserver(() => this.#measure()).observe(root);
    this.#measure();
  }

  /** Colours are the style sheet's; to be called when the theme changes. */
  recolour() {
    const style = getComputedStyle(this.root);
    this.colours = Object.fromEntries(
      ["heard", "ahead", "faint", "ink", "quiet", "target", "accent"].map((name) => [name, style.getPropertyValue(`--wave-${name}`).trim()]),
    );
    this.font = `12px ${style.fontFamily}`;
    this.drawn = null;
  }

  /**
   * @param {object} view take, sample (heard), live (it still grows or plays), endS (seconds that were asked for, or null),
   * words: {end, endText, playhead}
   */
  show(view) {
    this.view = view;
    this.#settleSpan();
    const { take } = view;
    const now = [take?.length, take?.words.length, take?.planned, view.sample, this.#endS, view.asked, view.live, view.playable, this.span, this.width];
    if (take === this.drawnTake && now.every((value, i) => value === this.drawn?.[i])) return; // a page at rest costs nothing
    this.drawnTake = take;
    this.drawn = now;
    this.#place();
    this.#draw();
  }

  get #endS() {
    if (this.dragged !== null) return this.dragged;
    return this.view.endS;
  }

  #settleSpan() {
    const { take } = this.view;
    const rate = take?.rate ?? 1;
    const longest = Math.max(2, (take?.length ?? 0) / rate, (take?.planned ?? 0) / rate, this.view.endS ?? 0, this.dragged ?? 0) * 1.06;
    if (this.dragged !== null) this.span = Math.max(this.span, longest);
    else this.span += (longest - this.span) * (Math.abs(longest - this.span) < 0.01 ? 1 : 0.25);
  }

  #x(seconds) {
    return MARGIN.left + (seconds / this.span) * (this.width - MARGIN.left - MARGIN.right);
  }

  #seconds(x) {
    return ((x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * this.span;
  }

  #measure() {
    const box = this.root.getBoundingClientRect();
    this.width = box.width;
    this.height = box.height;
    const scale = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.width * scale));
    this.canvas.height = Math.max(1, Math.round(this.height * scale));
    this.canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    this.recolour();
    this.show(this.view);
  }

  #place() {
    const { take, sample, playable, words } = this.view;
    const at = take ? sample / take.rate : 0;
    this.head.hidden = !playable;
    if (playable) {
      this.head.style.transform = `translateX(${this.#x(at)}px)`;
      slider(this.head, at, take.seconds, words?.endText?.(at));
    }
    const end = this.#endS;
    this.tail.hidden = end === null;
    if (end !== null) {
      this.tail.style.transform = `translateX(${this.#x(end)}px)`;
      this.tail.classList.toggle("asked", this.dragged !== null || Boolean(this.view.asked));
      slider(this.tail, end, Math.max(this.span, end), words?.endText?.(end));
      const label = `${end.toFixed(2)} s`;
      if (this.tail.dataset.value !== label) this.tail.dataset.value = label;
    }
  }

  #draw() {
    const g = this.canvas.getContext("2d");
    const c = this.colours;
    g.clearRect(0, 0, this.width, this.height);
    g.font = this.font;
    const floor = this.height - MARGIN.axis;
    this.#axis(g, floor);
    const { take } = this.view;
    const middle = MARGIN.top + (floor - MARGIN.words - MARGIN.top) / 2;
    const reach = (floor - MARGIN.words - MARGIN.top) / 2 - 2;
    g.fillStyle = c.faint;
    const planEnd = this.#x(take?.planned ? take.planned / take.rate : this.view.endS ?? 2);
    for (let x = MARGIN.left; x < planEnd; x += BAR) g.fillRect(x, middle - 0.75, 1.5, 1.5);
    if (!take) return;
    this.#wave(g, take, middle, reach);
    this.#words(g, take, floor - 8);
    if (take.planned && this.view.live) {
      const x = this.#x(take.planned / take.rate);
      g.strokeStyle = c.quiet;
      g.setLineDash([3, 4]);
      g.beginPath();
      g.moveTo(x, MARGIN.top);
      g.lineTo(x, floor);
      g.stroke();
      g.setLineDash([]);
    }
  }

  #axis(g, floor) {
    const c = this.colours;
    const width = this.width - MARGIN.left - MARGIN.right;
    const step = STEPS_S.find((s) => (s / this.span) * width >= LABEL_PX) ?? 120;
    g.strokeStyle = c.faint;
    g.fillStyle = c.quiet;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.beginPath();
    for (let i = 0; i * step <= this.span; i += 1) {
      const x = Math.round(this.#x(i * step)) + 0.5;
      g.moveTo(x, floor);
      g.lineTo(x, floor + 4);
      g.fillText(step < 1 ? (i * step).toFixed(step < 0.25 ? 1 : 2).replace(/0$/, "") : String(i * step), x, floor + 13);
    }
    g.moveTo(MARGIN.left, floor + 0.5);
    g.lineTo(this.width - MARGIN.right, floor + 0.5);
    g.stroke();
  }

  #wave(g, take, middle, reach) {
    const c = this.colours;
    const end = this.#x(take.seconds);
    const heard = this.#x(this.view.sample / take.rate);
    const gain = 0.9 / Math.max(0.25, take.loudest);
    for (let x = MARGIN.left; x < end; x += BAR) {
      const from = Math.floor(this.#seconds(x) * take.rate);
      const [low, high] = take.range(from, Math.floor(this.#seconds(x + BAR) * take.rate));
      const up = Math.max(1, loud(gain * high) * reach);
      const down = Math.max(1, loud(-gain * low) * reach);
      g.fillStyle = x < heard ? c.heard : c.ahead;
      g.beginPath();
      g.roundRect?.(x, middle - up, BAR - 1, up + down, 1);
      if (!g.roundRect) g.rect(x, middle - up, BAR - 1, up + down);
      g.fill();
    }
  }

  #words(g, take, baseline) {
    const c = this.colours;
    const now = this.view.live ? take.wordAt(this.view.sample) : null;
    g.textAlign = "left";
    g.textBaseline = "alphabetic";
    let free = -Infinity;
    for (const word of take.words) {
      const x = this.#x(word.start / take.rate);
      if (word.start > take.length) break;
      if (x < free) continue;
      g.fillStyle = c.faint;
      g.fillRect(x, baseline - 15, 1, 19);
      g.fillStyle = word === now ? c.accent : c.quiet;
      g.fillText(word.text, x + 4, baseline);
      free = x + 8 + g.measureText(word.text).width;
    }
  }

  #listen() {
    this.root.addEventListener("pointerdown", (event) => this.#press(event));
    this.head.addEventListener("keydown", (event) => this.#step(event, this.view.take ? this.view.sample / this.view.take.rate : 0, 0.25, (s) => this.on.seek(s)));
    this.tail.addEventListener("keydown", (event) => this.#step(event, this.#endS ?? 0, 0.05, (s) => this.on.retarget(Math.max(0.2, s), true)));
  }

  #press(event) {
    if (event.button !== 0) return;
    const moving = this.tail.contains(event.target);
    if (!moving) {
      if (this.view.playable) this.on.seek(Math.max(0, this.#seconds(event.clientX - this.root.getBoundingClientRect().left)));
      return;
    }
    event.preventDefault();
    this.tail.focus();
    this.tail.setPointerCapture(event.pointerId);
    const grip = event.clientX - this.root.getBoundingClientRect().left - this.#x(this.#endS);
    const move = ({ clientX }) => {
      const x = Math.min(clientX - this.root.getBoundingClientRect().left - grip, this.width - MARGIN.right + 20);
      this.dragged = Math.max(0.2, Math.round(this.#seconds(x) * 100) / 100);
      this.on.retarget(this.dragged, false);
    };
    const up = () => {
      this.tail.removeEventListener("pointermove", move);
      const at = this.dragged;
      this.dragged = null;
      if (at !== null) this.on.retarget(at, true);
    };
    this.tail.addEventListener("pointermove", move);
    this.tail.addEventListener("pointerup", up, { once: true });
    this.tail.addEventListener("pointercancel", up, { once: true });
  }

  #step(event, at, step, call) {
    const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (direction) call(Math.round((at + direction * step * (event.shiftKey ? 10 : 1)) * 1000) / 1000);
    else if (event.key === "Home" && event.currentTarget === this.head) call(0);
    else return;
    event.preventDefault();
  }
}

/** Loudness as the eye wants it: quiet sounds are seen too. */
function loud(value) {
  return Math.min(1, Math.max(0, value)) ** 0.62;
}

function slider(node, now, most, text) {
  node.setAttribute("aria-valuenow", now.toFixed(2));
  node.setAttribute("aria-valuemax", most.toFixed(2));
  node.setAttribute("aria-valuetext", text ?? now.toFixed(2));
}
