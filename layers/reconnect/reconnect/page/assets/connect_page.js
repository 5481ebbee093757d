"use strict";
// The server decides the stage; this script shows it, counts the time, and puts Connect into the page on a click.

const page = JSON.parse(document.getElementById("page-data").textContent);
const words = page.words;
const body = document.body;
const base = location.origin + location.pathname.replace(/\/+$/, "");
const element = (id) => document.getElementById(id);

const ASKING = ["question", "sign_in"];
const OVER = ["done", "ended"];
const STEP_OF_STAGE = { contacting: 0, expired: 0, paused: 0, question: 1, sign_in: 1, checking: 2 };
const POLL_MS = 2500;
// While the person waits for us, and not we for them.
const EAGER_POLL_MS = 400;
const EAGER_FOR_MS = 20000;
const HIDDEN_POLL_MS = 8000;
const RESTING_POLL_MS = 6000;
const LONGEST_WAIT_MS = 30000;
const FORWARD_MS = 2000;
const REQUEST_MS = 20000;
// How long a REDIRECT counts for more than a status that has not heard of it yet.
const REDIRECT_HOLD_MS = 15000;
// How often one click may ask for Connect: once for the attempt, then when the bank is ready, and a spare.
const ASKS_PER_CLICK = 3;
const MINUTE_MARKS = [5, 2, 1];

let view = page.view;
let shownScreen = null;
let screenSince = Date.now();
let deadline = null;
let lastLeft = Infinity;
let frame = null;
let busySince = null;
let asksLeft = 0;
let wantsRestart = false;
let holdUntil = 0;
let failures = 0;
let pollTimer = 0;
let polls = 0;

// Words and small helpers

function say(name) {
  const bank = view.institution || words.bank;
  const capital = bank.charAt(0).toUpperCase() + bank.slice(1);
  return (words[name] || "").replace(/\{bank\}/g, () => bank).replace(/\{Bank\}/g, () => capital);
}

function write(id, text) {
  // A text written anew is read out anew, so it is only written when it changes.
  if (element(id).textContent !== text) element(id).textContent = text;
}

function flag(name, on) {
  body.toggleAttribute(`data-${name}`, Boolean(on));
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function warn(text) {
  write("trouble", text);
  element("trouble").hidden = !text;
  write("announcer", text);
}

// Talking to the server

async function call(path, message) {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), REQUEST_MS);
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) };
  try {
    const reply = await fetch(base + path, {
      ...(message && post), signal: stop.signal, cache: "no-store", credentials: "omit", keepalive: Boolean(message),
    });
    if (!reply.ok) throw Object.assign(new Error("refused"), { status: reply.status });
    return reply.status === 204 ? null : await reply.json();
  } finally {
    clearTimeout(alarm);
  }
}

function explain(problem, name) {
  // Problem details are for machines and in English; the person is told in their own language.
  warn(problem.status === 404 ? words.link_ended : words[name]);
}

function schedule(delay = rhythm()) {
  clearTimeout(pollTimer);
  if (!OVER.includes(view.stage)) pollTimer = setTimeout(poll, delay);
}

function rhythm() {
  if (failures) return Math.min(LONGEST_WAIT_MS, 1000 * 2 ** failures);
  if (document.hidden) return HIDDEN_POLL_MS;
  if (["expired", "paused"].includes(view.stage)) return RESTING_POLL_MS;
  const isEager = ["contacting", "checking"].includes(view.stage) && Date.now() - screenSince < EAGER_FOR_MS;
  return isEager ? EAGER_POLL_MS : POLL_MS;
}

async function poll() {
  const mine = ++polls;
  try {
    const answer = await call("/status");
    // Answers that were overtaken, by a later poll or by a click, would turn the page back.
    if (mine !== polls || busySince !== null) return;
    if (failures) warn("");
    failures = 0;
    accept(answer);
  } catch (problem) {
    failures += 1;
    // One lost request is nothing to speak of.
    if (failures > 1 || problem.status) explain(problem, "trouble");
  }
  schedule();
}

async function begin() {
  if (busySince !== null) return;
  polls += 1;
  busySince = Date.now();
  holdUntil = 0;
  asksLeft -= 1;
  warn("");
  closeConnect();
  show();
  let answer = null;
  try {
    answer = await call("/attempts", {});
  } catch (problem) {
    asksLeft = 0;
    explain(problem, "not_started");
  }
  busySince = null;
  if (answer) accept(answer);
  else show();
  schedule();
}

function start() {
  if (busySince !== null) return;
  asksLeft = ASKS_PER_CLICK;
  begin();
}

async function tell(evidence, tries = 4) {
  try {
    await call("/events", evidence);
  } catch (problem) {
    // A refusal stays one; only what was lost on the way is sent again.
    if (tries > 1 && !(problem.status < 500)) setTimeout(() => tell(evidence, tries - 1), 2000);
  }
  schedule(300);
}

// What the server said

function accept(answer) {
  if (!answer || !words[`heading_${answer.stage}`]) return;
  const isBehind = Date.now() < holdUntil && ["contacting", ...ASKING].includes(answer.stage);
  view = isBehind ? { ...answer, stage: "checking", sentence: words.heard } : answer;
  const left = answer.secondsLeft;
  deadline = typeof left === "number" ? Date.now() + 1000 * left : null;
  const isAsking = ASKING.includes(view.stage);
  if (!isAsking) closeConnect();
  if (!isAsking && view.stage !== "contacting") asksLeft = 0;
  if (isAsking && answer.connectUrl) openConnect(answer.connectUrl);
  show();
  if (isAsking && !frame && asksLeft > 0) begin();
  if (isAsking) return;
  // Not before: a second attempt would collide with the one that still lives.
  if (wantsRestart && view.stage === "expired") start();
  wantsRestart = false;
}

