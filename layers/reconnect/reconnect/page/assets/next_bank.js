// The person's next bank: the end of the page's script, in the same element as connect_page.js.

// Whether to ask for the next bank with the next poll: once, when the user is done here. Polls do not ask for it.
function owesNext() {
  return state.asksNext && (OVER.has(state.view.stage) || state.view.stage === "checking");
}

function keepNext(answer) {
  if (!answer || !("nextBank" in answer)) return;
  Object.assign(state, { next: answer, asksNext: false });
  if (answer.nextBank) write("announcer", nameNext(words.next_bank));
  else if (answer.wasLast) write("announcer", words.last_bank);
}

function nameNext(text) {
  return text.replace("{next}", () => state.next.nextBank.institution || words.another_bank);
}

function showNext() {
  const bank = state.next.nextBank;
  element("next").hidden = !bank;
  element("last").hidden = !state.next.wasLast;
  if (!bank) return;
  write("next-text", nameNext(words.next_bank));
  write("next-link", nameNext(words.next_button));
  element("next-link").href = bank.link;
}

function leave(tries = 3) {
  // Who has another bank to go to is not sent away.
  if (state.next.nextBank) return;
  if (owesNext() && tries > 0) setTimeout(() => leave(tries - 1), 1000);
  else location.assign(state.view.returnUrl);
}

function cameBack() {
  // A user who came here with the Back button would be trapped if the page sent them on again.
  const [visit] = performance.getEntriesByType("navigation");
  return Boolean(visit) && visit.type === "back_forward";
}

function ourVisit() {
  return { page: new URLSearchParams(location.search).has("led") ? "led" : "opened" };
}

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // The user came back to this page; the bank that it named may be done.
  state.asksNext = page.asksNext;
  pollNow();
});
