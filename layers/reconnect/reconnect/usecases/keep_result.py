"""Store what a session read, so that the caller can fetch it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from reconnect.model.frozen import frozen
from reconnect.model.outcomes import FlinksReply
from reconnect.model.receipts import Account, StoredResult, compare_accounts, make_receipt, remember_accounts
from reconnect.model.session import Session
from reconnect.ports import Clock, NewId, Results
from reconnect.rules.completeness import ids_of, remember_days


@frozen(kw_only=True)
class KeepResult:
    """Stores a document under an unguessable name; part of FetchAccounts."""

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
        """Delete a document that no session refers to; raise ResultNotErased."""
        self.results.discard(session_id, result.result_id)

    def erase(self, session_id: str) -> None:
        """Delete all documents of a session whose record is gone; raise ResultNotErased."""
        self.results.erase(session_id)


def with_receipt(
    session: Session, reply: FlinksReply, result: StoredResult | None, missing: Mapping[str, int]
) -> Session:
    """Attach the receipt, compared with the login's last success; a successful read becomes the new baseline.

    The receipt's date is the data's own, or else the one that was proved before.
    """
    known, asked = session.known_accounts, session.options.accounts
    accounts = reply.accounts or ()
    ids = ids_of(accounts)
    proved = session.receipt.last_refresh if session.receipt else None
    last_refresh = reply.last_refresh or proved
    if session.options.summary_only:
        # Flinks may send an empty list for what was not requested, which does not mean that there is nothing.
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
        # The reading names no account, so what is known about the accounts stays.
        return replace(session, receipt=receipt)
    remembered = remember_accounts(known, ids, asked)
    today = (last_refresh or session.created_at).date()
    newest_days = remember_days(session.newest_days, accounts, remembered, today)
    return replace(session, receipt=receipt, known_accounts=remembered, newest_days=newest_days)
