"""Keep what a session read, where whoever asked for it can fetch it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Account, StoredResult, compare_accounts, make_receipt, remember_accounts
from reconnect.model.session import Session
from reconnect.ports import Clock, NewId, Results
from reconnect.rules.completeness import ids_of, remember_days


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepResult:
    """Stores a document under a name that nobody can guess; part of FetchAccounts."""

    results: Results
    clock: Clock
    retention: timedelta
    new_id: NewId

    def __call__(self, session_id: str, document: bytes) -> StoredResult:
        """Store the document and describe it; raise ResultNotStored."""
        result_id = self.new_id()
        self.results.keep(session_id, result_id, document)
        return StoredResult(
            result_id=result_id,
            size=len(document),
            sha256=hashlib.sha256(document).hexdigest(),
            expires_at=self.clock().replace(microsecond=0) + self.retention,
        )

    def discard(self, session_id: str, result: StoredResult) -> None:
        """Take back a document that no session leads to; raise ResultNotErased."""
        self.results.discard(session_id, result.result_id)

    def erase(self, session_id: str) -> None:
        """Take back all documents of a session whose record is gone; raise ResultNotErased."""
        self.results.erase(session_id)


def with_receipt(
    session: Session, reply: FlinksReply, result: StoredResult | None, missing: Mapping[str, int]
) -> Session:
    """Compared with the login's last success, which this one is from now on, if it is one.

    The receipt's date is as the data says itself, or else as was proved before.
    """
    known, asked = session.known_accounts, session.options.accounts
    accounts = reply.accounts or ()
    ids = ids_of(accounts)
    proved = session.receipt.last_refresh if session.receipt else None
    last_refresh = reply.last_refresh or proved
    if session.options.summary_only:
        # Flinks may write an empty list for what nobody asked for; that is not the same as none at all.
        accounts = tuple(Account(account.account_id) for account in accounts)
    receipt = make_receipt(
        accounts,
        last_refresh,
        compare_accounts(known, ids, asked),
        result,
        warnings=reply.warnings,
        missing=missing,
    )
    if not ids:
        # Nothing was learned of the accounts, so what is known of them stays.
        return replace(session, receipt=receipt)
    remembered = remember_accounts(known, ids, asked)
    today = (last_refresh or session.created_at).date()
    newest_days = remember_days(session.newest_days, accounts, remembered, today)
    return replace(session, receipt=receipt, known_accounts=remembered, newest_days=newest_days)
