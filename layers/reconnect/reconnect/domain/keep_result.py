"""Keep what a session read, where whoever asked for it can fetch it."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from reconnect.domain.ports import Clock, Results
from reconnect.domain.receipts import Account, StoredResult, compare_accounts, make_receipt, remember_accounts
from reconnect.domain.session import Session


class KeepResult:
    """Stores a document under a name that nobody can guess; part of FetchAccounts."""

    def __init__(self, results: Results, clock: Clock, retention: timedelta) -> None:
        self._results, self._clock, self._retention = results, clock, retention

    def __call__(self, session_id: str, document: bytes) -> StoredResult:
        """Store the document and describe it; raise ResultNotStored."""
        result_id = secrets.token_hex(16)
        self._results.keep(session_id, result_id, document)
        return StoredResult(
            result_id=result_id,
            size=len(document),
            sha256=hashlib.sha256(document).hexdigest(),
            expires_at=self._clock().replace(microsecond=0) + self._retention,
        )

    def discard(self, session_id: str, result: StoredResult) -> None:
        """Take back a document that no session leads to; raise ResultNotErased."""
        self._results.discard(session_id, result.result_id)

    def erase(self, session_id: str) -> None:
        """Take back all documents of a session whose record is gone; raise ResultNotErased."""
        self._results.erase(session_id)


def with_receipt(
    session: Session, accounts: Collection[Account], result: StoredResult | None, last_refresh: datetime | None
) -> Session:
    """Compared with the login's last success, which this one is from now on, if it is one.

    `last_refresh`: as the data says itself; None if it does not, then it is as was proved before.
    """
    known, asked = session.known_accounts, session.options.accounts
    ids = [account.account_id for account in accounts]
    proved = session.receipt.last_refresh if session.receipt else None
    if session.options.summary_only:
        # Flinks may write an empty list for what nobody asked for; that is not the same as none at all.
        accounts = [Account(account_id) for account_id in ids]
    return replace(
        session,
        receipt=make_receipt(accounts, last_refresh or proved, compare_accounts(known, ids, asked), result),
        known_accounts=remember_accounts(known, ids, asked) if accounts else known,
    )
