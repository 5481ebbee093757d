"""How the command line shows a session: its timeline as it grows, its accounts, its ending; or JSON lines."""

import json
from datetime import datetime
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.following import TERMINAL, Snapshot
from local.result_rows import Result

_ACTOR_STYLES = {"caller": "cyan", "service": "blue", "user": "green", "bank": "magenta"}

_CAUSES = {
    "session_opened": "asked for fresh data",
    "authorize_started": "began a live attempt at the bank (AuthorizeAsync)",
    "challenge_shown": "asks: the user can answer in Connect",
    "credentials_required": "wants the user to sign in again",
    "redirected": "came back from Connect: the redirect arrived",
    "redirected_late": "came back from an earlier attempt",
    "page_redirected": "answered on our page: Connect said so",
    "webhook_received": "sent word by a signed webhook",
    "connect_opened": "opened Connect on our page",
    "clicked": "asked for a new attempt with one click",
    "put_off": "cannot be reached now; another attempt follows",
    "refreshed_elsewhere": "was refreshed by someone else meanwhile",
    "reminded": "reminded the user",
    "redirected_after_end": "came back after the end; the data is read once more",
    "corrected": "found fresh data after the end",
    "CANCELLED": "cancelled the session",
    "redirected_again": "loaded the redirect once more",
    "login_changed": "came back with another LoginId; ignored",
    "attempt_gone": "gave up the attempt; waiting for the user to start again",
    "refreshed": "has fresh data: LastRefresh is newer than the attempt",
    "accounts_read": "read the accounts through the cached flow",
    "data_gone": "forgot the data while we waited; we ask once more",
    "ACCOUNTS_FRESH": "ended the session",
    "link_opened": "opened our page",
    "authorize_resumed": "put the question that still stands at the bank to the user anew",
}

# What our looks found; other FlinksCodes speak for themselves.
_LOOKS = {
    "OPERATION_PENDING": "is at work (202)",
    "AUTHORIZED": "is done (200)",
    "SECURITY_CHALLENGE": "has a question for the user (203)",
    "CREDENTIALS_REQUIRED": "waits for the user to sign in",
    "ACCOUNTS_STALE": "still has the old data",
    "FLINKS_UNAVAILABLE": "cannot be reached",
    "FLINKS_UNREADABLE": "answers what nobody can read",
    "TOO_MANY_REQUESTS": "answers no more for a while",
}


class Display(Protocol):
    """What the demo and `reconnect watch` tell their reader."""

    def heading(self, text: str) -> None:
        """A new part begins."""

    def note(self, text: str, **facts: Any) -> None:
        """One thing worth knowing."""

    def session(self, session: Snapshot) -> None:
        """The session as it stands; what was shown of it before is not repeated."""

    def receipt(self, session: Snapshot) -> None:
        """How much was read, if anything was."""

    def accounts(self, result: Result) -> None:
        """What was read, in short."""


class TextDisplay:
    """For people."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._shown: set[tuple[str, str, str]] = set()

    def heading(self, text: str) -> None:
        """A rule across the screen."""
        self._console.print()
        self._console.rule(f"[bold]{escape(text)}", align="left")

    def note(self, text: str, **facts: Any) -> None:
        """One line, and each fact on a line of its own, unbroken so that it can be copied."""
        self._console.print(f"  {escape(text)}", soft_wrap=True)
        for name, value in facts.items():
            self._console.print(f"    [dim]{escape(name)}[/dim] {escape(str(value))}", soft_wrap=True)

    def session(self, session: Snapshot) -> None:
        """The new timeline entries, each with the seconds since the session was opened."""
        opened = datetime.fromisoformat(session["createdAt"])
        for entry in session["timeline"]:
            # Looks are told late, and so may come before what was shown.
            name = (session["sessionId"], entry["at"], entry["cause"])
            if name in self._shown:
                continue
            self._shown.add(name)
            seconds = (datetime.fromisoformat(entry["at"]) - opened).total_seconds()
            style = _ACTOR_STYLES[entry["actor"]]
            self._console.print(
                f"  {seconds:7.2f} s  [{style}]{entry['actor']:8}[/{style}] "
                f"{escape(_told_of(entry))}  [dim]{entry['status']}[/dim]",
                soft_wrap=True,
            )
        if session["status"] in TERMINAL:
            colour = "green" if session["status"] == "SUCCEEDED" else "red"
            code = f" ({session['failureCode']})" if session["failureCode"] else ""
            step = session["nextStep"]
            self._console.print(
                f"  [bold {colour}]{session['status']}[/bold {colour}]{code}  {escape(step['sentence'])} "
                f"[dim](next: {step['owner']})[/dim]",
                soft_wrap=True,
            )

    def receipt(self, session: Snapshot) -> None:
        """Counts, and the command that fetches the rest."""
        receipt = session["receipt"]
        if receipt and receipt["result"]:
            self.note(_told(receipt["accounts"], receipt["transactions"]), lastRefresh=receipt["lastRefresh"])
            self.note(f"  .venv/bin/reconnect result {session['sessionId']}   # fetches it as CSV")

    def accounts(self, result: Result) -> None:
        """A table; balances as Flinks gave them."""
        rows = list(result.accounts())
        table = Table(title=f"Accounts as of {rows[0]['last_refresh']:%Y-%m-%d %H:%M:%S} UTC", title_justify="left")
        for column in ("account", "type", "currency"):
            table.add_column(column)
        for column in ("balance", "transactions"):
            table.add_column(column, justify="right")
        for row in rows:
            balance = "" if row["balance_current"] is None else f"{row['balance_current']:,.2f}"
            table.add_row(row["title"], row["type"], row["currency"], balance, str(row["transaction_count"]))
        self._console.print(table)


class JsonDisplay:
    """For machines: one JSON object a line."""

    def heading(self, text: str) -> None:
        """{"heading": ...}."""
        _print_line({"heading": text})

    def note(self, text: str, **facts: Any) -> None:
        """{"note": ..., and the facts}."""
        _print_line({"note": text, **facts})

    def session(self, session: Snapshot) -> None:
        """{"session": ...} as the API gave it."""
        _print_line({"session": session})

    def receipt(self, session: Snapshot) -> None:
        """Nothing: it is in the session."""

    def accounts(self, result: Result) -> None:
        """{"account": ...} for each."""
        for row in result.accounts():
            _print_line({"account": row})


def _told_of(entry: dict[str, Any]) -> str:
    cause, looks = str(entry["cause"]), entry["looks"]
    if not looks:
        return _CAUSES.get(cause, cause)
    return f"{_LOOKS.get(cause, cause)}{f', seen {looks} times' if looks > 1 else ''}"


def _told(accounts: dict[str, Any], transactions: dict[str, Any] | None) -> str:
    counts = ", ".join(
        f"{accounts[name]} {name}" for name in ("matched", "new", "missing") if accounts[name] is not None
    )
    told = f"{accounts['count']} accounts ({counts or 'the first time for this login'})"
    if transactions is None:
        return told
    return f"{told}, {transactions['count']} transactions from {transactions['from']} to {transactions['to']}"


def _print_line(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)
