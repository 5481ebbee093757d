"use strict";
// The server decides the stage. This script shows it, counts down the time, and opens Connect on a click.

const page = JSON.parse(document.getElementById("page-data").textContent);
const words = page.words;
const body = document.body;
const base = location.origin + location.pathname.replace(/\/+$/u, "");
const element = (id) => document.getElementById(id);

const ASKING = new Set(["question", "sign_in"]);
const WAITING = new Set(["contacting", "checking"]);
const OVER = new Set(["done", "ended"]);
const STEP_OF_STAGE = { contacting: 0, expired: 0, paused: 0, question: 1, sign_in: 1, checking: 2 };
// While the bank asks, each of these requests also polls the bank.
const POLL_MS = 3000;
// The first polls of a screen on which the user waits for us; most waits end within them.
const EAGER_POLLS_MS = [400, 700, 1000, 1500];
const HIDDEN_POLL_MS = 8000;
const IDLE_POLL_MS = 6000;
const MAX_RETRY_MS = 30000;
const RETURN_DELAY_MS = 2000;
// A frame that has sent no message by then is perhaps blocked.
const SIGN_OF_LIFE_MS = 8000;
const REQUEST_TIMEOUT_MS = 20000;
// How long a REDIRECT outweighs a status that does not reflect it yet.
const REDIRECT_HOLD_MS = 15000;
// Requests for a Connect URL that one click may cause: one starts the attempt, one follows when the bank is ready, and
// one is spare.
const REQUESTS_PER_CLICK = 3;
// The minutes left at which the time is read out, shortest first.
const MINUTE_MARKS = [1, 2, 5];

const state = {
  view: page.view,
  // What the server last said about the person's next bank, and whether to ask it again once the user is done.
  next: page.view,
  asksNext: page.asksNext,
  // The screen on display: the stage, or `open_` and the stage while Connect is open.
  screen: null,
  screenSince: Date.now(),
  // When the bank's question expires, if one is open.
  deadline: null,
  lastSecondsLeft: Infinity,
  // The iframe that shows Connect.
  frame: null,
  // Runs until the frame sends its first message.
  lifeTimer: 0,
  // Since when a request for a Connect URL is under way.
  busySince: null,
  requestsLeft: 0,
  restartWhenExpired: false,
  // Until when a REDIRECT outweighs the status.
  holdUntil: 0,
  failures: 0,
  // The seconds that the last refusal asked us to wait.
  retryAfter: 0,
  pollTimer: 0,
  // The number of the last poll, which tells an overtaken answer.
  polls: 0,
  pollsOfScreen: 0,
};
// A phone: there a window is a tab that hides this one, so Connect may take this page's place.
const isPhone = () => matchMedia("(pointer: coarse) and (max-width: 40rem)").matches;
const isBusy = () => state.busySince !== null;

// Words and small helpers

function say(name) {
  return (words[name] || "").replaceAll("{bank}", () => state.view.institution || words.bank);
}

function write(id, text) {
  // A screen reader reads out every text that is set, even an equal one.
  if (element(id).textContent !== text) element(id).textContent = text;
}

function flag(name, on) {
  body.toggleAttribute(`data-${name}`, Boolean(on));
}

function two(number) {
  return String(number).padStart(2, "0");
}

function clock(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function warn(text) {
  write("trouble", text);
  element("trouble").hidden = !text;
  write("announcer", text);
}

// Requests to the server

async function call(path, message, { query = "", headers = {} } = {}) {
  const stop = new AbortController();
  const timeout = setTimeout(() => stop.abort(), REQUEST_TIMEOUT_MS);
  const post = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(message) };
  try {
    const reply = await fetch(`${base}${path}?lang=${page.language}${query}`, {
      ...(message && post), signal: stop.signal, cache: "no-store", credentials: "omit", keepalive: Boolean(message),
    });
    if (!reply.ok) {
      const retryAfter = Number(reply.headers.get("Retry-After")) || 0;
      throw Object.assign(new Error("refused"), { status: reply.status, retryAfter });
    }
    return reply.status === 204 ? null : await reply.json();
  } finally {
    clearTimeout(timeout);
  }
}

