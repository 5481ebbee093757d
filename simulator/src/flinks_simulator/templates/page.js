const page = JSON.parse(document.getElementById("connect-page").textContent);
const send = (message) => window.parent.postMessage(message, "*");
page.messages.forEach(send);
for (const element of document.querySelectorAll("[data-event]")) {
  const event = element.dataset.event;
  element.addEventListener("click", () => send(page.stringify ? event : JSON.parse(event)));
}
// A browser in which autofocus is refused, as in a frame of another site, still starts at the heading or the problem.
document.querySelector("[autofocus]").focus();
// All but the last are ghosts: what a doubled redirect looks like to the integrator's server.
for (const ghost of page.navigations.slice(0, -1)) fetch(ghost, { mode: "no-cors", keepalive: true }).catch(() => {});
if (page.navigations.length > 0) window.location.assign(page.navigations.at(-1));
const waiting = document.getElementById("waiting");
// Ask behind the scenes whether the way back is open, so that the user's place on the page is left alone until it is.
const ask = async () => {
  const reply = await fetch(waiting.action, { method: "POST", body: new URLSearchParams(new FormData(waiting)) });
  const next = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (next.getElementById("waiting")) setTimeout(ask, 5000);
  else waiting.submit();
};
if (waiting) setTimeout(ask, 5000);
