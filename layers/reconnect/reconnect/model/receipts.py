"""The receipt of a finished session: how fresh, how much, compared with the last success, and where the data is."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum

from reconnect.model.frozen import frozen


class Oddity(StrEnum):
    """A kind of oddity in a document. None costs the session its data: document and exports keep what was sent."""

    ACCOUNTS_UNREADABLE = "accounts_unreadable"
    ACCOUNT_UNREADABLE = "account_unreadable"
    ACCOUNT_WITHOUT_ID = "account_without_id"
    ACCOUNT_REPEATED = "account_repeated"
    TRANSACTIONS_UNREADABLE = "transactions_unreadable"
    TRANSACTION_UNREADABLE = "transaction_unreadable"
    TRANSACTION_WITHOUT_ID = "transaction_without_id"
    DATE_UNREADABLE = "date_unreadable"
    AMOUNT_UNREADABLE = "amount_unreadable"
    BALANCE_UNREADABLE = "balance_unreadable"
    LOGIN_UNREADABLE = "login_unreadable"


class Missing(StrEnum):
    """A kind of requested data that was missing when the session ended."""

    ACCOUNTS_NOT_FOUND = "accounts_not_found"
    ACCOUNTS_UNREADABLE = "accounts_unreadable"
    NO_TRANSACTIONS = "no_transactions"


@frozen
class Account:
    """Counts and dates of one account; no number, no holder and no money, on purpose.

    `account_id` is None if it is unreadable, `transaction_count` if there is no list of transactions; the dates are
    those of the oldest and the newest readable transaction.
    """

    account_id: str | None
    transaction_count: int | None = None
    first_date: date | None = None
    last_date: date | None = None


@frozen
class Comparison:
    """How many accounts matched the last success, how many are new, and how many are missing."""

    matched: int
    new: int
    missing: int


@frozen
class StoredResult:
    """Where the data is stored, and how to check it.

    `size` (bytes) and `sha256` are of the document as Flinks sent it; it is removed after `expires_at`, a whole second.
    `result_id` and `sha256` are hexadecimal.
    """

    result_id: str
    size: int
    sha256: str
    expires_at: datetime


@frozen
class ResultLink:
    """A result, with a URL to read it and the time at which the URL expires."""

    url: str
    expires_at: datetime
    result: StoredResult


@frozen
class Receipt:
    """What was read: when Flinks last refreshed the login (UTC), whether that is fresh, and how much data there is.

    `account_count` is None until the accounts are read; `comparison` is None if the login has had no success before.
    `warnings`: the number of oddities in the document, by `Oddity`; `missing`: how much requested data is missing, by
    `Missing`. No account is named, so that a session's record stays small and holds no financial data.
    """

    fresh: bool
    last_refresh: datetime | None
    account_count: int | None = None
    transaction_count: int | None = None
    first_date: date | None = None
    last_date: date | None = None
    comparison: Comparison | None = None
    result: StoredResult | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all requested data is there; a receipt without accounts is never complete."""
        return not self.missing and self.account_count != 0


def make_receipt(
    accounts: Collection[Account],
    last_refresh: datetime | None,
    comparison: Comparison | None,
    result: StoredResult | None,
    *,
    warnings: Mapping[str, int] | None = None,
    missing: Mapping[str, int] | None = None,
) -> Receipt:
    """The receipt of a read. Fresh if there is at least one account, or a document whose accounts are unreadable; an
    empty list of accounts is of no use.
    """
    counts = [account.transaction_count for account in accounts if account.transaction_count is not None]
    return Receipt(
        fresh=bool(accounts) or result is not None,
        last_refresh=last_refresh,
        account_count=len(accounts),
        transaction_count=sum(counts) if counts else None,
        first_date=min((account.first_date for account in accounts if account.first_date), default=None),
        last_date=max((account.last_date for account in accounts if account.last_date), default=None),
        comparison=comparison,
        result=result,
        warnings=warnings or {},
        missing=missing or {},
    )


def compare_accounts(
    known: frozenset[str] | None, read: Iterable[str], asked: Collection[str] = ()
) -> Comparison | None:
    """Compare the ids that were read with those of the last success; None if there was no success.

    `asked`: the only accounts that the session requested, empty for all. A requested account that is absent counts as
    missing, even if it never existed; one that was not requested does not.
    """
    if known is None:
        return None
    found = fingerprints(read)
    expected = fingerprints(asked) if asked else known
    return Comparison(len(found & known), len(found - known), len(expected - found))


def remember_accounts(known: frozenset[str] | None, read: Iterable[str], asked: Collection[str] = ()) -> frozenset[str]:
    """The baseline of the next comparison: the ids that were read, and known ones that were not requested."""
    return fingerprints(read) | ((known or frozenset()) - fingerprints(asked) if asked else frozenset())


def fingerprints(account_ids: Iterable[str]) -> frozenset[str]:
    """The fingerprint of each id."""
    return frozenset(map(fingerprint, account_ids))


def fingerprint(account_id: str) -> str:
    """An id as eight characters: enough to distinguish a login's accounts, at a fifth of a GUID's size."""
    # JSON may hold half of a character.
    digest = hashlib.sha256(account_id.casefold().encode(errors="surrogatepass")).digest()
    return base64.b64encode(digest[:6]).decode()
