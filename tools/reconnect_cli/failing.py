"""How a command fails: one sentence or, with --json, one JSON object on standard error, and an exit code by meaning."""

import json
from http import HTTPStatus
from typing import IO, Any

import click

from reconnect_client.api import ApiProblem, NoAnswer

ENDED_WITHOUT_DATA = 3
_REFUSED, _TOO_SOON, _NO_ANSWER = 4, 5, 6
CHANGED = 7
MISSES_DEADLINE = 8
STOPPED = 9
INTERRUPTED = 130

EXIT_CODES = """\
\b
Exit codes:
  0  done; of watch and start --watch: the session SUCCEEDED
  1  any other failure
  2  wrong usage
  3  the session ended without fresh data of its own
  4  the service refused the request
  5  not now (429); send it later
  6  no answer, or an error of the service (5xx); send it again
  7  a file of evidence was changed
  8  a batch cannot keep its deadline, or did not
  9  a batch was stopped, or failed
  130  Ctrl-C; a batch that is watched goes on
"""


class Failed(click.ClickException):
    """A command failed; `facts` are shown with --json."""

    def __init__(self, sentence: str, exit_code: int = 1, **facts: Any) -> None:
        super().__init__(sentence)
        # Click reads it from the exception, and means a class for each.
        self.exit_code = exit_code  # type: ignore[misc]
        self.facts = facts
        context = click.get_current_context(silent=True)
        self._is_json = bool(context and context.params.get("is_json"))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the failure to standard error."""
        if not self._is_json:
            super().show(file)
            return
        known = {name: fact for name, fact in self.facts.items() if fact is not None}
        error = {"error": self.message, "exitCode": self.exit_code, **known}
        click.echo(json.dumps(error, ensure_ascii=False), file=file, err=file is None)


def failed(problem: ApiProblem | NoAnswer, sentence: str | None = None) -> Failed:
    """Return the failure of a command whose request had no answer, or this refusal."""
    if isinstance(problem, NoAnswer):
        return Failed(str(problem), _NO_ANSWER)
    exit_code = _REFUSED
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        exit_code = _TOO_SOON
    elif problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        exit_code = _NO_ANSWER
    return Failed(
        sentence or str(problem),
        exit_code,
        status=problem.status,
        code=problem.code,
        nextAllowedAt=problem.next_allowed_at,
    )