// What is shown

function show() {
  const screen = frame ? `open_${view.stage}` : view.stage;
  body.dataset.stage = view.stage;
  flag("open", frame);
  flag("busy", busySince !== null);
  flag("return", view.returnUrl);
  if (view.returnUrl) element("return").href = view.returnUrl;
  const heading = say(`heading_${screen}`);
  write("heading", heading);
  document.title = heading;
  write("sentence", view.sentence || "");
  write("why", say("why"));
  write("go", busySince !== null ? words.one_moment : say(`button_${view.stage}`));
  for (const id of ["go", "again"]) element(id).setAttribute("aria-disabled", String(busySince !== null));
  showSteps();
  if (screen !== shownScreen) enter(screen);
  tick();
}

function showSteps() {
  const now = STEP_OF_STAGE[view.stage];
  Array.from(element("steps").children).forEach((step, index) => {
    step.classList.toggle("past", index < now);
    if (index === now) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
}

function enter(screen) {
  const isFirst = shownScreen === null;
  shownScreen = screen;
  screenSince = Date.now();
  // The heading is read out with its sentence; the first one is read anyway.
  if (!isFirst) element("heading").focus();
  if (screen === "done" && view.returnUrl && !(isFirst && cameBack())) {
    setTimeout(() => location.assign(view.returnUrl), FORWARD_MS);
  }
}

function cameBack() {
  // Whoever pressed Back to come here would be caught if the page went on at once.
  const [visit] = performance.getEntriesByType("navigation");
  return Boolean(visit) && visit.type === "back_forward";
}

function tick() {
  showCountdown();
  const begun = busySince === null ? screenSince : busySince;
  const elapsed = Math.floor((Date.now() - begun) / 1000);
  const name = busySince === null ? view.stage : "contacting";
  const text = words[`${name}_${Math.min(5, 1 + Math.floor(elapsed / 4))}`];
  if (!text) return;
  write("progress", text);
  write("elapsed", clock(elapsed));
  // To the ear every four seconds would be a nuisance.
  if (elapsed > 0 && elapsed % 12 === 0) write("announcer", text);
}

function showCountdown() {
  const isTimed = deadline !== null && ASKING.includes(view.stage);
  element("countdown").hidden = !isTimed;
  if (!isTimed) {
    lastLeft = Infinity;
    flag("hurry", false);
    return;
  }
  const left = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
  write("left", clock(left));
  flag("hurry", left <= page.hurrySeconds && busySince === null);
  write("hurry", wantsRestart ? words.restarting : words.hurry);
  element("restart").hidden = wantsRestart;
  const mark = MINUTE_MARKS.filter((minutes) => left <= 60 * minutes && lastLeft > 60 * minutes).pop();
  if (mark && lastLeft !== Infinity) announceTime(mark);
  lastLeft = left;
}

function announceTime(minutes) {
  const text = minutes === 1 ? words.minute_left : words.minutes_left.replace("{minutes}", minutes);
  write("announcer", minutes === 2 ? `${text} ${words.hurry} ${words.restart}.` : text);
}

// Connect in its frame

function openConnect(url) {
  if (!url.startsWith(`${page.connectOrigin}/`)) return warn(words.not_started);
  closeConnect();
  asksLeft = 0;
  frame = document.createElement("iframe");
  frame.title = words.frame_title;
  // No sandbox: Connect opens windows of banks, and another origin cannot reach into this page anyway.
  frame.addEventListener("load", () => { element("loading").hidden = true; });
  frame.src = url;
  element("loading").hidden = false;
  element("connect").append(frame);
  element("connect").hidden = false;
}

function closeConnect() {
  if (!frame) return;
  frame.remove();
  frame = null;
  element("connect").hidden = true;
}

function read(message) {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function hear(event) {
  if (event.origin !== page.connectOrigin || !frame || event.source !== frame.contentWindow) return;
  const message = read(event.data);
  if (!message || typeof message !== "object") return;
  // Only these words go on; the ids that stand beside them are nobody's business here.
  const code = String(message.flinksCode);
  if (/^[A-Z0-9_]{1,64}$/.test(code)) tell({ flinksCode: code });
  if (message.step === "REDIRECT") finishConnect();
  if (message.step === "COMPONENT_CLOSE_SESSION") {
    closeConnect();
    show();
  }
}

function finishConnect() {
  holdUntil = Date.now() + REDIRECT_HOLD_MS;
  tell({ step: "REDIRECT" });
  accept({ ...view, secondsLeft: null });
}

function wake() {
  if (!document.hidden) schedule(0);
}

document.documentElement.classList.add("scripted");
element("go").addEventListener("click", start);
element("again").addEventListener("click", start);
element("restart").addEventListener("click", () => { wantsRestart = true; tick(); write("announcer", words.restarting); });
window.addEventListener("message", hear);
window.addEventListener("online", wake);
window.addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
document.addEventListener("visibilitychange", wake);
setInterval(tick, 1000);
accept(view);
schedule();
// From now on the service looks often whether the bank was answered.
tell({ page: "opened" });
