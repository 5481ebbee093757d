"use strict";
// Shows the state of the refresh, polled from our own server. In the `embed` variant it also loads Connect in this page.

const refresh = document.getElementById("refresh").dataset;
const element = (id) => document.getElementById(id);
const POLL_MS = 2000;

let frame = null;
let nextPoll = 0;

async function poll() {
  clearTimeout(nextPoll);
  const reply = await fetch(refresh.statusUrl, { cache: "no-store" }).catch(() => null);
  const state = reply && reply.ok ? await reply.json() : null;
  if (state) show(state);
  if (!state || !state.isOver) nextPoll = setTimeout(poll, POLL_MS);
}

function show(state) {
  element("sentence").textContent = state.sentence;
  // The service withdraws the URL once Connect has finished: only then may the frame be removed.
  if (frame && !state.connectUrl) closeConnect();
  if (!frame && isUnused(state.connectUrl)) openConnect(state.connectUrl);
  element("link").hidden = !state.link || frame !== null;
  if (state.link) element("link").href = state.link;
  element("accounts").hidden = !state.isFresh;
  element("accounts").replaceChildren(...state.accounts.map((title) => {
    return Object.assign(document.createElement("li"), { textContent: title });
  }));
}

// Connect's URL loads once. After a reload of this page, or in a second tab, the user continues with the link.
function isUnused(url) {
  return Boolean(url) && url.startsWith(`${refresh.connectOrigin}/`) && sessionStorage.getItem("loaded") !== url;
}

function openConnect(url) {
  sessionStorage.setItem("loaded", url);
  frame = Object.assign(document.createElement("iframe"), { src: url, title: "Your bank's question" });
  element("connect").append(frame);
  element("connect").hidden = false;
}

function closeConnect() {
  frame.remove();
  frame = null;
  element("connect").hidden = true;
}

// Connect posts objects, or JSON text with stringify=true.
function read(message) {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

window.addEventListener("message", (event) => {
  // Any window can post to this page: accept only messages from this frame, and only while it shows Connect.
  if (event.origin !== refresh.connectOrigin || !frame || event.source !== frame.contentWindow) return;
  const message = read(event.data);
  if (!message) return;
  if (message.step === "COMPONENT_CLOSE_SESSION") closeConnect();
  // Not a proof: the frame now goes to the service's redirect endpoint, and the service polls Flinks itself.
  if (message.step === "REDIRECT") element("sentence").textContent = "Thank you. We are checking with the bank.";
  poll();
});

poll();
