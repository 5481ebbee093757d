// The operator's page. What it shows comes from the console's own server and is written as text, never as HTML.

import { ask, at, attempt, button, complain, counted, draw, facts, grow, kinds, make, replaceParts, send, span, startView, state, time } from "./page.js";
import { showBatch, showBatches, showMoreBatches } from "./batches.js";

const ACTORS = ["caller", "service", "user", "bank"];
const LISTS = {
  waiting: { title: "Waiting for their user", about: "Those that wait longest come first, bank by bank.", fixed: { needs: "user" } },
  live: { title: "Live sessions", about: "Sessions that have not ended.", fixed: {} },
  ended: { title: "Ended without data", about: "Sessions of one day that ended without fresh data.", fixed: {} },
};
const MAY_DO = {
  open_session: "a session may be opened",
  remind: "the user may be sent the link again",
  cancel: "Connect came back with another login: end the session",
  wait: "wait, nothing may be done yet",
};
const ACTIONS = {
  remind: { label: "Send the link again", text: "The user is sent the link again, as a reminder. Your name is noted in the timeline.", done: "The link was sent again." },
  extend: { label: "Give more time", text: "The link lives longer; links that were sent before live as long. Your name is noted in the timeline.", done: "The user has more time." },
  cancel: { label: "Cancel the session", text: "The session ends. This cannot be undone.", done: "The session was cancelled." },
};

let allowsActions = false;
let cursor = null;
let listName = "";
// The action that the open dialog is about.
let asked = {};

// Lists of sessions

function card(session) {
  const name = session.bank ?? "bank not known yet";
  return make("li", {},
    make("p", {}, make("a", { href: `#/session/${session.sessionId}` }, `${state(session)}, ${name}`)),
    facts([
      ["opened", time(session.createdAt)],
      ["user asked", time(session.askedAt)],
      ["ended", time(session.endedAt)],
      ["link until", session.needs ? time(session.linkExpiresAt) : null],
      ["session", make("code", {}, session.sessionId)],
    ]));
}

function listQuery() {
  const given = { ...LISTS[listName].fixed, institution: at("institution").value.trim() };
  if (listName === "live") given.status = at("status").value;
  if (listName === "ended") given.endedOn = at("day").value;
  if (cursor) given.cursor = cursor;
  return new URLSearchParams(Object.entries(given).filter(([, value]) => value));
}

async function loadList(isWanted) {
  const page = await ask(`sessions?${listQuery()}`);
  if (!isWanted()) return "";
  at("listed").append(...page.sessions.map(card));
  ({ cursor } = page);
  at("more").hidden = cursor === null;
  return `${counted(at("listed").childElementCount, "session")}${cursor ? ", and there are more" : ""}.`;
}

function startList() {
  cursor = null;
  startView();
  at("listed").replaceChildren();
  at("more").hidden = true;
  return attempt(loadList);
}

function showList(name) {
  listName = name;
  at("list-title").textContent = LISTS[name].title;
  at("list-about").textContent = LISTS[name].about;
  for (const row of document.querySelectorAll("[data-only]")) row.hidden = row.dataset.only !== name;
  at("day").disabled = name !== "ended";
  return startList();
}

// A login

function loginCard(login) {
  return make("div", { class: "card" },
    make("h3", {}, `Turn: ${login.turn}; ${MAY_DO[login.mayDo] ?? login.mayDo}`),
    facts([
      ["last refresh", time(login.lastRefresh) ?? "never"],
      ["age of the data", span(login.ageSeconds)],
      ["blocked by", login.blockedBy],
      ["until", time(login.nextAllowedAt)],
      ["refused answers", login.refusals || null],
    ]),
    make("h4", {}, "Last sessions"),
    make("ul", { class: "cards" }, ...login.sessions.map(card)));
}

async function find() {
  const { logins } = await ask("find", { [at("by").value]: at("name").value.trim() });
  at("found").replaceChildren(...logins.map((login) => loginCard(login)));
  return `${counted(logins.length, "login")} found.`;
}

// A session

