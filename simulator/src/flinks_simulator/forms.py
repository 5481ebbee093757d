"""The points on which the public sources are silent or contradict each other, and how this Flinks decides each.

Each is one field of `Settings`; `Form` is its switch on the command line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flinks_simulator.settings import Settings

_BOOLEANS = {"no": False, "yes": True}


class FormProblem(ValueError):
    """A switch that does not exist, or a position that it does not have; the message names it."""


@dataclass(frozen=True)
class Form:
    """One switch: the setting that it changes, and its positions; `takes` reads any other text."""

    name: str
    setting: str
    help_text: str
    positions: dict[str, Any]
    takes: Callable[[str], Any] | None = None

    def read(self, text: str) -> Any:
        """Return the setting's value for a position."""
        if text in self.positions:
            return self.positions[text]
        if self.takes is not None:
            try:
                return self.takes(text)
            except ValueError:
                pass
        raise FormProblem(f"{self.name} cannot be {text!r}; it is {self.choices}.")

    @property
    def choices(self) -> str:
        """The positions, for people to read."""
        return ", ".join(self.positions) + (" or another text" if self.takes else "")


def _several(*names: str) -> dict[str, frozenset[str]]:
    """The positions of a switch that accepts one form or all of them."""
    return {**{name: frozenset({name}) for name in names}, "all": frozenset(names)}


FORMS = (
    Form(
        "authorize-async",
        "authorize_async",
        "whether /AuthorizeAsync is activated; refused is METHOD_NOT_AVAILABLE, absent a 404",
        {name: name for name in ("active", "refused", "absent")},
    ),
    Form(
        "status-call",
        "status_calls",
        "how it is polled: POST with the RequestId as body or path, GET with it as path or query",
        _several("post", "get", "post-path", "get-query"),
    ),
    Form("status-token", "require_status_token", "whether each poll needs an authorize token", _BOOLEANS),
    Form("status-renews", "polls_renew", "whether a poll renews the RequestId's eight idle minutes", _BOOLEANS),
    Form("authorize-token", "require_authorize_token", "whether /Authorize needs an authorize token", _BOOLEANS),
    Form("connect-token", "require_connect_token", "whether Connect needs one with a requestId", _BOOLEANS),
    Form("connect-path", "connect_paths", "where Connect is", _several("/v2/", "/")),
    Form(
        "connect-host",
        "connect_host",
        "the one host name under which Connect answers; empty for any",
        {"": None},
        takes=str,
    ),
    Form(
        "connect-frame",
        "connect_frame_ancestors",
        "the sites that may frame Connect, as CSP sources; empty for any",
        {"": None},
        takes=str,
    ),
    Form("data-poll", "data_polls", "how data is polled after a 202", _several("GET", "POST")),
    Form("old-statuses", "has_old_statuses", "400 and 403 where the newest page says 401", _BOOLEANS),
    Form("status-line", "repeats_status", "whether HTTP's status is that of the body, or always 200", _BOOLEANS),
    Form(
        "institutions",
        "institutions",
        "whether GET /Institutions lists FlinksCapital, or is absent",
        {name: name for name in ("listed", "unlisted", "absent")},
    ),
    Form(
        "institution-status",
        "institution_status",
        "the status of FlinksCapital in that list",
        {"Enabled": "Enabled", "Disabled": "Disabled"},
        takes=str,
    ),
    Form(
        "webhook-header",
        "webhook_header",
        "the header of a webhook's signature",
        {name: name for name in ("flinks-authenticity-key", "X-Flinks-Signature")},
    ),
    Form("clock-ahead", "clock_ahead_seconds", "how many seconds Flinks' clock is ahead", {"0": 0.0}, takes=float),
)
_BY_NAME = {form.name: form for form in FORMS}


def with_forms(settings: Settings, switches: Iterable[str]) -> Settings:
    """Return the settings changed by switches such as `status-call=get`; raise FormProblem."""
    changes = {}
    for switch in switches:
        name, separator, position = switch.partition("=")
        if name not in _BY_NAME or not separator:
            raise FormProblem(f"{switch!r} is not a switch; they are NAME=VALUE with one of {', '.join(_BY_NAME)}.")
        form = _BY_NAME[name]
        changes[form.setting] = form.read(position)
    return replace(settings, **changes)
