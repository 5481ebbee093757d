// "Not a good time?": the end of the page's script, which comes right after connect_page.js in the same element.

function showLater() {
  const offered = state.view.remindDays || [];
  element("later").hidden = offered.length === 0 || isBusy();
  for (const button of element("later").querySelectorAll("button")) {
    button.hidden = !offered.includes(Number(button.dataset.days));
  }
}

async function remindLater(days) {
  if (isBusy()) return;
  warn("");
  try {
    await call("/events", { page: "remind_later", days });
    write("announcer", words.later_set);
  } catch (problem) {
    explain(problem, "not_started");
  }
  schedule(0);
}

for (const button of element("later").querySelectorAll("button")) {
  button.addEventListener("click", () => remindLater(Number(button.dataset.days)));
}
