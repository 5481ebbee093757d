"""Open a session for a login, or join the one that is live for it."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from reconnect.domain.changes import change
from reconnect.domain.errors import InvalidRequest, LoginHeld, SessionChanged
from reconnect.domain.options import USUAL_OPTIONS, ReadOptions, faults_in
from reconnect.domain.ports import Clock, Sessions, Workflow
from reconnect.domain.session import Actor, Session, Status, TimelineEntry
from reconnect.domain.signing import Link

LANGUAGES = ("en", "fr")
MAX_LINK_LIFETIME_HOURS = 720

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_LOOPBACK = {"localhost", "127.0.0.1"}
_MAX_URL_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a caller asks for, checked."""

    login_id: str
    language: str | None = None
    return_url: str | None = None
    correlation_id: str | None = None
    link_lifetime_hours: int | None = None
    options: ReadOptions = USUAL_OPTIONS

    @classmethod
    def parse(cls, body: object) -> "OpenRequest":
        """Check a request as it came; raise InvalidRequest naming every field at fault at once."""
        if not isinstance(body, Mapping):
            raise InvalidRequest({"body": 'must be a JSON object such as {"loginId": "..."}'})
        errors = {name: sentence for name, (_, check) in _FIELDS.items() if (sentence := check(body.get(name)))}
        errors |= faults_in(body.get("options"))
        known = [*_FIELDS, "options"]
        errors |= {str(name): f"unknown field; known are {', '.join(known)}" for name in body.keys() - set(known)}
        if errors:
            raise InvalidRequest(errors)
        checked: dict[str, Any] = {attribute: body.get(name) for name, (attribute, _) in _FIELDS.items()}
        return cls(**checked, options=ReadOptions.of(body.get("options")))


def _check_login_id(value: object) -> str | None:
    if value is None:
        return "is required: the LoginId that Flinks gave for this bank connection"
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        return "must be a Flinks LoginId, a GUID like 01234567-89ab-cdef-0123-456789abcdef"
    return None


def _check_language(value: object) -> str | None:
    return None if value is None or value in LANGUAGES else f"must be one of {', '.join(LANGUAGES)}"


def _check_return_url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH or not _is_web_url(value):
        return "must be an absolute https:// URL of at most 2048 characters (http:// only for localhost)"
    return None


def _is_web_url(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value or "\\" in value:
        return False
    try:
        url = urlsplit(value)
    except ValueError:
        return False
    # Before an @ stands a name that a person may take for the host.
    if "@" in url.netloc:
        return False
    return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK))


def _check_correlation_id(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _CORRELATION_ID.fullmatch(value)):
        return None
    return "must be 1 to 128 letters, digits, dots, colons, hyphens or underscores"


def _check_link_lifetime(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_LINK_LIFETIME_HOURS:
        return f"must be a whole number of hours from 1 to {MAX_LINK_LIFETIME_HOURS}"
    return None


_FIELDS: dict[str, tuple[str, Any]] = {
    "loginId": ("login_id", _check_login_id),
    "language": ("language", _check_language),
    "returnUrl": ("return_url", _check_return_url),
    "correlationId": ("correlation_id", _check_correlation_id),
    "linkLifetimeHours": ("link_lifetime_hours", _check_link_lifetime),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The session that now serves the caller; `joined` if it was live already."""

    session: Session
    joined: bool


class OpenSession:
    """The use case behind every door that asks for fresh data."""

    def __init__(
        self,
        sessions: Sessions,
        workflow: Workflow,
        clock: Clock,
        *,
        link_lifetime: timedelta,
        public_base_url: str,
        signing_key: Callable[[], bytes],
    ) -> None:
        self._sessions, self._workflow, self._clock = sessions, workflow, clock
        self._link_lifetime, self._public_base_url, self._signing_key = link_lifetime, public_base_url, signing_key

    def __call__(self, request: OpenRequest, execution_name: str | None = None) -> Opened:
        """Open or join. `execution_name`: the execution that asks and will itself run the session."""
        opened = self._open_or_join(self._new(request, execution_name))
        # Starting is idempotent by name, so a session whose opener died before this line is started by the
        # next caller who joins it.
        if opened.session.status is Status.STARTING:
            self._workflow.start(opened.session)
        return opened

    def continue_as_new(self, session_id: str) -> Session:
        """Let a new execution go on with a session: its link lives for days, but one execution's history is bounded."""
        session = change(self._sessions, session_id, _with_next_execution)
        self._workflow.start(session)
        return session

    def _new(self, request: OpenRequest, execution_name: str | None) -> Session:
        now = self._clock()
        hours = request.link_lifetime_hours
        session_id = secrets.token_hex(16)
        link_expires_at = now + (timedelta(hours=hours) if hours else self._link_lifetime)
        link = Link(session_id, link_expires_at).sign(self._signing_key())
        return Session(
            session_id=session_id,
            login_id=request.login_id,
            execution_name=execution_name or session_id,
            status=Status.STARTING,
            created_at=now,
            link_expires_at=link_expires_at,
            link=f"{self._public_base_url}/connect/{link}",
            language=request.language,
            return_url=request.return_url,
            correlation_id=request.correlation_id,
            options=request.options,
            timeline=(TimelineEntry(now, Actor.CALLER, "session_opened", Status.STARTING),),
        )

    def _open_or_join(self, session: Session) -> Opened:
        try:
            return Opened(self._sessions.open(session), joined=False)
        except LoginHeld as held:
            live = self._sessions.get(held.session_id)
            if live.status.is_terminal:
                raise SessionChanged("the session that held the login has just ended") from None
            # An execution that asks a second time, because its first answer was lost, holds the login itself.
            return Opened(live, joined=live.execution_name != session.execution_name)


def _with_next_execution(session: Session) -> Session:
    """Named after its next attempt, so that asking twice makes one execution."""
    number = session.attempt.number + 1 if session.attempt else 1
    return replace(session, execution_name=f"{session.session_id}-{number}")
