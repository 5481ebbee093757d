"""Accounts and transactions generated from a seed, in Flinks' format [D GAD, GAS]."""

import calendar
import random
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from flinks_simulator.samples import MONTHS_A_YEAR, PEOPLE, PRODUCTS, SHOPS, Person, Product

Record = dict[str, Any]

SHORT_HISTORY = 90
LONG_HISTORY = 365
DEFAULT_ACCOUNTS = 3
INSTITUTION_NUMBER = "777"
# Balances are computed from this month on, so that a day in the past gives the same data at any later time.
_FIRST_MONTH = date(2020, 1, 1)


def make_detail(
    seed: str,
    as_of: date,
    *,
    accounts: int = DEFAULT_ACCOUNTS,
    days: int = SHORT_HISTORY,
    transactions: int | None = None,
) -> list[Record]:
    """Make the accounts of GetAccountsDetail as of one day; `transactions` is roughly the number per year."""
    purchases = None if transactions is None else _share_out(transactions, accounts)
    return [_make_account(seed, index, as_of, days, purchases) for index in range(accounts)]


def make_summary(
    seed: str, as_of: date, *, accounts: int = DEFAULT_ACCOUNTS, transactions: int | None = None
) -> list[Record]:
    """Make the accounts of GetAccountsSummary as of one day."""
    only_in_detail = {"Transactions", "TransitNumber", "InstitutionNumber"}
    return [
        {name: value for name, value in account.items() if name not in only_in_detail} | _rate_eligibility(account)
        for account in make_detail(seed, as_of, accounts=accounts, transactions=transactions)
    ]


def make_holder(seed: str) -> Record:
    """Make the holder of all accounts of a login."""
    person: Person = _seeded(seed, "holder").choice(PEOPLE)
    return {
        "Name": person.name,
        "Address": {
            "CivicAddress": person.civic_address,
            "City": person.city,
            "Province": person.province,
            "PostalCode": person.postal_code,
            "POBox": None,
            "Country": "CA",
        },
        "Email": person.email,
        "PhoneNumber": person.phone_number,
    }


def make_id(rng: random.Random) -> str:
    """Make an identifier; the same seed gives the same one."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def _share_out(transactions: int, accounts: int) -> int:
    """Return the number of purchases per month for each account with purchases."""
    spending = sum(PRODUCTS[index % len(PRODUCTS)].purchases > 0 for index in range(accounts))
    return max(1, transactions // (MONTHS_A_YEAR * max(spending, 1)))


def _rate_eligibility(account: Record) -> Record:
    ratio = 1.0 if account["Category"] == "Operations" else 0.0
    return {"EftEligibleRatio": ratio, "ETransferEligibleRatio": ratio}


def _make_account(seed: str, index: int, as_of: date, days: int, purchases: int | None) -> Record:
    product = PRODUCTS[index % len(PRODUCTS)]
    rng = _seeded(seed, index)
    number = str(rng.randrange(1_000_000, 9_999_999))
    transactions = _make_transactions(seed, index, as_of, days, purchases)
    current = transactions[0]["Balance"] if transactions else _opening_cents(seed, index, as_of.replace(day=1)) / 100
    return {
        "Transactions": transactions,
        "TransitNumber": str(rng.randrange(10_000, 99_999)),
        "InstitutionNumber": INSTITUTION_NUMBER,
        "OverdraftLimit": product.overdraft,
        "Title": product.title,
        "AccountNumber": number,
        "LastFourDigits": number[-4:] if product.kind == "CreditCard" else None,
        "Balance": {
            "Available": _make_available(product, current, rng),
            "Current": current,
            "Limit": product.limit,
        },
        "Category": product.category,
        "Type": product.kind,
        "Currency": product.currency,
        "Holder": make_holder(seed),
        "AccountType": None,
        "Id": make_id(rng),
    }


def _make_available(product: Product, current: float, rng: random.Random) -> float | None:
    # Only posted transactions are listed; amounts on hold show in Available alone [D KEY].
    on_hold = rng.randint(0, 4_000) / 100
    if product.limit is not None:
        return round(product.limit + current - on_hold, 2)
    return round(current - on_hold, 2) if product.overdraft else None


def _make_transactions(seed: str, index: int, as_of: date, days: int, purchases: int | None) -> list[Record]:
    """Make the transactions of the last days up to one day, newest first."""
    oldest = (as_of - timedelta(days=days)).isoformat()
    newest = as_of.isoformat()
    rows: list[Record] = []
    month = (as_of - timedelta(days=days)).replace(day=1)
    while month <= as_of:
        rows += [row for row in _make_month(seed, index, month, purchases) if oldest < row["Date"] <= newest]
        month += timedelta(days=calendar.monthrange(month.year, month.month)[1])
    return rows[::-1]


@lru_cache(maxsize=2048)
def _make_month(seed: str, index: int, month: date, purchases: int | None) -> tuple[Record, ...]:
    product = PRODUCTS[index % len(PRODUCTS)]
    base = _base_cents(seed, index)
    rng = _seeded(seed, index, month.isoformat(), purchases)
    moves = [(flow.day, flow.description, base * flow.percent // 100) for flow in product.credits]
    moves += [(flow.day, flow.description, -base * flow.percent // 100) for flow in product.debits]
    moves += _make_purchases(rng, base * product.purchase_percent // 100, purchases or product.purchases)
    moves.sort(key=lambda move: (move[0], -move[2]))

    balance = _opening_cents(seed, index, month)
    rows = []
    for day, description, cents in moves:
        balance += cents
        rows.append(
            {
                "Date": month.replace(day=day).isoformat(),
                "Code": None,
                "Description": description,
                "Debit": -cents / 100 if cents < 0 else None,
                "Credit": cents / 100 if cents >= 0 else None,
                "Balance": balance / 100,
                "Id": make_id(rng),
            }
        )
    return tuple(rows)


def _make_purchases(rng: random.Random, budget: int, number: int) -> list[tuple[int, str, int]]:
    """Split a month's budget exactly into small and large amounts."""
    if not budget or not number:
        return []
    weights = [0.05 + rng.random() ** 3 for _ in range(number)]
    scale = budget / sum(weights)
    amounts = [int(weight * scale) for weight in weights]
    amounts[-1] += budget - sum(amounts)
    return [(rng.randint(1, 28), rng.choice(SHOPS), -amount) for amount in amounts]


def _opening_cents(seed: str, index: int, month: date) -> int:
    """Return the balance at the start of a month; every month changes it by the same amount."""
    product = PRODUCTS[index % len(PRODUCTS)]
    base = _base_cents(seed, index)
    gained = sum(base * flow.percent // 100 for flow in product.credits)
    spent = sum(-base * flow.percent // 100 for flow in product.debits)
    if product.purchases:
        spent -= base * product.purchase_percent // 100
    months = (month.year - _FIRST_MONTH.year) * MONTHS_A_YEAR + month.month - _FIRST_MONTH.month
    opening: int = _seeded(seed, index, "opening").randint(*product.opening_cents)
    return opening + months * (gained + spent)


def _base_cents(seed: str, index: int) -> int:
    return _seeded(seed, index, "base").randint(*PRODUCTS[index % len(PRODUCTS)].base_cents)


def _seeded(*parts: object) -> random.Random:
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - sample data
