"""What a finished session hands over: how fresh, how much, how it compares with the last time, and where it lies."""

import base64
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Account:
    """What one account of a reading comes to; no number, no holder and no money, on purpose.

    `transaction_count` is None where no transactions were asked for; the dates are those of the oldest and the newest.
    """

    account_id: str
    transaction_count: int | None = None
    first_date: date | None = None
    last_date: date | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many accounts were there the last time too, how many were not, and how many are there no more."""

    matched: int
    new: int
    missing: int


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Where the data lies, and how to tell that it arrived whole.

    `size` (bytes) and `sha256` are of the document as Flinks sent it; it is removed after `expires_at`, a whole second.
    `result_id` and `sha256` are hexadecimal.
    """

    result_id: str
    size: int
    sha256: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was read: when Flinks last refreshed the login (UTC), whether that proves this session, how much it is.

    `account_count` is None until the accounts are read; `comparison` is None if the login has had no success before.
    No account is named, so that a session's record stays small and holds nothing of anyone's money.
    """

    fresh: bool
    last_refresh: datetime | None
    account_count: int | None = None
    transaction_count: int | None = None
    first_date: date | None = None
    last_date: date | None = None
    comparison: Comparison | None = None
    result: StoredResult | None = None


def make_receipt(
    accounts: Collection[Account],
    last_refresh: datetime | None,
    comparison: Comparison | None,
    result: StoredResult | None,
) -> Receipt:
    """The receipt for accounts that were read; fresh if there is at least one, for nobody could use none."""
    counts = [account.transaction_count for account in accounts if account.transaction_count is not None]
    return Receipt(
        fresh=bool(accounts),
        last_refresh=last_refresh,
        account_count=len(accounts),
        transaction_count=sum(counts) if counts else None,
        first_date=min((account.first_date for account in accounts if account.first_date), default=None),
        last_date=max((account.last_date for account in accounts if account.last_date), default=None),
        comparison=comparison,
        result=result,
    )


def compare_accounts(
    known: frozenset[str] | None, read: Iterable[str], asked: Collection[str] = ()
) -> Comparison | None:
    """Compare the ids that were read with what is known of the last success; None if there was none.

    `asked`: the only accounts that the session wanted, empty for all. One that nobody asked for is not missing.
    """
    if known is None:
        return None
    found = fingerprints(read)
    expected = known & fingerprints(asked) if asked else known
    return Comparison(len(found & known), len(found - known), len(expected - found))


def remember_accounts(known: frozenset[str] | None, read: Iterable[str], asked: Collection[str] = ()) -> frozenset[str]:
    """What to compare with the next time: what was read, and what was known that this session did not ask for."""
    return fingerprints(read) | ((known or frozenset()) - fingerprints(asked) if asked else frozenset())


def fingerprints(account_ids: Iterable[str]) -> frozenset[str]:
    """Eight characters for each id: enough to tell a login's accounts apart, and a fifth of a GUID in every record."""
    digests = (hashlib.sha256(account_id.casefold().encode()).digest() for account_id in account_ids)
    return frozenset(base64.b64encode(digest[:6]).decode() for digest in digests)
