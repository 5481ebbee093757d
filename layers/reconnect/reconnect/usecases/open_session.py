"""Open a session for a login, or join the one that is live."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from reconnect.model.errors import (
    IdempotencyConflict,
    SessionChanged,
    SessionErased,
    SessionNotFound,
    TooManyCallers,
    TooSoon,
)
from reconnect.model.frozen import frozen
from reconnect.model.idempotency import LIFETIME, Claim, seal_key, seal_request
from reconnect.model.institution import Listing
from reconnect.model.link_forms import LinkForm
from reconnect.model.login import Login
from reconnect.model.open_request import OpenRequest
from reconnect.model.references import seal_correlation, seal_user
from reconnect.model.session import Actor, Session, Status, TimelineEntry
from reconnect.model.trail import TrailEntry
from reconnect.model.workflow_input import handed_over
from reconnect.ports import Claims, Clock, Logins, NewId, References, Sessions, Workflow
from reconnect.rules.link_budget import still_counts
from reconnect.rules.pacing import ATTEMPT_DEADLINE
from reconnect.usecases.find_institution import Institutions
from reconnect.usecases.session_updates import update_session
from reconnect.usecases.signed_urls import SignedUrls

_TRIES = 20


@frozen
class Opened:
    """The session that now serves the caller; `joined` if it was live already; its bank's entry in the directory."""

    session: Session
    joined: bool
    listing: Listing | None = None