function explain(problem, name) {
  // Problem details are in English and meant for programs; the user gets a sentence in their own language.
  warn(problem.status === 404 ? words.link_ended : words[name]);
}

function schedule(delay = pollDelay()) {
  clearTimeout(state.pollTimer);
  if (!OVER.has(state.view.stage) || owesNext()) state.pollTimer = setTimeout(poll, delay);
}

function pollDelay() {
  if (state.failures) return Math.max(1000 * state.retryAfter, Math.min(MAX_RETRY_MS, 1000 * 2 ** state.failures));
  if (document.hidden) return HIDDEN_POLL_MS;
  if (["expired", "paused"].includes(state.view.stage)) return IDLE_POLL_MS;
  if (!WAITING.has(state.view.stage)) return POLL_MS;
  return EAGER_POLLS_MS[state.pollsOfScreen] ?? POLL_MS;
}

async function poll() {
  state.polls += 1;
  state.pollsOfScreen += 1;
  const number = state.polls;
  try {
    const answer = await call("/status", null, { query: owesNext() ? "&next=true" : "" });
    // An answer that a later poll or a click has overtaken would take the page back to an earlier stage.
    if (number !== state.polls || isBusy()) return;
    if (state.failures) warn("");
    state.failures = 0;
    keepNext(answer);
    update(answer);
  } catch (problem) {
    state.failures += 1;
    state.retryAfter = problem.retryAfter || 0;
    // A single lost request is not worth a warning.
    if (state.failures > 1 || problem.status) explain(problem, "trouble");
  }
  schedule();
}

async function requestConnect(openUrl = openConnect) {
  if (isBusy()) return;
  state.polls += 1;
  state.busySince = Date.now();
  state.holdUntil = 0;
  state.requestsLeft -= 1;
  warn("");
  closeConnect();
  show();
  let answer = null;
  try {
    // Each click has a name, so that a repeat gets the same Connect URL, and another device another one.
    const headers = { "X-Click": Math.random().toString(36).slice(2, 10) };
    answer = await call("/attempts", {}, { query: openUrl === openConnect ? "" : "&way=tab", headers });
  } catch (problem) {
    state.requestsLeft = 0;
    explain(problem, "not_started");
  }
  state.busySince = null;
  if (answer) update(answer, openUrl);
  else show();
  schedule();
}

function onClick() {
  if (isBusy()) return;
  state.requestsLeft = REQUESTS_PER_CLICK;
  requestConnect();
}

async function send(evidence, tries = 4) {
  try {
    await call("/events", evidence);
  } catch (problem) {
    // A rejection is final; only what was lost on the way is sent again.
    if (tries > 1 && !(problem.status < 500)) setTimeout(() => send(evidence, tries - 1), 2000);
  }
  schedule(300);
}

// Answers from the server

function update(answer, openUrl = openConnect) {
  if (!answer || !answer.heading) return;
  const isBehind = Date.now() < state.holdUntil && ["contacting", ...ASKING].includes(answer.stage);
  state.view = isBehind ? { ...answer, ...page.thanks, stage: "checking", next: "close" } : answer;
  state.deadline = typeof answer.secondsLeft === "number" ? Date.now() + 1000 * answer.secondsLeft : null;
  const isAsking = ASKING.has(state.view.stage);
  if (answer.unfinished) warn(state.frame ? answer.sentence : "");
  if (!isAsking) closeConnect();
  if (!isAsking && state.view.stage !== "contacting") state.requestsLeft = 0;
  if (isAsking && answer.connectUrl) openUrl(answer.connectUrl);
  show();
  if (isAsking && !state.frame && state.requestsLeft > 0) requestConnect();
  if (isAsking) return;
  // Not before the question expires: a second attempt would collide with the first.
  if (state.restartWhenExpired && state.view.stage === "expired") onClick();
  state.restartWhenExpired = false;
}

