const page = JSON.parse(document.getElementById("connect-page").textContent);
const send = (message) => window.parent.postMessage(message, "*");
page.messages.forEach(send);
for (const element of document.querySelectorAll("[data-event]")) {
  const event = element.dataset.event;
  element.addEventListener("click", () => send(page.stringify ? event : JSON.parse(event)));
}
// Browsers ignore autofocus in a cross-site frame, so the heading or problem is focused here too.
document.querySelector("[autofocus]").focus();
// All but the last imitate a doubled redirect, as the integrator's server receives it.
for (const url of page.navigations.slice(0, -1)) fetch(url, { mode: "no-cors", keepalive: true }).catch(() => {});
if (page.navigations.length > 0) window.location.assign(page.navigations.at(-1));
const waiting = document.getElementById("waiting");
// Poll in the background whether the redirect is ready, so that the page does not reload under the user until it is.
const poll = async () => {
  const reply = await fetch(waiting.action, { method: "POST", body: new URLSearchParams(new FormData(waiting)) });
  const next = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (next.getElementById("waiting")) setTimeout(poll, 5000);
  else waiting.submit();
};
if (waiting) setTimeout(poll, 5000);
// An OAuth bank signs the user in on its own page: in a window, or instead of this page.
const bank = page.bank;
let bankWindow = null;
const leave = (step) => document.getElementById(`bank-${step}`).submit();
const show = (name) => {
  for (const each of ["opened", "blocked"]) document.getElementById(`bank-${each}`).hidden = each !== name;
};
const tell = (step) => {
  const event = { step, institution: bank.institution };
  send(page.stringify ? JSON.stringify(event) : event);
};
const openBank = () => {
  if (bank.isFullPage) return window.location.assign(bank.url);
  bankWindow = bank.isBlocked ? null : window.open(bank.url, "bank", "popup,width=480,height=640");
  tell(bankWindow ? "POPUP_OPENED" : "POPUP_BLOCKED");
  show(bankWindow ? "opened" : "blocked");
};
if (bank) {
  document.getElementById("bank").addEventListener("click", openBank);
  window.addEventListener("message", (event) => {
    if (event.origin !== window.location.origin || event.source !== bankWindow || !event.data.bank) return;
    bankWindow = null;
    leave(event.data.bank.isApproved ? "wait" : "left");
  });
  setInterval(() => { if (bankWindow && bankWindow.closed) { bankWindow = null; leave("left"); } }, 500);
}
