// What the page asks over HTTP: voices, sound in other formats, and whether a token is needed. Errors carry the server's own sentence.

export class ApiError extends Error {
  constructor(status, { error = {}, report = null } = {}) {
    super(error.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = error.code ?? "";
    this.report = report;
  }
}

export class Api {
  constructor(token = "") {
    this.token = token;
  }

  async ask(path, options = {}) {
    const answer = await this.#send(path, options);
    return json(answer);
  }

  /** Lines as one sound in a format that only the server makes. `progress(bytes)` is called while it comes; throws when it breaks off. */
  async sound(lines, query, progress) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(lines) };
    const answer = await this.#send(`/v1/speech?${new URLSearchParams(query)}`, options);
    const reader = answer.body.getReader();
    const parts = [];
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      bytes += part.value.length;
      progress(bytes);
    }
    return new Blob(parts);
  }

  async #send(path, options) {
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const answer = await fetch(path, { ...options, headers: { ...headers, ...options.headers } });
    if (!answer.ok) throw new ApiError(answer.status, await json(answer));
    return answer;
  }

  async voices() {
    return (await this.ask("/v1/voices")).voices;
  }

  voice(name) {
    return this.ask(`/v1/voices/${encodeURIComponent(name)}`);
  }

  /** Make a voice of a recording. Throws an ApiError, with the quality report where it was heard at all. */
  addVoice(recording, { name, consent, denoise, force }) {
    const form = new FormData();
    for (const [key, value] of Object.entries({ name, consent, denoise, force })) form.append(key, String(value));
    form.append("file", recording, "recording");
    return this.ask("/v1/voices", { method: "POST", body: form });
  }

  removeVoice(name) {
    return this.ask(`/v1/voices/${encodeURIComponent(name)}`, { method: "DELETE" });
  }
}

async function json(answer) {
  return answer.headers.get("Content-Type")?.startsWith("application/json") ? answer.json() : {};
}