@frozen(kw_only=True)
class OpenSession:
    """The use case behind every endpoint, event and workflow that requests fresh data."""

    sessions: Sessions
    logins: Logins
    references: References
    claims: Claims
    workflow: Workflow
    clock: Clock
    link_lifetime: timedelta
    urls: SignedUrls
    idempotency_key: Callable[[], bytes]
    new_id: NewId
    institutions: Institutions

    def __call__(
        self,
        request: OpenRequest,
        *,
        key: str | None = None,
        caller: str = "",
        execution_name: str | None = None,
        by: str = "",
        session_id: str | None = None,
    ) -> Opened:
        """Open or join; the same `key` of a `caller` with the same request finds the same session for 24 hours.

        `by`: who asks, for the session's trail.

        `session_id`: in place of a key, the id of a new session, and for good: whoever asks again with it gets that
        session, and SessionErased once it was erased.

        `execution_name`: the execution that asks and will itself run the session. Raises IdempotencyConflict if the
        key came with another request before, TooSoon if the login must be left alone for a while, TooManyCallers if
        a hundred callers have joined the live session with correlation ids.
        """
        if session_id:
            new = self._new(request, session_id, execution_name, by)
            claim = Claim("", "", session_id, new.created_at)
            opened = self._served(claim) or self._open_or_join(new)
        else:
            claim, opened = self._serve(request, key, caller, execution_name, by)
        if key and (opened.session.session_id, opened.joined) != (claim.session_id, claim.joined):
            self.claims.settle(replace(claim, session_id=opened.session.session_id, joined=opened.joined))
        # Starting is idempotent by name, so if this call crashes here, the next caller who joins starts the session.
        if opened.session.status is Status.STARTING:
            self.workflow.start(opened.session)
        return replace(opened, listing=self.institutions(opened.session.institution))

    def continue_as_new(self, session_id: str, running: str | None = None) -> Session:
        """Continue a session in a new execution: its link lives for days, but one execution's history is bounded.

        `running`: the execution that asks, None if it began under a definition that does not say so. A repeat after
        the handover starts nothing more, because the next execution may already run the next attempt.
        """
        session = update_session(self.sessions, session_id, lambda now: handed_over(now, running))
        self.workflow.start(session)
        return session

    def _serve(
        self, request: OpenRequest, key: str | None, caller: str, execution_name: str | None, by: str
    ) -> tuple[Claim, Opened]:
        """Return the key's claim, made now if it is new, and its session. The id and links of an erased session are
        never used again: the key then gets a new session, the same one for all requests that send it at once.
        """
        erased: str | None = None
        for _ in range(_TRIES):
            claim = self._claim(request, key, caller, erased)
            try:
                opened = self._served(claim) or self._open_or_join(
                    self._new(request, claim.session_id, execution_name, by)
                )
            except SessionErased:
                erased = claim.session_id
            else:
                return claim, opened
        raise SessionChanged("erased as often as it was opened")

    def _claim(self, request: OpenRequest, key: str | None, caller: str, erased: str | None) -> Claim:
        new = Claim("", "", self.new_id(), self.clock() + LIFETIME)
        if key is None:
            return new
        old, secret = self._claim_of_release_before(request, key), self.idempotency_key()
        if old is not None and old.session_id != erased:
            new = old
        asked = seal_request(secret, request.to_seal())
        stored = self.claims.claim(replace(new, key=seal_key(secret, key, caller), digest=asked), erased)
        if stored.digest != asked:
            raise IdempotencyConflict("the key came with another request before")
        return stored

    def _claim_of_release_before(self, request: OpenRequest, key: str) -> Claim | None:
        """Return the claim that 0.1.0 made of this key, if any: it used the signing key, and made no difference between
        callers. Its claims live for a day, so the next release can do without this.
        """
        for signing_key in self.urls.keys.known():
            claim = self.claims.find(seal_key(signing_key, key))
            if claim is None:
                continue
            if claim.digest != seal_request(signing_key, request.to_seal()):
                raise IdempotencyConflict("the key came with another request before")
            return claim
        return None

    def _served(self, claim: Claim) -> Opened | None:
        """Return what this key was answered before. A session that never left STARTING may not hold its login yet."""
        session = self._find(claim.session_id)
        if session is None or (session.status is Status.STARTING and not claim.joined):
            return None
        return Opened(session, claim.joined)

    def _new(self, request: OpenRequest, session_id: str, execution_name: str | None, by: str) -> Session:
        now = self.clock()
        hours = request.link_lifetime_hours
        # In whole seconds, as in the link itself, so that both end at the same moment.
        link_expires_at = (now + (timedelta(hours=hours) if hours else self.link_lifetime)).replace(microsecond=0)
        session = Session(
            session_id=session_id,
            login_id=request.login_id,
            execution_name=execution_name or session_id,
            status=Status.STARTING,
            created_at=now,
            link_expires_at=link_expires_at,
            due_at=now + ATTEMPT_DEADLINE,
            language=request.language,
            time_zone=request.time_zone,
            return_url=request.return_url,
            brand_name=request.brand_name,
            brand_name_french=request.brand_name_french,
            reference=request.reference,
            presence=request.presence,
            correlation_ids=frozenset({request.correlation_id} if request.correlation_id else ()),
            found_by=self._seals(request) | self._users(request),
            users=self._users(request),
            options=request.options,
            timeline=(TimelineEntry(now, Actor.CALLER, "session_opened", Status.STARTING),),
            trail=(TrailEntry(now, "session_opened", by=by),) if by else (),
        )
        # Release 0.1.0, which shows it after a roll-back, reads the long form only.
        return replace(session, link=self.urls.link(session, LinkForm.LONG))

    def _seals(self, request: OpenRequest) -> frozenset[str]:
        asked = request.correlation_id
        return frozenset({seal_correlation(self.idempotency_key(), asked)} if asked else ())

    def _users(self, request: OpenRequest) -> frozenset[str]:
        return frozenset({seal_user(self.idempotency_key(), request.user_ref)} if request.user_ref else ())

    def _open_or_join(self, session: Session) -> Opened:
        """Write the record first and the login second, so that a caller who finds the login held can join its holder.

        Of many callers at once, one gets the login; the others delete their records and join.
        """
        created: Session | None = None
        for _ in range(_TRIES):
            login = self.logins.get(session.login_id)
            if (joined := self._join(login, session, created)) is not None:
                self._take_back(created)
                return joined
            login = self._freed(login, session)
            # A repeat of this request may hold it already, under a clock slightly ahead of this one.
            if login.session_id is None:
                self._refuse_too_soon(login, created)
            if created is None:
                # Before the session, so that after a crash between the two none is missing.
                self.references.add(session, session.found_by)
            # Again after a lost race: the winner may be an erasure, which has deleted the record.
            stored = self.sessions.create(created or _remembering(session, login))
            created = created or stored
            if self._has_taken(login, created):
                self._check_not_erased(login, created)
                return Opened(created, joined=False)
        raise SessionChanged("lost every race for the login")

    def _join(self, login: Login, session: Session, created: Session | None) -> Opened | None:
        """Join the live session that holds the login, unless it is `session` itself; None if there is none. Raises
        TooManyCallers if it can name no more callers; the record that was `created` here is then deleted.
        """
        holder = self._holder(login, session)
        # A write that fails costs as much as one that succeeds, and most logins are held by a session that has ended.
        if holder is None or holder.status.is_terminal:
            return None
        try:
            self.references.add(holder, session.found_by - holder.found_by)
            asked = next((replace(entry, what="session_joined") for entry in session.trail), None)
            live = self.sessions.join(
                holder.session_id, session.correlation_ids, session.found_by, asked, session.users
            )
        except SessionChanged:
            return None
        except TooManyCallers:
            self._take_back(created)
            raise
        # An execution that asks a second time, because its first answer was lost, holds the login itself.
        return Opened(live, joined=live.execution_name != session.execution_name)

    def _freed(self, login: Login, session: Session) -> Login:
        """Return the login without its holder, which has ended or whose record is gone."""
        if login.session_id in {None, session.session_id}:
            return login
        return login.release(self._holder(login, session))

    def _holder(self, login: Login, session: Session) -> Session | None:
        """Return the session that holds the login, other than `session` itself, if its record exists."""
        return None if login.session_id in {None, session.session_id} else self._find(login.session_id or "")

    def _refuse_too_soon(self, login: Login, created: Session | None) -> None:
        try:
            login.refuse_before(self.clock())
        except TooSoon:
            self._take_back(created)
            raise

    def _has_taken(self, login: Login, session: Session) -> bool:
        if login.session_id == session.session_id:
            return True
        try:
            self.logins.save(login.hold(session.session_id))
        except SessionChanged:
            return False
        return True

    def _check_not_erased(self, login: Login, session: Session) -> None:
        """Raise SessionErased if an erasure came first: on a login that was never held it meets no conflict."""
        if login.version == 0 and self._find(session.session_id) is None:
            # Another session may have taken the login since.
            if (held := self.logins.get(session.login_id)).session_id == session.session_id:
                self.logins.erase(held)
            raise SessionErased(session.session_id)

    def _take_back(self, created: Session | None) -> None:
        if created is not None:
            self.sessions.discard(created)

    def _find(self, session_id: str) -> Session | None:
        try:
            return self.sessions.get(session_id)
        except SessionNotFound:
            return None


def _remembering(session: Session, login: Login) -> Session:
    return replace(
        session,
        link_use=still_counts(login.link_use, session.created_at),
        failures=login.failures,
        known_accounts=login.known_accounts,
        newest_days=login.newest_days,
        known_refresh=login.last_refresh,
        known_institution=login.institution,
    )
