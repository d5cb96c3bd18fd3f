// What the page asks over HTTP: voices, and whether a token is needed. Errors carry the server's own sentence.

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
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const answer = await fetch(path, { ...options, headers: { ...headers, ...options.headers } });
    const body = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    if (!answer.ok) throw new ApiError(answer.status, body);
    return body;
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
