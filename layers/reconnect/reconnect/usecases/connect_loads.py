"""Loads of Connect on our page. Each needs a token of Flinks, and anyone who has the link can ask for one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from reconnect.model.errors import FlinksUnavailable
from reconnect.model.frozen import frozen
from reconnect.model.link_use import Load
from reconnect.model.session import Actor, Session, Status
from reconnect.model.waits import Pause, WaitReason
from reconnect.ports import Clock, Sessions
from reconnect.rules.link_budget import LinkBudget
from reconnect.usecases.connect_urls import ConnectUrls
from reconnect.usecases.session_updates import update_session

# The same click again within this time gets the token of the first.
_SAME_LOAD = timedelta(seconds=10)

# Our page's names of clicks are shorter.
_LONGEST_CLICK = 64

_CAUSE = "connect_opened"


@frozen(kw_only=True)
class ConnectLoads:
    """Part of ConnectPage: its answer to a click while the bank's question is open."""

    sessions: Sessions
    connect_urls: ConnectUrls
    budget: LinkBudget
    clock: Clock

    def __call__(
        self, session: Session, language: str | None, click: str | None, way_back: Mapping[str, str]
    ) -> tuple[Session, str | None]:
        """Return the URL of one load of Connect; None if no question is open, or if the link has loaded too many.

        `click`: the page's name of the click, if it has one; clicks without a name count as one. `way_back`: as for
        ConnectUrls. Raises FlinksUnavailable. The load is counted before its token is asked for, so that a Flinks that
        hangs or refuses is not asked for more.
        """
        load = Load(self.clock(), click=click and click[:_LONGEST_CLICK])
        session = update_session(self.sessions, session.session_id, lambda now: self._count(now, load), known=session)
        if session.status is not Status.AWAITING_USER or self.pause(session, load.click):
            return session, None
        if session.load == load:
            token = self.connect_urls.token()
            session = update_session(
                self.sessions, session.session_id, lambda now: _keep(now, load, token), known=session
            )
        elif session.load is None or session.load.token is None:
            raise FlinksUnavailable("a token for Connect was asked for a moment ago, and did not come yet")
        else:
            token = session.load.token
        asked = session.attempt and session.attempt.asked
        if not asked:
            return session, None
        return session, self.connect_urls.with_token(token, session, asked, way_back, language=language)

    def pause(self, session: Session, click: str | None = None) -> Pause | None:
        """Until when a click gets no load, and why; None while the link has some left."""
        if session.status is not Status.AWAITING_USER or self._has_just_loaded(session, click):
            return None
        until = self.budget.loads_paused_until(session, self.clock())
        return (until, WaitReason.LINK_BUDGET) if until else None

    def _count(self, now: Session, load: Load) -> Session:
        if (
            now.status is not Status.AWAITING_USER
            or self._has_just_loaded(now, load.click)
            or self.pause(now, load.click)
        ):
            return now
        is_noted = any(entry.cause == _CAUSE for entry in now.timeline)
        noted = now if is_noted else now.note(at=load.at, actor=Actor.USER, cause=_CAUSE)
        # The user has come by the link, so a roll-back has no need of it, and a record is billed by its size.
        return self.budget.load(replace(noted, load=load, link=None), load.at)

    def _has_just_loaded(self, session: Session, click: str | None) -> bool:
        load, attempt = session.load, session.attempt
        if load is None or attempt is None or attempt.asked_at is None or load.at < attempt.asked_at:
            return False
        return load.click == click and self.clock() < load.at + _SAME_LOAD


def _keep(now: Session, load: Load, token: str) -> Session:
    return replace(now, load=replace(load, token=token)) if now.load == load else now