// The screen

function show() {
  const stage = state.view.unfinished ? "unfinished" : state.view.stage;
  const screen = state.frame ? `open_${state.view.stage}` : stage;
  body.dataset.stage = state.view.stage;
  flag("open", state.frame);
  flag("busy", isBusy());
  body.dataset.next = state.view.next || "";
  const links = { bank: state.view.bankUrl, return: state.view.returnUrl };
  for (const [id, url] of Object.entries(links)) if (url) element(id).href = url;
  write("bank", say("bank_site"));
  write("return", state.view.next === "retry" ? words.next_retry : words.next_return);
  const heading = state.frame ? say(`heading_${screen}`) : state.view.heading;
  write("heading", heading);
  document.title = page.app ? `${heading} · ${page.app}` : heading;
  write("sentence", state.frame ? words.sentence_open : state.view.sentence);
  write("why", say("why"));
  write("go", isBusy() ? words.one_moment : say(`button_${stage}`));
  for (const id of ["go", "again"]) element(id).setAttribute("aria-disabled", String(isBusy()));
  showLater();
  showNext();
  showSteps();
  if (screen !== state.screen) enterScreen(screen);
  tick();
}

function showSteps() {
  const now = STEP_OF_STAGE[state.view.stage];
  Array.from(element("steps").children).forEach((step, index) => {
    step.classList.toggle("past", index < now);
    if (index === now) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
}

function enterScreen(screen) {
  const isFirst = state.screen === null;
  Object.assign(state, { screen, screenSince: Date.now(), pollsOfScreen: 0 });
  // The focus makes a screen reader read the heading and its sentence. It reads the first screen by itself.
  if (!isFirst) element("heading").focus();
  if (screen === "done" && state.view.returnUrl && !(isFirst && cameBack())) {
    setTimeout(leave, RETURN_DELAY_MS);
  }
}

function tick() {
  showCountdown();
  const begun = isBusy() ? state.busySince : state.screenSince;
  const name = isBusy() ? "contacting" : state.view.stage;
  if (!WAITING.has(name)) return;
  write("progress", say(name));
  write("elapsed", clock(Math.floor((Date.now() - begun) / 1000)));
}

function showCountdown() {
  const isPaused = state.view.stage === "paused";
  const isTimed = state.deadline !== null && (isPaused || ASKING.has(state.view.stage));
  element("countdown").hidden = !isTimed;
  if (!isTimed) {
    state.lastSecondsLeft = Infinity;
    flag("hurry", false);
    return;
  }
  const left = Math.max(0, Math.ceil((state.deadline - Date.now()) / 1000));
  write("left", clock(left));
  write("left-label", isPaused ? words.pause_left : words.time_left);
  if (isPaused) {
    // The button comes back as soon as a click is accepted.
    if (left === 0 && state.lastSecondsLeft > 0) schedule(0);
    state.lastSecondsLeft = left;
    return;
  }
  flag("hurry", left <= page.hurrySeconds && !isBusy());
  write("hurry", state.restartWhenExpired ? words.restarting : words.hurry);
  element("restart").hidden = state.restartWhenExpired;
  const mark = MINUTE_MARKS.find((minutes) => left <= 60 * minutes && state.lastSecondsLeft > 60 * minutes);
  if (mark && state.lastSecondsLeft !== Infinity) announceTime(mark);
  state.lastSecondsLeft = left;
}

function announceTime(minutes) {
  const text = minutes === 1 ? words.minute_left : words.minutes_left.replace("{minutes}", minutes);
  write("announcer", minutes === 2 ? `${text} ${words.hurry} ${words.restart}.` : text);
}

// Connect in its frame

function isOfConnect(url) {
  return url.startsWith(`${page.connectOrigin}/`);
}

function openConnect(url) {
  if (!isOfConnect(url)) return warn(words.not_started);
  closeConnect();
  state.requestsLeft = 0;
  state.frame = document.createElement("iframe");
  state.frame.title = say("frame_title");
  if (page.sandbox) state.frame.setAttribute("sandbox", page.sandbox);
  state.frame.addEventListener("load", () => { element("loading").hidden = true; });
  state.frame.src = url;
  element("loading").hidden = false;
  element("connect").append(state.frame);
  element("connect").hidden = false;
  offerTab(words.again, false);
  // A browser's own error page "loads" too, so only a message is a sign of life.
  state.lifeTimer = setTimeout(() => offerTab(words.blocked, true), SIGN_OF_LIFE_MS);
}

function offerTab(text, isOffered, button = words.reload) {
  write("again-text", text);
  write("again", button);
  write("tab", isPhone() ? words.this_tab : words.new_tab);
  element("tab").hidden = !isOffered;
  if (isOffered) write("announcer", text);
}

function onTab() {
  if (isBusy()) return;
  // Opened within the click, before the answer: later, the browser would block it.
  const tab = isPhone() ? null : window.open("", "_blank");
  state.requestsLeft = 1;
  requestConnect((url) => {
    if (!isOfConnect(url)) return warn(words.not_started);
    state.requestsLeft = 0;
    if (!tab) return leaveFor(url);
    warn(words.in_new_tab);
    tab.location.replace(url);
  }).finally(() => { if (tab && state.requestsLeft !== 0) tab.close(); });
}

function leaveFor(url) {
  // The page after the redirect brings the user back here.
  try {
    sessionStorage.setItem("page", location.href);
  } catch {
    // Then they go back by themselves.
  }
  warn(words.one_moment);
  location.assign(url);
}

function closeConnect() {
  if (!state.frame) return;
  state.frame.remove();
  state.frame = null;
  clearTimeout(state.lifeTimer);
  element("connect").hidden = true;
}

function parse(message) {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function onMessage(event) {
  if (event.origin !== page.connectOrigin || !state.frame || event.source !== state.frame.contentWindow) return;
  const message = parse(event.data);
  clearTimeout(state.lifeTimer);
  if (!message || typeof message !== "object") return;
  // Only the code is sent on, not the ids that come with it.
  const code = String(message.flinksCode);
  if (/^[A-Z0-9_]{1,64}$/u.test(code)) send({ flinksCode: code });
  if (message.step === "REDIRECT") finishConnect(message);
  if (message.step === "POPUP_OPENED") explainWindow(message.step, say("popup_opened"), words.popup_closed, words.button_expired);
  if (message.step === "POPUP_BLOCKED") explainWindow(message.step, say("popup_blocked"), words.again, words.reload);
  if (message.step === "COMPONENT_CLOSE_SESSION") {
    closeConnect();
    show();
  }
}

function explainWindow(step, text, question, button) {
  warn(text);
  offerTab(question, step === "POPUP_BLOCKED" || isPhone(), button);
  send({ step });
}

function finishConnect(message) {
  const asked = new URL(state.frame.src).searchParams.get("requestId");
  // The question that this frame was opened for is another one, and still open.
  if (asked && message.requestId && message.requestId !== asked) return warn(words.other_attempt);
  state.holdUntil = Date.now() + REDIRECT_HOLD_MS;
  send({ step: "REDIRECT" });
  warn("");
  update({ ...state.view, secondsLeft: null });
}

function onRestart() {
  state.restartWhenExpired = true;
  tick();
  write("announcer", words.restarting);
}

function pollNow() {
  if (!document.hidden) schedule(0);
}

document.documentElement.classList.add("scripted");
element("go").addEventListener("click", onClick);
element("again").addEventListener("click", onClick);
element("tab").addEventListener("click", onTab);
element("restart").addEventListener("click", onRestart);
window.addEventListener("message", onMessage);
window.addEventListener("online", pollNow);
document.addEventListener("visibilitychange", pollNow);
setInterval(tick, 1000);
update(state.view);
schedule();
// From now on the service polls frequently.
send(ourVisit());
