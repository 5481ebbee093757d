"""Shows a session's state, timeline, ending and receipt, as text or as JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reconnect.model.session import TERMINAL
from reconnect.views.sentences import SENTENCES
from reconnect_cli.causes import actor_of, describe
from reconnect_cli.following import Snapshot
from reconnect_cli.result_rows import Result

_ACTOR_STYLES = {"caller": "cyan", "service": "blue", "user": "green", "bank": "magenta"}

# The read options that are not shown.
_DEFAULT_OPTIONS = {"summaryOnly": False, "daysOfTransactions": "Days90", "withIdentity": False}


_ENGLISH = {texts["fr"]: texts["en"] for texts in SENTENCES.values()}
_MINUTE, _DAY = 60, 24 * 3600


def next_actor(session: Mapping[str, Any]) -> str:
    """Return who must act next. A session that ended without all its data needs nobody; its caller may want another."""
    owner, receipt = str(session["nextStep"]["owner"]), session["receipt"] or {}
    has_all = session["status"] in {"SUCCEEDED", "REPAIRED"} or receipt.get("fresh")
    wants_more = session["status"] in TERMINAL and (not has_all or receipt.get("complete") is False)
    return "caller, who may request another session" if wants_more and owner == "nobody" else owner


class Display(Protocol):
    """The output of the demo and of `reconnect watch`."""

    def heading(self, text: str) -> None:
        """Begin a new part."""

    def note(self, text: str, **facts: Any) -> None:
        """Show one line and its facts."""

    def about(self, session: Snapshot) -> None:
        """Show which session it is, when it was opened, and for whom."""

    def session(self, session: Snapshot) -> None:
        """Show the session; what was shown before is not repeated."""

    def receipt(self, session: Snapshot) -> None:
        """Show how much was read, if anything."""

    def accounts(self, result: Result) -> None:
        """Show a summary of what was read."""


def bank_of(session: Mapping[str, Any]) -> str | None:
    """Return the bank's English name, or its id at Flinks if it has no name; None while it is unknown."""
    bank = session.get("institution")
    return None if bank is None else bank["names"]["en"] or f"institution {bank['id']}"


