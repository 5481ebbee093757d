"use strict";
// Shows the state of the refresh, polled from our own server, and Connect in this page if the user chose that.

const element = (id) => document.getElementById(id);
const POLL_MS = 2000;

let embed = null;
let nextPoll = 0;

async function poll() {
  clearTimeout(nextPoll);
  const reply = await fetch("/refresh/status", { cache: "no-store" }).catch(() => null);
  const state = reply && reply.ok ? await reply.json() : null;
  if (state) show(state);
  if (!state || !state.isOver) nextPoll = setTimeout(poll, POLL_MS);
}

function show(state) {
  element("sentence").textContent = state.sentence;
  // The service withdraws the URL once Connect has finished: only then may the frame be removed.
  if (embed && !state.connectUrl) closeConnect();
  if (!embed && isUnused(state.connectUrl)) openConnect(state);
  element("link").hidden = !state.link || embed !== null;
  if (state.link) element("link").href = state.link;
  element("accounts").hidden = !state.isFresh;
  element("accounts").replaceChildren(...state.accounts.map((title) => {
    return Object.assign(document.createElement("li"), { textContent: title });
  }));
}

// Connect's URL loads once. After a reload of this page, or in a second tab, the user continues with the link.
function isUnused(url) {
  return Boolean(url) && sessionStorage.getItem("loaded") !== url;
}

function openConnect({ connectUrl, link }) {
  sessionStorage.setItem("loaded", connectUrl);
  const container = element("connect");
  container.hidden = false;
  embed = window.reconnectEmbed({ container, connectUrl, link, title: "Your bank's question", onStep });
}

function onStep(step) {
  if (step === "COMPONENT_CLOSE_SESSION") closeConnect();
  // Not a proof: the frame now goes to the service's redirect endpoint, and the service polls Flinks itself.
  if (step === "REDIRECT") element("sentence").textContent = "Thank you. We are checking with the bank.";
  poll();
}

function closeConnect() {
  if (embed) embed.close();
  embed = null;
  element("connect").hidden = true;
}

poll();
