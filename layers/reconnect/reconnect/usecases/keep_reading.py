"""Keep a proved reading: store its document, then record it in the write that ends the session."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from reconnect.model.attempt import Attempt
from reconnect.model.causes import Cause
from reconnect.model.errors import FlinksError, SessionChanged, SessionNotFound
from reconnect.model.frozen import frozen
from reconnect.model.observations import Observations, record_observations
from reconnect.model.outcomes import FlinksReply, Outcome, classify, ends_attempt
from reconnect.model.reasons import Reason
from reconnect.model.receipts import StoredResult
from reconnect.model.session import Actor, Session, Status
from reconnect.model.step import Fetched, Step
from reconnect.ports import Clock, Flinks, Sessions
from reconnect.rules.endings import Endings
from reconnect.usecases.count_end import CountEnd
from reconnect.usecases.keep_result import KeepResult, with_receipt
from reconnect.usecases.session_updates import update_session

_SETTLED = {Status.SUCCEEDED, Status.REPAIRED, Status.CANCELLED}


@frozen(kw_only=True)
class KeepReading:
    """Part of FetchAccounts: its last step."""

    sessions: Sessions
    flinks: Flinks
    keep_result: KeepResult
    clock: Clock
    end: Endings
    count_end: CountEnd

    def __call__(
        self,
        session: Session,
        reply: FlinksReply,
        missing: Mapping[str, int],
        observations: Observations,
        begin: Callable[[Session], Session],
    ) -> Step:
        """Keep a reply whose date is proved, with the counts of what is `missing`; raise ResultNotStored.

        `begin` records what this reading has proved and not written yet.
        """
        is_over = self._is_over(session)
        # The data first: a session that claims to have data must have it. A login without any account is no refresh
        # that a caller could use.
        document = reply.document if reply.accounts != () else None
        result = None if document is None else self.keep_result(session.session_id, document)
        code = Reason.NO_ACCOUNTS if document is None else Reason.ACCOUNTS_FRESH

        def keep(now: Session) -> Session:
            read = replace(
                with_receipt(record_observations(begin(now), observations), reply, result, missing),
                data_request_id=None,
            ).told(reply.bank)
            if now.status.is_terminal:
                return self._correct(read)
            read = _with_attempt(read, session.attempt, is_over=is_over)
            read = read.note(at=self.clock(), actor=Actor.SERVICE, cause="accounts_read")
            return self.end(read, code, self.clock())

        self._write(session, keep, result)
        return Step(Fetched.REFUSED if document is None else Fetched.FRESH, code)

    def _is_over(self, session: Session) -> bool:
        """Whether Flinks says that the attempt is over. Fresh data does not show it: the login may have been refreshed
        elsewhere while the question is open.
        """
        attempt = session.attempt
        if attempt is None or session.status.is_terminal or attempt.is_over or attempt.request_id is None:
            return attempt is not None and attempt.is_over
        try:
            verdict = classify(self.flinks.read_authorize(attempt.request_id))
            if verdict.outcome is Outcome.MISCONFIGURED:
                # This instance lacks the status call, but returns data only for a RequestId that is authorized.
                verdict = classify(self.flinks.get_accounts_summary(attempt.request_id))
                return verdict.outcome is Outcome.AUTHORIZED
        except FlinksError:
            return False
        return ends_attempt(verdict)

    def _write(self, session: Session, keep: Callable[[Session], Session], result: StoredResult | None) -> None:
        """Record the result; delete it if its login was erased meanwhile, or if the session does not take it."""
        try:
            written = self.count_end.once(partial(update_unsettled, self.sessions, session), keep)
        except (SessionNotFound, SessionChanged):
            self._discard(session, result)
            raise
        if written.receipt is None or written.receipt.result != result:
            self._discard(session, result)

    def _discard(self, session: Session, result: StoredResult | None) -> None:
        if result is not None:
            self.keep_result.discard(session.session_id, result)

    def _correct(self, session: Session) -> Session:
        """Record that the data is fresh after all; the end that was published stays."""
        if not (session.receipt and session.receipt.fresh):
            return session
        noted = session.note(at=self.clock(), actor=Actor.SERVICE, cause=Cause.CORRECTED)
        return replace(noted, event_type="SessionCorrected")


def is_settled(session: Session) -> bool:
    """Whether no new reading could correct the session's end, or its caller has cancelled it."""
    return session.status in _SETTLED or session.is_corrected


def update_unsettled(sessions: Sessions, session: Session, decide: Callable[[Session], Session]) -> Session:
    """Write what was read onto the session as it is now, unless it is settled."""
    return update_session(sessions, session.session_id, lambda now: now if is_settled(now) else decide(now))


def _with_attempt(session: Session, attempt: Attempt | None, *, is_over: bool) -> Session:
    """Record that this attempt is over, unless the session has begun another since."""
    if not is_over or attempt is None or session.attempt is None or session.attempt.number != attempt.number:
        return session
    return replace(session, attempt=replace(session.attempt, is_over=True))
