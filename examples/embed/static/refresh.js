"use strict";
// Tells how the refresh stands, as our own server says. In the `embed` way it also puts Connect into this page.

const refresh = document.getElementById("refresh").dataset;
const element = (id) => document.getElementById(id);
const LOOK_EVERY_MS = 2000;

let frame = null;
let nextLook = 0;

async function look() {
  clearTimeout(nextLook);
  const reply = await fetch(refresh.statusUrl, { cache: "no-store" }).catch(() => null);
  const state = reply && reply.ok ? await reply.json() : null;
  if (state) show(state);
  if (!state || !state.isOver) nextLook = setTimeout(look, LOOK_EVERY_MS);
}

function show(state) {
  element("sentence").textContent = state.sentence;
  // The service takes the URL back once Connect has done its part: only then may the frame go.
  if (frame && !state.connectUrl) closeConnect();
  if (!frame && isUnused(state.connectUrl)) openConnect(state.connectUrl);
  element("link").hidden = !state.link || frame !== null;
  if (state.link) element("link").href = state.link;
  element("accounts").hidden = !state.isFresh;
  element("accounts").replaceChildren(...state.accounts.map((title) => {
    return Object.assign(document.createElement("li"), { textContent: title });
  }));
}

// Connect's URL is good for one load. After a reload of this page, or a second tab, the link leads on.
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
  // Anyone may post to this page: only this frame counts, and only while it shows Connect.
  if (event.origin !== refresh.connectOrigin || !frame || event.source !== frame.contentWindow) return;
  const message = read(event.data);
  if (!message) return;
  if (message.step === "COMPONENT_CLOSE_SESSION") closeConnect();
  // No proof of anything: the frame now goes to the service's redirect door, and the service looks for itself.
  if (message.step === "REDIRECT") element("sentence").textContent = "Thank you. We are checking with the bank.";
  look();
});

look();
