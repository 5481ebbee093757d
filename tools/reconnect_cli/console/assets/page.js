// What every view of the operator's page needs: parts of a page, words, and questions to the console's own server.

const SVG = "http://www.w3.org/2000/svg";

export const at = (id) => document.getElementById(id);
// The view that is wanted now: an answer for an earlier one is dropped.
let turn = 0;

// Building

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

export function button(label, act) {
  const made = make("button", { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}

export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return make("dl", {}, ...known.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value instanceof Node ? value : String(value)))));
}

// Words

export const time = (written) => (written ? `${written.slice(0, 19).replace("T", " ")} UTC` : null);

export function span(seconds) {
  if (seconds === null) return null;
  if (seconds < 60) return `${Number(seconds.toFixed(2))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const counted = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
export const state = (session) => session.status + (session.failureCode ? ` (${session.failureCode})` : "");
export const kinds = (counts) => Object.entries(counts).map(([kind, count]) => `${count} ${kind.replaceAll("_", " ")}`).join(", ");

// Asking

export async function send(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer = null;
  try {
    answer = await fetch(`api/${path}`, body ? options : {});
  } catch {
    throw new Error("The console does not answer. Does `reconnect console` still run?");
  }
  if (!answer.ok) {
    const { sentence } = await answer.json();
    throw Object.assign(new Error(sentence), { status: answer.status });
  }
  return answer;
}

export const ask = async (path, body) => (await send(path, body)).json();

export function complain(problem) {
  at("trouble").textContent = problem.message;
  at("trouble").hidden = false;
}

// Runs what asks the service; its failure is shown, and the page stays as it was.
export async function attempt(run) {
  const mine = turn;
  at("trouble").hidden = true;
  at("said").textContent = "Asking the service …";
  document.body.setAttribute("aria-busy", "true");
  try {
    const said = await run(() => mine === turn);
    if (mine === turn) at("said").textContent = said;
  } catch (problem) {
    if (mine !== turn) return;
    at("said").textContent = "";
    complain(problem);
  } finally {
    if (mine === turn) document.body.removeAttribute("aria-busy");
  }
}

// Answers for the view before are dropped from now on.
export function startView() {
  turn += 1;
  at("trouble").hidden = true;
  at("said").textContent = "";
}

// Reading goes on at the first entry that a page of a list has added; the button may be gone now.
export async function grow(list, load) {
  const before = list.childElementCount;
  await attempt(load);
  list.children[before]?.querySelector("a").focus();
}

// What had the focus is replaced, so the heading gets it.
export function replaceParts(element, heading, parts) {
  const hadFocus = element.contains(document.activeElement);
  element.replaceChildren(...parts);
  if (hadFocus) heading.focus();
}
