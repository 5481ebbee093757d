"""What a batch is to do, as the options of `plan` and `run` say it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, TypeVar

import click

from reconnect.model.batch import Window
from reconnect.model.batch_request import MAX_ATTEMPT_SECONDS, MAX_CAP, MAX_FRESH_HOURS
from reconnect_cli.batches.files import LoginFile, read_logins
from reconnect_cli.batches.planning import plan_lines
from reconnect_cli.batches.times import next_time, read_zone
from reconnect_cli.calling import call
from reconnect_cli.failing import Failed
from reconnect_client.client import Client

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("file", type=click.File(encoding="utf-8", errors="replace")),
    click.option("--by", required=True, help="The deadline: the next 06:00, or a date and time with its offset."),
    click.option("--start-at", "--start", help="When the batch begins, in the same form; now by default."),
    click.option("--time-zone", help="The IANA time zone of --by and --start-at; this machine's by default."),
    click.option("--max-per-institution", type=click.IntRange(1, MAX_CAP), required=True, help="Live attempts."),
    click.option("--fresh-within-hours", type=click.IntRange(1, MAX_FRESH_HOURS), help="Leave out data of this age."),
    click.option("--include-hopeless", is_flag=True, help="Also logins that likely need their user."),
    click.option(
        "--assumed-seconds", type=click.IntRange(1, MAX_ATTEMPT_SECONDS), help="An attempt at a bank not known."
    ),
)


def wanted_options(command: _Command) -> _Command:
    """Give a command FILE and the options that `Wanted.of` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Wanted:
    """`settings`: what a plan and a batch have in common, as the API names it. `is_now`: no start was given."""

    logins: LoginFile
    window: Window
    is_now: bool
    settings: dict[str, Any]
    assumed_seconds: int | None

    @classmethod
    def of(
        cls, file: IO[str], by: str, start_at: str | None, time_zone: str | None, max_per_institution: int, **more: Any
    ) -> "Wanted":
        """Read a command's file and options; raise Failed or click's errors."""
        zone, now = read_zone(time_zone), datetime.now(UTC)
        begins = next_time(start_at, zone, now) if start_at else now
        window = Window(begins, next_time(by, zone, begins), max_per_institution)
        logins = read_logins(file.read())
        if not logins.items:
            raise Failed(f"No line of {file.name} names a login. A line is a LoginId, or JSON or CSV with loginId.")
        settings = {
            "deadline": window.deadline.isoformat(),
            "maxPerInstitution": window.cap,
            "freshWithinHours": more["fresh_within_hours"],
            "includeHopeless": more["include_hopeless"] or None,
        }
        given = {name: value for name, value in settings.items() if value is not None}
        return cls(logins, window, start_at is None, given, more["assumed_seconds"])

    def plan(self, client: Client) -> dict[str, Any]:
        """Ask for the plan, as the API would answer it for all lines together."""
        asked: Any = {
            **self.settings,
            "startAt": self.window.start_at.isoformat(),
            "assumedSeconds": self.assumed_seconds,
        }
        lines = self.logins.lines
        return call(lambda: plan_lines(lines, self.window, lambda ids: client.plan_batch(loginIds=ids, **asked)))
