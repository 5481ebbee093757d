"""Live attempts by RequestId, and their steps: the verdict, the answer to the bank's question, success."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flinks_simulator.errors import BankError
from flinks_simulator.randomness import Randomness
from flinks_simulator.records import Attempt, Login, Stage
from flinks_simulator.users import ANSWERS, CHOICE_ANSWER, CHOICE_PROMPT, CHOICES, CONSENT, OAUTH_PROMPT, Challenge


class Attempts:
    """Starts and finds live attempts; a login has one at a time."""

    def __init__(self, clock: Callable[[], datetime], randomness: Randomness) -> None:
        self._clock = clock
        self._random = randomness
        self._attempts: dict[str, Attempt] = {}

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._attempts

    def begin(self, login: Login, polls: int = 0, seconds: float = 0) -> Attempt:
        """Start an attempt whose verdict comes after this many status calls, and not before these seconds."""
        now = self._clock()
        attempt = Attempt(self._random.new_id(), login, now, polls, now + timedelta(seconds=seconds))
        self._attempts[attempt.request_id] = attempt
        login.latest_attempt = attempt.request_id
        return attempt

    def find(self, request_id: str, *, renew: bool) -> Attempt:
        """Find an attempt that has not expired; `renew` restarts its idle time."""
        now = self._clock()
        attempt = self._attempts.get(request_id)
        if attempt is None or attempt.has_expired(now):
            raise BankError("SESSION_NONEXISTENT", request_id)
        if renew:
            attempt.touched_at = now
        return attempt

    def is_any_open(self, login: Login) -> bool:
        """Whether the bank is still waiting for something in the login's latest attempt."""
        latest = self._attempts.get(login.latest_attempt or "")
        return latest is not None and latest.is_alive and not latest.has_expired(self._clock())

    def refuse_second(self, login: Login) -> None:
        """Raise CONCURRENT_SESSION if the login has an open attempt."""
        if self.is_any_open(login):
            raise BankError("CONCURRENT_SESSION")

    def successes(self) -> list[Attempt]:
        """List the attempts that ended in fresh data, oldest first."""
        return [replace(each) for each in self._attempts.values() if each.stage is Stage.AUTHORIZED]

    def forget(self, login: Login) -> None:
        """Forget the attempts of a login."""
        self._attempts = {name: each for name, each in self._attempts.items() if each.login is not login}


def reach_verdict(attempt: Attempt, rng: Randomness, now: datetime, refusal: str | None = None) -> bool:
    """Let the bank refuse, ask, or authorize; return whether it authorized. `refusal`: of a bank that refuses all."""
    behaviour = attempt.login.behaviour
    if code := refusal or behaviour.refusal:
        refuse(attempt, code)
    elif behaviour.asks:
        ask(attempt, rng)
        if attempt.login.stored_answers.get(attempt.prompt, "").casefold() == attempt.answer.casefold():
            succeed(attempt, now)
    else:
        succeed(attempt, now)
    return attempt.stage is Stage.AUTHORIZED


def ask(attempt: Attempt, rng: Randomness) -> None:
    """Ask the user the bank's question, or show its list of choices."""
    attempt.stage = Stage.ASKING
    attempt.login.last_outcome = "QUESTION_NOT_FOUND"
    if attempt.login.behaviour.challenge is Challenge.CHOICES:
        attempt.prompt, attempt.choices, attempt.answer = CHOICE_PROMPT, CHOICES, CHOICE_ANSWER
    elif attempt.login.behaviour.challenge is Challenge.OAUTH:
        attempt.prompt, attempt.answer = OAUTH_PROMPT, CONSENT
    else:
        attempt.prompt = rng.choice(list(ANSWERS))
        attempt.answer = ANSWERS[attempt.prompt]


def judge_answer(attempt: Attempt, text: str, now: datetime) -> bool:
    """Return whether the answer is right; a wrong one leaves the question open while retries are left."""
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
    """End the attempt with the bank's refusal."""
    attempt.stage = Stage.REFUSED
    attempt.refusal = code
    attempt.login.last_outcome = code


def succeed(attempt: Attempt, now: datetime) -> None:
    """End the attempt with fresh data, unless this login's data never refreshes."""
    attempt.stage = Stage.AUTHORIZED
    attempt.settled_at = now
    attempt.login.last_outcome = None
    if attempt.login.behaviour.refreshes:
        attempt.login.last_refresh = now
