"""How commands call the service: which session is meant, and every failure as one sentence."""

import re
from collections.abc import Callable
from typing import TypeVar

import click
from botocore.exceptions import BotoCoreError

from reconnect_cli.failing import Failed, failed
from reconnect_client import ApiProblem, NoAnswer
from reconnect_client.results import ResultProblem

_SESSION_ID = re.compile("[0-9a-f]{32}")

_Answer = TypeVar("_Answer")


def _check_session_id(_context: click.Context, _argument: click.Parameter, value: str) -> str:
    if not _SESSION_ID.fullmatch(value):
        raise Failed(f"{value!r} is not a session id. `reconnect start` prints one: 32 characters from 0-9 and a-f.")
    return value


def _check_batch_id(_context: click.Context, _argument: click.Parameter, value: str) -> str:
    if not _SESSION_ID.fullmatch(value):
        raise Failed(
            f"{value!r} is not a batch's id. `reconnect batch run` prints one: 32 characters from 0-9 and a-f."
        )
    return value


batch_argument = click.argument("batch_id", metavar="BATCH", callback=_check_batch_id)
session_argument = click.argument("session_id", callback=_check_session_id)


def call(request: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a request; raise Failed, which says what to do."""
    try:
        return request()
    except ApiProblem as problem:
        if problem.is_unknown_session:
            raise failed(problem, "No session has this id: its login was erased, or it never existed.") from None
        if problem.is_unknown_batch:
            raise failed(problem, "No batch has this id, or it is past its retention.") from None
        raise failed(problem) from None
    except NoAnswer as problem:
        raise failed(problem) from None
    except ResultProblem as problem:
        raise Failed(str(problem)) from None
    except BotoCoreError as problem:
        raise Failed(f"Your AWS credentials cannot be used: {problem}") from None