// Who acted when. Gaps are drawn shorter the longer they are, or days of waiting would hide the rest.
function picture(timeline) {
  const gaps = timeline.map((entry) => 1 + Math.log2(1 + entry.seconds));
  const whole = gaps.slice(1).reduce((sum, gap) => sum + gap, 0) || 1;
  let reached = 0;
  const points = timeline.map((entry, index) => {
    reached += index ? gaps[index] : 0;
    return { x: 70 + (reached / whole) * 510, y: 18 + ACTORS.indexOf(entry.actor) * 26, actor: entry.actor };
  });
  const first = timeline[0];
  const last = timeline.at(-1);
  const label = `Timeline: ${counted(timeline.length, "entry", "entries")} from ${time(first.at)} to ${time(last.at)}. The list below says the same.`;
  return draw("svg", { class: "picture", viewBox: "0 0 600 114", role: "img", "aria-label": label },
    ...ACTORS.flatMap((actor, lane) => [
      draw("line", { class: "lane", x1: 64, x2: 590, y1: 18 + lane * 26, y2: 18 + lane * 26 }),
      draw("text", { x: 8, y: 22 + lane * 26, "aria-hidden": "true" }, actor),
    ]),
    draw("polyline", { class: "way", points: points.map(({ x, y }) => `${x.toFixed(1)},${y}`).join(" ") }),
    ...points.map(({ x, y, actor }) => draw("circle", { class: actor, cx: x.toFixed(1), cy: y, r: 5 })));
}

function timelineItem(entry) {
  return make("li", { class: entry.actor },
    make("span", { class: "when" }, `${time(entry.at)}, after ${span(entry.seconds)}`),
    make("strong", {}, entry.actor),
    ` ${entry.text}${entry.by ? ` by ${entry.by}` : ""} `,
    make("span", { class: "quiet" }, entry.status));
}

function receiptOf(receipt) {
  if (!receipt) return [];
  const { accounts, transactions, result } = receipt;
  return [make("h3", {}, "Receipt"), facts([
    ["fresh", receipt.fresh ? "yes" : "no"],
    ["complete", receipt.complete === null ? null : { true: "yes", false: "no" }[receipt.complete]],
    ["last refresh", time(receipt.lastRefresh)],
    ["before", time(receipt.lastRefreshBefore)],
    ["accounts", accounts && kinds(Object.fromEntries(Object.entries(accounts).filter(([, count]) => count !== null)))],
    ["transactions", transactions?.count],
    ["missing", kinds(receipt.missing)],
    ["warnings", kinds(receipt.warnings)],
    ["data kept until", time(result?.expiresAt)],
  ])];
}

async function download(sessionId) {
  const written = await (await send(`sessions/${sessionId}/evidence`)).text();
  const { entries, sha256 } = JSON.parse(written);
  const address = URL.createObjectURL(new Blob([written], { type: "application/json" }));
  make("a", { href: address, download: `evidence-${sessionId}.json` }).click();
  URL.revokeObjectURL(address);
  return `Evidence of ${counted(entries.length, "entry", "entries")}. Keep its digest elsewhere: sha256 ${sha256}`;
}

function sessionParts(session) {
  const isOver = !["STARTING", "AUTHORIZING", "AWAITING_USER", "AWAITING_CLICK", "FETCHING"].includes(session.status);
  const waits = session.status.startsWith("AWAITING_");
  const possible = Object.keys(ACTIONS).filter((name) => allowsActions && !isOver && (name !== "remind" || waits));
  return [
    make("p", {}, make("strong", {}, state(session)), `: ${session.sentence}`),
    facts([
      ["next", session.nextStep.owner],
      ["bank", session.bank],
      ["opened", time(session.createdAt)],
      ["link ends", time(session.linkExpiresAt)],
      ["not before", time(session.nextAllowedAt)],
      ["because of", session.waitReason],
      ["expected", time(session.expectedAt)],
      ["quarantined", session.quarantined ? "yes" : null],
      ["correlation ids", session.correlationIds.join(", ")],
      ["session", make("code", {}, session.sessionId)],
    ]),
    make("p", { class: "row" },
      button("Read again", () => attempt((isWanted) => loadSession(session.sessionId, isWanted))),
      button("Download the evidence", () => attempt(() => download(session.sessionId))),
      ...possible.map((name) => button(ACTIONS[name].label, () => confirmThen(name, session)))),
    make("h3", {}, "Timeline"),
    ...(session.timeline.length > 0 ? [picture(session.timeline)] : []),
    make("ol", { class: "timeline" }, ...session.timeline.map(timelineItem)),
    ...receiptOf(session.receipt),
  ];
}

const showSession = (session) => replaceParts(at("session"), at("session-title"), sessionParts(session));