class TextDisplay:
    """Text for people."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._shown: dict[tuple[str, str, str], int] = {}

    def heading(self, text: str) -> None:
        """Print a line across the screen with the text."""
        self._console.print()
        self._console.rule(f"[bold]{escape(text)}", align="left")

    def note(self, text: str, **facts: Any) -> None:
        """Print one line, then each known fact on its own line, not wrapped so that it can be copied."""
        self._console.print(f"  {escape(text)}", soft_wrap=True)
        for name, value in facts.items():
            if value is not None:
                self._console.print(f"    [dim]{escape(name)}[/dim] {escape(_plain(value))}", soft_wrap=True)

    def about(self, session: Snapshot) -> None:
        """Print the status and who acts next, then what identifies the session."""
        code = f" ({session['failureCode']})" if session["failureCode"] else ""
        given = session["options"].items()
        options = {name: value for name, value in given if value not in (None, _DEFAULT_OPTIONS.get(name))}
        self.note(
            f"{session['status']}{code}: {for_operators(session['nextStep']['sentence'])}",
            next=next_actor(session),
            sessionId=session["sessionId"],
            opened=moment(session["createdAt"]),
            bank=bank_of(session),
            linkExpiresAt=moment(session["linkExpiresAt"]),
            correlationIds=session["correlationIds"] or None,
            options=options or None,
            nextAllowedAt=moment(session["nextAllowedAt"]),
            expectedAt=moment(session.get("expectedAt")),
            askedNotBefore=moment(session.get("askedNotBefore")),
            holdReason=session.get("holdReason"),
            quarantined=session["quarantined"] or None,
        )

    def session(self, session: Snapshot) -> None:
        """Print the new timeline entries, and the ending if there is one."""
        self.timeline(session)
        if session["status"] in TERMINAL:
            colour = "green" if session["status"] in {"SUCCEEDED", "REPAIRED"} else "red"
            code = f" ({session['failureCode']})" if session["failureCode"] else ""
            sentence = for_operators(session["nextStep"]["sentence"])
            self._console.print(
                f"  [bold {colour}]{session['status']}[/bold {colour}]{code}  {escape(sentence)} "
                f"[dim](next: {next_actor(session)})[/dim]",
                soft_wrap=True,
            )

    def timeline(self, session: Snapshot, *, is_whole: bool = False) -> None:
        """Print the new timeline entries, each with its time (UTC) and the seconds since the previous entry.

        Consecutive polls with the same result are one entry whose count grows. Unless `is_whole`, it is printed once
        something else has happened, and again if its final count is higher.
        """
        opened = datetime.fromisoformat(session["createdAt"])
        is_over, entries = is_whole or session["status"] in TERMINAL, session["timeline"]
        for index, entry in enumerate(entries):
            after = entries[index + 1 :]
            # Polls are printed late, so an older entry may still be new here.
            name = (session["sessionId"], entry["at"], entry["cause"])
            is_final = is_over or any(later["looks"] for later in after)
            is_new = name not in self._shown and (not entry["looks"] or is_over or bool(after))
            if not is_new and not (is_final and self._shown.get(name) != entry["looks"]):
                continue
            self._shown[name] = entry["looks"]
            at = datetime.fromisoformat(entry["at"])
            # A session may wait for days.
            time = f"{at:%H:%M:%S}" if at.date() == opened.date() else f"{at:%m-%d %H:%M:%S}"
            by = f" by {entry['by']}" if entry.get("by") else ""
            style = _ACTOR_STYLES[entry["actor"]]
            self._console.print(
                f"  {time:>14}  [dim]{_elapsed(entry['seconds']):>9}[/dim]  [{style}]{actor_of(entry):8}[/{style}] "
                f"{escape(describe(entry) + by)}  [dim]{entry['status']}[/dim]",
                soft_wrap=True,
            )

    def receipt(self, session: Snapshot) -> None:
        """Print the age of the data, the counts, and the command that fetches the data."""
        receipt = session["receipt"]
        if not receipt:
            return
        last_refresh, result = moment(receipt["lastRefresh"]), receipt["result"] or {}
        if receipt["accounts"] is None:
            self.note("the data that Flinks has for this login", lastRefresh=last_refresh)
            return
        self.note(
            _summary(receipt["accounts"], receipt["transactions"]),
            lastRefresh=last_refresh,
            # Services of earlier versions do not have these three fields.
            lastRefreshBefore=moment(receipt.get("lastRefreshBefore")),
            missing=_kinds(receipt.get("missing", {})),
            warnings=_kinds(receipt.get("warnings", {})),
            bytes=result.get("bytes"),
            sha256=result.get("sha256"),
            expiresAt=moment(result.get("expiresAt")),
        )
        if result:
            self.note(f"  .venv/bin/reconnect result {session['sessionId']}   # fetches the data as CSV")

    def accounts(self, result: Result) -> None:
        """Print a table of accounts; balances as Flinks sent them."""
        rows = list(result.accounts())
        refreshed = next(
            (f" as of {row['last_refresh']:%Y-%m-%d %H:%M:%S} UTC" for row in rows if row["last_refresh"]), ""
        )
        table = Table(title=f"Accounts{refreshed}", title_justify="left")
        for column in ("account", "type", "currency"):
            table.add_column(column)
        for column in ("balance", "transactions"):
            table.add_column(column, justify="right")
        for row in rows:
            balance = "" if row["balance_current"] is None else f"{row['balance_current']:,.2f}"
            words = (escape(row[column] or "") for column in ("title", "type", "currency"))
            table.add_row(*words, balance, str(row["transaction_count"]))
        self._console.print(table)


class JsonDisplay:
    """One JSON object per line, for programs."""

    def heading(self, text: str) -> None:
        """Print {"heading": ...}."""
        _print_line({"heading": text})

    def note(self, text: str, **facts: Any) -> None:
        """Print {"note": ..., and the facts}."""
        _print_line({"note": text, **facts})

    def about(self, session: Snapshot) -> None:
        """Print nothing: it is in the session."""

    def session(self, session: Snapshot) -> None:
        """Print {"session": ...} as the API returned it."""
        _print_line({"session": session})

    def receipt(self, session: Snapshot) -> None:
        """Print nothing: it is in the session."""

    def accounts(self, result: Result) -> None:
        """Print {"account": ...} for each account."""
        for row in result.accounts():
            _print_line({"account": row})


def _summary(accounts: dict[str, Any], transactions: dict[str, Any] | None) -> str:
    counts = ", ".join(
        f"{accounts[name]} {name}" for name in ("matched", "new", "missing") if accounts[name] is not None
    )
    text = f"{_counted(accounts['count'], 'account')} ({counts or 'first read of this login'})"
    if transactions is None:
        return text
    text += f", {_counted(transactions['count'], 'transaction')}"
    return f"{text} from {transactions['from']} to {transactions['to']}" if transactions["from"] else text


def _kinds(counts: dict[str, int]) -> str | None:
    return ", ".join(f"{count} x {kind.replace('_', ' ')}" for kind, count in counts.items()) or None


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _plain(value: Any) -> str:
    """Format a value as plain text."""
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
        case list():
            return ", ".join(map(_plain, value))
    return str(value)


def moment(written: str | None) -> str | None:
    """Return a time as people write it; None for none."""
    return None if written is None else f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M:%S} UTC"


def for_operators(sentence: str) -> str:
    """Return a sentence in English; the service writes it in the user's language."""
    return _ENGLISH.get(sentence, sentence)


def _elapsed(seconds: float) -> str:
    """Return how long after the previous entry: to the hundredth if it is short, in days and hours if it is long."""
    if seconds < _MINUTE:
        return f"{seconds:+.2f} s"
    days, rest = divmod(round(seconds), _DAY)
    hours, minutes = divmod(rest // _MINUTE, 60)
    if days or hours:
        return f"+{days} d {hours} h" if days else f"+{hours} h {minutes:02} m"
    return f"+{minutes} m {rest % _MINUTE:02} s"


def _print_line(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)
