// The views of batches: the list of all, and one with its banks.

import { ask, at, attempt, button, counted, facts, grow, kinds, make, replaceParts, span, state, time } from "./page.js";

const ENDED = new Set(["FINISHED", "STOPPED", "FAILED"]);
let cursor = null;

const isOver = (batch) => ENDED.has(batch.status);
const dollars = ({ dollars: amount }) => `${amount.toFixed(2)} US dollars`;
// Codes stay as they are written everywhere else.
const codes = (counts) => Object.entries(counts).map(([code, count]) => `${count} ${code}`).join(", ");

// The list

// Each night's batch may have the same label.
const nameOf = (batch) => [state(batch), batch.label, `opened ${time(batch.createdAt)}`].filter(Boolean).join(", ");

function card(batch) {
  const { totals } = batch;
  return make("li", {},
    make("p", {}, make("a", { href: `#/batch/${batch.batchId}` }, nameOf(batch))),
    facts([
      ["deadline", time(batch.deadline)],
      ["ended", time(batch.finishedAt)],
      ["logins", totals.items],
      ["fresh", totals.succeeded],
      ["queued or live", totals.queued + totals.live],
      ["parked for their user", totals.parked],
      ["cost so far", dollars(batch)],
      ["batch", make("code", {}, batch.batchId)],
    ]));
}

async function loadBatches(isWanted) {
  const page = await ask(`batches${cursor ? `?${new URLSearchParams({ cursor })}` : ""}`);
  if (!isWanted()) return "";
  at("batches").append(...page.batches.map(card));
  ({ cursor } = page);
  at("more-batches").hidden = cursor === null;
  return `${counted(at("batches").childElementCount, "batch", "batches")}${cursor ? ", and there are more" : ""}.`;
}

export function showBatches() {
  cursor = null;
  at("batches").replaceChildren();
  at("more-batches").hidden = true;
  return attempt(loadBatches);
}

export const showMoreBatches = () => grow(at("batches"), loadBatches);

// One batch

// Whether the deadline is kept, as far as that is known.
function verdict(batch) {
  if (batch.status === "STOPPED" || batch.status === "FAILED") return "";
  if (batch.endsAt === null) return ", not known yet whether it is kept";
  const late = (Date.parse(batch.endsAt) - Date.parse(batch.deadline)) / 1000;
  if (batch.status === "FINISHED") return late <= 0 && batch.totals.notStarted === 0 ? ", kept" : ", missed";
  return late <= 0 ? ", will be kept" : `, will be missed by ${span(late)}`;
}

function bankCard(bank) {
  return make("li", {},
    make("h4", {}, bank.bank ?? "bank not known yet"),
    facts([
      ["queued", bank.queued],
      ["live", `${bank.live} of ${bank.cap}`],
      ["parked for their user", bank.parked],
      ["ended", bank.ended],
      ["endings", codes(bank.endings)],
      ["breaker", bank.breaker?.replace("_", " ")],
      ["done at", time(bank.endsAt)],
      ["called in caps", make("code", {}, bank.key)],
    ]));
}

function listOf(title, lines) {
  return lines.length > 0 ? [make("h3", {}, title), make("ul", {}, ...lines.map((line) => make("li", {}, line)))] : [];
}

function batchParts(batch) {
  const { totals } = batch;
  return [
    make("p", {}, make("strong", {}, state(batch)), batch.label ? `: ${batch.label}` : ""),
    facts([
      ["opened", time(batch.createdAt)],
      ["begins", time(batch.startAt)],
      ["deadline", `${time(batch.deadline)}${verdict(batch)}`],
      [isOver(batch) ? "ended" : "done at about", time(batch.endsAt)],
      ["cost so far", dollars(batch)],
      ["most at one bank", batch.maxPerInstitution],
      ["batch", make("code", {}, batch.batchId)],
    ]),
    make("p", { class: "row" }, button("Read again", () => showBatch(batch.batchId))),
    make("h3", {}, "Logins"),
    facts([
      ["taken", totals.items],
      ["queued", totals.queued],
      ["live", totals.live],
      ["parked for their user", totals.parked],
      ["ended", totals.ended],
      ["of them fresh", totals.succeeded],
      ["not started", totals.notStarted],
      ["left out", totals.skipped],
      ["named again", totals.duplicates],
      ["malformed lines", totals.malformed],
      ["endings", codes(batch.endings)],
      ["why left out", kinds(batch.skipped)],
    ]),
    ...(batch.institutions.length > 0 ? [make("h3", {}, "Banks"), make("ul", { class: "cards" }, ...batch.institutions.map(bankCard))] : []),
    ...listOf("Malformed lines", batch.malformed.map(({ line, fault }) => `line ${line}: ${fault}`)),
    ...(batch.report ? [make("p", {}, "Its report, a line for each login: ", make("code", {}, `reconnect batch report ${batch.batchId}`))] : []),
  ];
}

export function showBatch(batchId) {
  return attempt(async (isWanted) => {
    const batch = await ask(`batches/${batchId}`);
    if (isWanted()) replaceParts(at("batch"), at("batch-title"), batchParts(batch));
    return `The batch is ${state(batch)}.`;
  });
}
