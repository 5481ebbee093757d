// Consumes the service's events from a queue: only real ones, each once, those of a session in order.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { sign } from "./sigv4.js";

// The version of the events' schemas that this code was written for.
const VERSION = 1;
const PAUSE_MS = 1000;

/** An event that this code cannot judge; it stays in the queue, and goes to the queue of refused events. */
export class NotAccepted extends Error {}

/**
 * Returns an event of the service in EventBridge's envelope; throws NotAccepted for any other.
 * EventBridge sets `account` itself, so nobody outside it can forge an event; `source` is the sender's own word.
 */
export function accept(envelope, account) {
  if (envelope?.account !== account) throw new NotAccepted("the event comes from another AWS account");
  const { source, "detail-type": name, detail } = envelope;
  const isWhole = typeof detail?.eventId === "string" && typeof detail.sessionId === "string";
  if (source !== "reconnect" || typeof name !== "string" || !isWhole || !Number.isInteger(detail.sequence)) {
    throw new NotAccepted("the event is not one of the Reconnect service");
  }
  if (detail.version !== VERSION) throw new NotAccepted(`${name} has another version than ${VERSION}`);
  return { name, ...detail };
}

/** What the events said, by session; in a file here, in your database with you. */
export class Refreshes {
  constructor(file) {
    this.file = file;
    this.bySession = new Map(read(file));
  }

  /**
   * Stores an event; returns false for a repeat, which is not newer, and for one that is older than what is known.
   * What an event causes, such as a mail with `link`, belongs into the same transaction as a row that another process
   * sends. After it, a crash would lose it; before it, a repeat would send it twice.
   */
  take({ sessionId, sequence, name, status }) {
    if (sequence <= (this.bySession.get(sessionId)?.sequence ?? -1)) return false;
    this.bySession.set(sessionId, { sequence, event: name, status });
    writeFileSync(`${this.file}.new`, JSON.stringify([...this.bySession]));
    renameSync(`${this.file}.new`, this.file);
    return true;
  }

  lastEvent(sessionId) {
    return this.bySession.get(sessionId)?.event ?? null;
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (problem) {
    if (problem.code === "ENOENT") return [];
    throw problem;
  }
}

/** Takes the events of a queue, without end. A message leaves the queue only after it was stored. */
export async function consume({ queueUrl, account, region, credentials }, refreshes) {
  const call = async (action, message) => {
    const url = new URL("/", queueUrl).href;
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` };
    const body = JSON.stringify({ QueueUrl: queueUrl, ...message });
    const signed = sign({ method: "POST", url, body, headers, service: "sqs", region, credentials });
    const reply = await fetch(url, { method: "POST", body, headers: signed });
    if (!reply.ok) throw new Error(`SQS refused ${action}: ${reply.status}`);
    return action === "ReceiveMessage" ? reply.json() : null;
  };
  for (;;) {
    const waiting = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10 };
    const { Messages = [] } = await call("ReceiveMessage", waiting).catch(() => wait(PAUSE_MS, {}));
    for (const { Body, ReceiptHandle } of Messages) {
      try {
        const event = accept(JSON.parse(Body), account);
        const isNews = refreshes.take(event);
        await call("DeleteMessage", { ReceiptHandle });
        // Neither the link nor anything else of `detail` belongs into a log.
        console.log(`event ${event.eventId} ${event.name} ${isNews ? "taken" : "known"}`);
      } catch (refused) {
        console.log(`event refused: ${refused.constructor.name}`);
      }
    }
  }
}
