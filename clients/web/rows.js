// The script as rows: who says what, how it stands, and a button to hear it. Rows show values and tell what was changed.

import { element, hue, icon } from "./dom.js";

const NEW = "+";

export class Rows {
  /** @param {{select, text, who, speak, remove, add, move}} on what was done, with the line's id first */
  constructor(list, words, on) {
    this.list = list;
    this.words = words;
    this.on = on;
    this.nodes = new Map();
  }

  /**
   * @param {object} script @param {{selected: string, sounding: string | null, facts: (line) => {text: string, bad?: boolean}[]}} view
   */
  show(script, { selected, sounding, facts }) {
    for (const [id, node] of this.nodes) {
      if (!script.lines.some((line) => line.id === id)) {
        node.remove();
        this.nodes.delete(id);
      }
    }
    script.lines.forEach((line, index) => {
      const node = this.nodes.get(line.id) ?? this.#make(line);
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
      this.#fill(node, line, index, script);
      node.classList.toggle("selected", line.id === selected);
      node.classList.toggle("sounding", line.id === sounding);
      node.querySelector(".row-remove").hidden = script.lines.length === 1;
      const told = facts(line);
      const place = node.querySelector(".row-facts");
      const key = JSON.stringify(told);
      if (place.dataset.key !== key) {
        place.dataset.key = key;
        place.replaceChildren(...told.map(({ text, bad }) => element("span", { class: bad ? "bad" : null }, text)));
      }
    });
  }

  focus(id) {
    this.nodes.get(id)?.querySelector("textarea").focus();
  }

  #make(line) {
    const { id } = line;
    const text = element("textarea", {
      rows: 1, maxlength: 4000, spellcheck: "false", class: "row-text",
      onfocus: () => this.on.select(id),
      oninput: () => {
        grow(text);
        this.on.text(id, text.value.replaceAll(/\s*\n\s*/g, " "));
      },
      onkeydown: (event) => this.#key(event, id),
    });
    const who = element("select", { onfocus: () => this.on.select(id), onchange: () => this.on.who(id, who.value === NEW ? null : who.value) });
    const face = element("span", { class: "face", "aria-hidden": "true" });
    const node = element(
      "li", { class: "row" },
      element("button", { type: "button", class: "row-play", onclick: () => this.on.speak(id) }, icon("play")),
      element("div", { class: "row-who" }, face, who),
      text,
      element("div", { class: "row-facts" }),
      element("button", { type: "button", class: "row-remove", onclick: () => this.on.remove(id) }, icon("close")),
    );
    node.addEventListener("pointerdown", () => this.on.select(id));
    this.nodes.set(id, node);
    return node;
  }

  #fill(node, line, index, script) {
    const say = (key) => `${index + 1}: ${this.words.say(key)}`;
    const text = node.querySelector("textarea");
    if (text.value !== line.text && document.activeElement !== text) text.value = line.text;
    text.placeholder = this.words.say("placeholder");
    text.setAttribute("aria-label", say("textLabel"));
    if (!text.dataset.grown) requestAnimationFrame(() => grow(text));
    text.dataset.grown = "yes";
    node.querySelector(".row-play").setAttribute("aria-label", say("speak"));
    node.querySelector(".row-remove").setAttribute("aria-label", say("removeLine"));
    const who = node.querySelector("select");
    who.setAttribute("aria-label", say("character"));
    const key = JSON.stringify(script.characters.map(({ id, name }) => [id, name])) + this.words.language;
    if (who.dataset.key !== key) {
      who.dataset.key = key;
      who.replaceChildren(
        ...script.characters.map(({ id, name }) => element("option", { value: id }, name)),
        element("option", { value: NEW }, this.words.say("newCharacter")),
      );
    }
    who.value = line.character;
    const { name, voice } = script.characters.find(({ id }) => id === line.character);
    node.querySelector(".face").style.setProperty("--hue", hue(voice || name));
  }

  #key(event, id) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is at work
    const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Enter" && !event.shiftKey) {
      if (event.altKey) this.on.add(id);
      else this.on.speak(id, true);
    } else if (arrow && event.altKey) this.on.move(id, arrow);
    else return;
    event.preventDefault();
  }
}

/** As high as its text, where the style sheet cannot say so. */
function grow(text) {
  if (globalThis.CSS?.supports?.("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}
