"""Keep our copy of Flinks' directory of institutions: read it once a day, outside of every session."""

from dataclasses import dataclass, field
from datetime import datetime

from reconnect.model.errors import (
    DirectoryTooLarge,
    FlinksError,
    RecordUnreadable,
    SecretsUnavailable,
    StoreUnavailable,
)
from reconnect.model.frozen import frozen
from reconnect.model.institution import Directory
from reconnect.model.outcomes import FlinksReply, classify
from reconnect.ports import Clock, Count, Directories, Flinks
from reconnect.rules.directory import READ_AGAIN_AFTER, TRIED_AGAIN_AFTER, DirectoryRule
from reconnect.usecases.request_budget import RequestBudget

_FAILURES = (DirectoryTooLarge, FlinksError, RecordUnreadable, SecretsUnavailable, StoreUnavailable)
# How long Flinks may take to list all institutions.
_LONGEST_SECONDS = 15.0


@dataclass(slots=True)
class _Memory:
    """Before when this environment does not look at its copy again."""

    look_again_at: datetime | None = None


@frozen(kw_only=True)
class RefreshDirectory:
    """Part of the sweeper's run. A refresh that fails keeps the old copy; an instance may have no directory at all."""

    flinks: Flinks
    directories: Directories
    rule: DirectoryRule
    requests: RequestBudget
    clock: Clock
    count: Count
    memory: _Memory = field(default_factory=_Memory)

    def __call__(self, seconds: float) -> str | None:
        """Read the directory if it is time, within `seconds`, and store it; return why that failed, or None.

        What fails is tried again after an hour. It never raises what Flinks or the store may raise: a sweep must not
        fail for it.
        """
        now = self.clock()
        if self.memory.look_again_at is not None and now < self.memory.look_again_at:
            return None
        self.memory.look_again_at = now + TRIED_AGAIN_AFTER
        try:
            failure = self._refresh(now, min(seconds, _LONGEST_SECONDS))
        except _FAILURES as failed:
            failure = f"{type(failed).__name__}: {failed}"
        if failure is not None:
            self.count("DirectoryNotRefreshed")
        return failure

    def _refresh(self, now: datetime, seconds: float) -> str | None:
        stored = self._stored()
        if stored is not None and not self.rule.is_due(stored, now):
            self.memory.look_again_at = stored.read_at + READ_AGAIN_AFTER
            return None
        # Nobody who waits for a turn at Flinks waits longer for this.
        if self.requests.has_waiting() or not self.directories.may_ask(now, TRIED_AGAIN_AFTER):
            return None
        answer = self.flinks.get_institutions(seconds)
        if isinstance(answer, FlinksReply):
            return classify(answer).code
        if not answer:
            return "NO_ENTRIES"
        self.directories.save(Directory(now, {each.id: each for each in answer}))
        self.memory.look_again_at = now + READ_AGAIN_AFTER
        return None

    def _stored(self) -> Directory | None:
        try:
            return self.directories.get()
        except RecordUnreadable:
            # A damaged copy is replaced; one of a newer version is not, and asking then says so.
            return None
