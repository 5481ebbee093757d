// Calls the Reconnect service's API, signed. Only the server may do that.

import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { sign } from "./sigv4.js";

// The types are in schemas/types.d.ts of the service's repository; copy the file, and change the path.
/** @typedef {import("../../schemas/types").Session} Session */
/** @typedef {import("../../schemas/types").OpenRequest} OpenRequest */

const TRIES = 4;
// Whoever must wait longer for a repeat is told, instead of waiting here.
const LONGEST_PAUSE_MS = 20_000;
const TIMEOUT_MS = 30_000;

/** The service refused: `code` is one of the documented ones, `nextAllowedAt` says until when. */
export class Refused extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.code ?? ""}`);
    Object.assign(this, { status, code: problem.code, nextAllowedAt: problem.nextAllowedAt });
  }
}

export class Service {
  /** @param {{apiUrl: string, region: string, credentials: object}} settings */
  constructor({ apiUrl, region, credentials }) {
    Object.assign(this, { apiUrl: apiUrl.replace(/\/+$/u, ""), region, credentials });
  }

  /**
   * Opens a session, or joins the live one of the login. The key makes the repeats of this call safe.
   * @param {OpenRequest} request
   * @returns {Promise<Session>}
   */
  open(request) {
    return this.call("POST", "/sessions", request, { "idempotency-key": randomUUID() });
  }

  /** @param {string} sessionId @returns {Promise<Session>} */
  read(sessionId) {
    return this.call("GET", `/sessions/${encodeURIComponent(sessionId)}`);
  }

  /** Returns the data as Flinks sent it, checked against its receipt. */
  async result(sessionId) {
    const link = await this.call("GET", `/sessions/${encodeURIComponent(sessionId)}/result`);
    const reply = await fetch(link.url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const content = Buffer.from(await reply.arrayBuffer());
    if (!reply.ok || createHash("sha256").update(content).digest("hex") !== link.sha256) {
      throw new Error(`the result does not match its receipt (S3: ${reply.status})`);
    }
    return JSON.parse(content.toString());
  }

  /** Sends one request, and repeats what may succeed later. */
  async call(method, path, message, headers = {}) {
    for (let tried = 1; ; tried += 1) {
      const reply = await this.send(method, path, message, headers).catch((failure) => ({ failure }));
      if (reply.ok) return reply.json();
      const pause = 1000 * (Number(reply.headers?.get("retry-after")) || 2 ** (tried - 1));
      const isTemporary = reply.failure || reply.status === 429 || reply.status >= 500;
      if (!isTemporary || tried === TRIES || pause > LONGEST_PAUSE_MS) {
        if (reply.failure) throw new Error(`the service does not answer (${reply.failure.name})`);
        throw new Refused(reply.status, await reply.json().catch(() => ({})));
      }
      await wait(pause);
    }
  }

  send(method, path, message, headers) {
    const url = this.apiUrl + path;
    const body = message && JSON.stringify(message);
    const { region, credentials } = this;
    const request = { method, body, headers: { ...headers, "content-type": "application/json" } };
    const signed = sign({ ...request, url, service: "execute-api", region, credentials });
    return fetch(url, { ...request, headers: signed, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}
