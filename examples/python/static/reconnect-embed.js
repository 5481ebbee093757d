"use strict";
// Shows Flinks Connect in a page of yours, and tells the Reconnect service that the user is there.
//
//   const embed = reconnectEmbed({ container, connectUrl, link, title, onStep });
//   embed.close();
//
// `connectUrl` and `link` are the session's, from your own server. `onStep` gets the name of each of Connect's steps.
// Your page's Content-Security-Policy needs Connect's origin and the service's in frame-src, and the service's in connect-src.
//
// The requests are simple ones in the mode no-cors: the browser sends no cookie with them, and no page can read the answers.
// So the service has no list of allowed origins. Everything that is said here is a hint: the service polls the bank
// before it believes any of it.

{
  // Each of these requests lets the service poll the bank's question.
  const POLL_MS = 3000;
  // No question of a bank is open for longer, so a page that is left open does not ask for ever.
  const LONGEST_MS = 15 * 60 * 1000;
  const REPORTED = new Set(["REDIRECT", "POPUP_OPENED", "POPUP_BLOCKED"]);

  const send = (address, event) => {
    const post = event && { method: "POST", body: JSON.stringify(event), keepalive: true };
    const quiet = { mode: "no-cors", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" };
    return fetch(address, { ...post, ...quiet }).catch(() => null);
  };

  // Connect posts objects, or JSON text with stringify=true.
  const read = (data) => {
    try {
      return typeof data === "string" ? JSON.parse(data) : data;
    } catch {
      return null;
    }
  };

  window.reconnectEmbed = ({ container, connectUrl, link, title, onStep = () => {} }) => {
    // The calls have one address, also if the link is a short one.
    const base = link.replace(/\/c\/(?=[^/]+$)/u, "/connect/");
    const began = Date.now();
    const frame = Object.assign(document.createElement("iframe"), { title, src: connectUrl });

    const receive = (event) => {
      // Any window can post to this page: believe only this frame, and only while it shows Connect.
      if (event.origin !== new URL(connectUrl).origin || event.source !== frame.contentWindow) return;
      const message = read(event.data);
      if (!message || typeof message !== "object") return;
      // Only the code is sent on, not the ids that come with it.
      const code = String(message.flinksCode);
      if (/^[A-Z0-9_]{1,64}$/u.test(code)) send(`${base}/events`, { flinksCode: code });
      if (REPORTED.has(message.step)) send(`${base}/events`, { step: message.step });
      onStep(String(message.step));
    };

    const timer = setInterval(() => Date.now() - began < LONGEST_MS && send(`${base}/status`), POLL_MS);
    window.addEventListener("message", receive);
    container.append(frame);
    send(`${base}/events`, { page: "opened" });

    return {
      close() {
        clearInterval(timer);
        window.removeEventListener("message", receive);
        frame.remove();
      },
    };
  };
}
