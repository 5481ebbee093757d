"""How a live attempt goes on: the verdict, the answer to the bank's question, success."""

import random
from datetime import datetime

from flinks_simulator.errors import BankError
from flinks_simulator.records import Attempt, Stage
from flinks_simulator.users import ANSWERS, CHOICE_ANSWER, CHOICE_PROMPT, CHOICES, Challenge


def reach_verdict(attempt: Attempt, rng: random.Random, now: datetime) -> bool:
    """Let the bank refuse, ask, or let the user in; only the last is success."""
    behaviour = attempt.login.behaviour
    if behaviour.refusal:
        refuse(attempt, behaviour.refusal)
    elif behaviour.asks:
        ask(attempt, rng)
        if attempt.login.stored_answers.get(attempt.prompt, "").casefold() == attempt.answer.casefold():
            succeed(attempt, now)
    else:
        succeed(attempt, now)
    return attempt.stage is Stage.AUTHORIZED


def ask(attempt: Attempt, rng: random.Random) -> None:
    """Put the bank's question, or its list of choices, to the user."""
    attempt.stage = Stage.ASKING
    attempt.login.last_outcome = "QUESTION_NOT_FOUND"
    if attempt.login.behaviour.challenge is Challenge.CHOICES:
        attempt.prompt, attempt.choices, attempt.answer = CHOICE_PROMPT, CHOICES, CHOICE_ANSWER
    else:
        attempt.prompt = rng.choice(list(ANSWERS))
        attempt.answer = ANSWERS[attempt.prompt]


def judge_answer(attempt: Attempt, text: str, now: datetime) -> bool:
    """Tell whether the answer is right; a wrong one leaves the question open while retries are left."""
    if attempt.stage is Stage.AUTHORIZED:
        return True
    if attempt.stage is not Stage.ASKING:
        raise BankError("UNAUTHORIZED", attempt.request_id)
    if text.strip().casefold() == attempt.answer.casefold():
        succeed(attempt, now)
        return True
    attempt.wrong_answers += 1
    retries = attempt.login.behaviour.wrong_answers
    if retries is not None and attempt.wrong_answers > retries:
        refuse(attempt, "INVALID_SECURITY_RESPONSE")
        raise BankError("INVALID_SECURITY_RESPONSE", attempt.request_id)
    return False


def refuse(attempt: Attempt, code: str) -> None:
    """End the attempt with the bank's no."""
    attempt.stage = Stage.REFUSED
    attempt.refusal = code
    attempt.login.last_outcome = code


def succeed(attempt: Attempt, now: datetime) -> None:
    """End the attempt with fresh data, unless this login's data never become fresh."""
    attempt.stage = Stage.AUTHORIZED
    attempt.settled_at = now
    attempt.login.last_outcome = None
    if attempt.login.behaviour.refreshes:
        attempt.login.last_refresh = now