async function loadSession(sessionId, isWanted) {
  const session = await ask(`sessions/${sessionId}`);
  if (isWanted()) showSession(session);
  return `The session is ${state(session)}.`;
}

// An action is asked about before it is sent; "Do nothing" has the focus.
function confirmThen(name, session) {
  asked = { name, sessionId: session.sessionId };
  at("confirm-title").textContent = `${ACTIONS[name].label}?`;
  at("confirm-text").textContent = `${ACTIONS[name].text} Session ${session.sessionId}.`;
  at("hours-row").hidden = name !== "extend";
  at("confirm-yes").textContent = ACTIONS[name].label;
  at("confirm").showModal();
  at("confirm-no").focus();
}

function confirmed() {
  const { name, sessionId } = asked;
  if (name === "extend" && !at("hours").reportValidity()) return;
  at("confirm").close();
  attempt(async (isWanted) => {
    const body = name === "extend" ? { linkLifetimeHours: at("hours").valueAsNumber } : {};
    const changed = await ask(`sessions/${sessionId}/${name}`, body);
    if (isWanted()) showSession(changed);
    return ACTIONS[name].done;
  });
}

// Institutions

const percent = (share) => `${Math.round(share * 100)} %`;
const shares = (counts) => Object.entries(counts ?? {}).map(([name, share]) => `${name} ${percent(share)}`).join(", ");
const times = (found) => found && `half within ${span(found.median)}, nine of ten within ${span(found.p90)}`;

// Of few tries the service tells only how many there were.
function healthOf({ tries, ...known }) {
  const steps = Object.entries(known.funnel ?? {});
  return [
    ["tries", tries],
    ...steps.map(([step, count]) => [step, `${count} (${percent(known.shares[step])})`]),
    ["next step with", shares(known.owners)],
    ["time to the answer", times(known.secondsToAnswer)],
    ["time to the end", times(known.secondsToEnd)],
  ];
}

async function loadInstitutions(isWanted) {
  const chosen = at("window").value;
  const { institutions } = await ask(`institutions?${new URLSearchParams({ window: chosen })}`);
  if (!isWanted()) return "";
  at("institutions").replaceChildren(...institutions.map((bank) => make("li", {},
    make("h3", {}, bank.name ?? bank.id),
    facts([["status at Flinks", bank.status], ...healthOf(bank.windows[chosen])]))));
  return `${counted(institutions.length, "institution")}.`;
}

// Views

function route() {
  const [, view = "find", id = ""] = location.hash.split("/");
  const isList = Object.hasOwn(LISTS, view);
  const shown = isList ? "list" : view;
  startView();
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== shown;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (isList) showList(view);
  if (view === "session") {
    at("session").replaceChildren();
    attempt((isWanted) => loadSession(id, isWanted));
  }
  if (view === "batches") showBatches();
  if (view === "batch") {
    at("batch").replaceChildren();
    showBatch(id);
  }
  if (view === "institutions") attempt(loadInstitutions);
  const heading = document.querySelector(`[data-view="${shown}"] h2`);
  document.title = `${heading?.textContent ?? "Not found"} – Reconnect console`;
  heading?.focus();
}

// Services of earlier versions do not have all endpoints.
async function offer(path) {
  try {
    await ask(path);
    at(`${path}-link`).hidden = false;
  } catch (problem) {
    at(`${path}-link`).hidden = problem.status === 404;
  }
}

async function begin() {
  at("day").value = new Date().toISOString().slice(0, 10);
  try {
    const about = await ask("about");
    ({ allowsActions } = about);
    at("service").textContent = about.service;
    at("mode").textContent = allowsActions ? "Changes are allowed." : "Read only.";
  } catch (problem) {
    complain(problem);
    return;
  }
  route();
  addEventListener("hashchange", route);
  await Promise.all(["batches", "institutions"].map((path) => offer(path)));
}

function onSubmit(id, run) {
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
}

onSubmit("find", () => attempt(find));
onSubmit("filter", startList);
onSubmit("period", () => attempt(loadInstitutions));
at("more").addEventListener("click", () => grow(at("listed"), loadList));
at("more-batches").addEventListener("click", showMoreBatches);
at("confirm-no").addEventListener("click", () => at("confirm").close());
at("confirm-yes").addEventListener("click", confirmed);
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("[data-view]:not([hidden]) h2").focus();
});
begin();
