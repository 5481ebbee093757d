// A site with two buttons, and a page that shows the state of the refresh.
// What to copy: only the server calls the service; the browser gets only the fields it needs, and opens our link or loads
// Connect in a frame.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import process from "node:process";
import { consume, Refreshes } from "./consumer.js";
import { Refused, Service } from "./service.js";

const settings = {
  apiUrl: required("RECONNECT_API_URL"),
  region: required("AWS_REGION"),
  // With an SDK at hand, take fromNodeProviderChain() of @aws-sdk/credential-providers: it also renews them.
  credentials: {
    accessKeyId: required("AWS_ACCESS_KEY_ID"),
    secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
    sessionToken: process.env.AWS_SESSION_TOKEN,
  },
  // The bank connection of the one user of this example; yours are in your database.
  loginId: required("LOGIN_ID"),
  connectOrigin: required("CONNECT_ORIGIN"),
  account: process.env.EVENT_ACCOUNT,
  queueUrl: process.env.EVENT_QUEUE_URL,
};

function required(name) {
  if (process.env[name]) return process.env[name];
  console.error(`Set ${name}; the README says to what.`);
  process.exit(1);
}

const service = new Service(settings);
const refreshes = new Refreshes(process.env.STATE_FILE ?? "site.json");

// The refresh of each browser, by its cookie, so that no user can read another user's session.
const refreshOf = new Map();

const api = new URL(settings.apiUrl).origin;
const HEADERS = {
  "content-security-policy": [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", `connect-src 'self' ${api}`,
    // The frame starts at Connect, goes to the service's redirect endpoint, and ends at our own /back.
    `frame-src ${settings.connectOrigin} ${api} 'self'`,
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'self'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  // A frame may send no cookies, so this page, `returnUrl`, needs none.
  "/back": ["back.html", "text/html; charset=utf-8"],
  "/static/site.css": ["site.css", "text/css"],
  "/static/back.js": ["back.js", "text/javascript"],
  "/static/refresh.js": ["refresh.js", "text/javascript"],
  "/static/reconnect-embed.js": ["reconnect-embed.js", "text/javascript"],
};

const ROUTES = {
  "POST /refresh": begin,
  "GET /refresh": ({ refresh }) => (refresh ? file(["refresh.html", "text/html; charset=utf-8"]) : { status: 404 }),
  "GET /refresh/status": ({ refresh }) => (refresh ? readStatus(refresh) : { status: 404 }),
};

/** Requests fresh data. A second request is harmless: it joins the login's live session. */
async function begin({ origin, body }) {
  const way = new URLSearchParams(body).get("way");
  if (!["link", "embed"].includes(way)) return { status: 400 };
  const request = { loginId: settings.loginId, returnUrl: `${origin}/back`, correlationId: "site:alice" };
  const { sessionId } = await service.open(request);
  const id = randomBytes(24).toString("base64url");
  refreshOf.set(id, { sessionId, way });
  return { status: 303, headers: { location: "/refresh", "set-cookie": `refresh=${id}; Path=/; HttpOnly; SameSite=Lax` } };
}

/** Returns the fields that the browser may see; the link and Connect's URL only while they are needed. */
async function readStatus({ sessionId, way }) {
  const found = await service.read(sessionId);
  const status = {
    sentence: found.nextStep.sentence,
    isOver: found.link === null,
    isFresh: found.status === "SUCCEEDED",
    connectUrl: way === "embed" ? found.connectUrl : null,
    link: found.nextStep.owner === "user" ? found.link : null,
    accounts: found.receipt?.result ? (await service.result(sessionId)).Accounts.map(({ Title }) => Title ?? "Account") : [],
    lastEvent: refreshes.lastEvent(sessionId),
  };
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(status) };
}

async function file([name, type]) {
  return { headers: { "content-type": type }, body: await readFile(new URL(`static/${name}`, import.meta.url)) };
}

async function answer(request) {
  const origin = `http://${request.headers.host}`;
  const { pathname } = new URL(request.url, origin);
  if (request.method === "GET" && Object.hasOwn(FILES, pathname)) return file(FILES[pathname]);
  const route = `${request.method} ${pathname}`;
  if (!Object.hasOwn(ROUTES, route)) return { status: 404 };
  const cookie = /(?:^|; )refresh=([\w-]+)/u.exec(request.headers.cookie ?? "");
  return ROUTES[route]({ origin, refresh: cookie && refreshOf.get(cookie[1]), body: await bodyOf(request) });
}

async function bodyOf(request) {
  let body = "";
  for await (const part of request) {
    body += part;
    if (body.length > 1024) throw new Error("the body is too long");
  }
  return body;
}

/** Says that it did not work. 429: it is too soon; `nextAllowedAt` says when to come back. */
function explain(problem) {
  const isTooSoon = problem instanceof Refused && problem.nextAllowedAt;
  return isTooSoon
    ? { status: 429, body: "Your accounts were just refreshed." }
    : { status: 502, body: "That did not work. Try again." };
}

const server = createServer(async (request, reply) => {
  const { status = 200, headers, body } = await answer(request).catch(explain);
  reply.writeHead(status, { ...HEADERS, ...headers }).end(body);
});

server.listen(Number(process.env.PORT ?? 4701), "127.0.0.1", () => {
  console.log(`The site: http://127.0.0.1:${server.address().port}/ (Ctrl-C stops it)`);
});
// In production this is a process of its own, or a Lambda function with the queue as its event source.
if (settings.queueUrl) consume(settings, refreshes);
