"""Accounts and transactions made from a seed, in the shape Flinks gives them [D GAD, GAS]."""

import calendar
import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

DAYS_OF_TRANSACTIONS = 90
_MONTHLY_PURCHASES = 14
_SHOPS = (
    "IGA EXTRA 8041",
    "METRO PLUS",
    "STM OPUS RECHARGE",
    "HYDRO-QUEBEC",
    "TIM HORTONS #2217",
    "PHARMAPRIX",
    "BELL MOBILITE",
    "INTERAC E-TRANSFER",
    "SAQ SELECTION",
    "CINEPLEX ODEON",
)
_HOLDERS = (
    ("John Doe", "1275 Avenue des Canadiens-de-Montreal", "Montreal", "QC", "H3B 0G4"),
    ("Genevieve Tremblay", "455 Rue du Parvis", "Quebec", "QC", "G1K 9H6"),
    ("Priya Sharma", "200 Bay Street", "Toronto", "ON", "M5J 2J5"),
)


@dataclass(frozen=True)
class _Product:
    title: str
    category: str
    kind: str
    currency: str
    opening_cents: int
    overdraft: int
    limit: int | None
    income: str
    has_card: bool


_PRODUCTS = (
    _Product(
        "Chequing CAD",
        "Operations",
        "Chequing",
        "CAD",
        412_055,
        500,
        None,
        "PAYROLL ACME INC",
        has_card=False,
    ),
    _Product(
        "Savings CAD",
        "Operations",
        "Savings",
        "CAD",
        1_830_000,
        0,
        None,
        "TRANSFER FROM CHEQUING",
        has_card=False,
    ),
    _Product("Visa Classic", "Credits", "CreditCard", "CAD", 64_230, 0, 5_000, "PAYMENT - THANK YOU", has_card=True),
)


def make_detail(seed: str, as_of: date) -> list[dict[str, Any]]:
    """Make the accounts of GetAccountsDetail as they stood on one day."""
    return [_make_detailed_account(seed, index, as_of) for index in range(len(_PRODUCTS))]


def make_summary(seed: str, as_of: date) -> list[dict[str, Any]]:
    """Make the accounts of GetAccountsSummary as they stood on one day."""
    only_in_detail = {"Transactions", "TransitNumber", "InstitutionNumber"}
    return [
        {name: value for name, value in account.items() if name not in only_in_detail}
        | {"EftEligibleRatio": 1.0, "ETransferEligibleRatio": 1.0}
        for account in make_detail(seed, as_of)
    ]


def _make_detailed_account(seed: str, index: int, as_of: date) -> dict[str, Any]:
    product = _PRODUCTS[index]
    rng = _seeded(seed, index)
    number = str(rng.randrange(1_000_000, 9_999_999))
    transactions = _make_transactions(seed, index, as_of)
    current = transactions[0]["Balance"] if transactions else product.opening_cents / 100
    return {
        "Transactions": transactions,
        "TransitNumber": f"{rng.randrange(10_000, 99_999)}",
        "InstitutionNumber": "777",
        "OverdraftLimit": product.overdraft,
        "Title": product.title,
        "AccountNumber": number,
        "LastFourDigits": number[-4:] if product.has_card else None,
        "Balance": {
            "Available": None if product.limit is None else round(product.limit - current, 2),
            "Current": current,
            "Limit": product.limit,
        },
        "Category": product.category,
        "Type": product.kind,
        "Currency": product.currency,
        "Holder": _make_holder(seed),
        "AccountType": None,
        "Id": _make_id(rng),
    }


def _make_holder(seed: str) -> dict[str, Any]:
    name, street, city, province, postal_code = _seeded(seed, "holder").choice(_HOLDERS)
    return {
        "Name": name,
        "Address": {
            "CivicAddress": street,
            "City": city,
            "Province": province,
            "PostalCode": postal_code,
            "POBox": None,
            "Country": "CA",
        },
        "Email": f"{name.lower().replace(' ', '.')}@example.com",
        "PhoneNumber": "(514) 555-0142",
    }


def _make_transactions(seed: str, index: int, as_of: date) -> list[dict[str, Any]]:
    """Make the last 90 days, newest first."""
    oldest = as_of - timedelta(days=DAYS_OF_TRANSACTIONS)
    rows: list[dict[str, Any]] = []
    month = oldest.replace(day=1)
    while month <= as_of:
        rows += [
            row for row in _make_month(seed, index, month) if oldest.isoformat() < row["Date"] <= as_of.isoformat()
        ]
        month += timedelta(days=calendar.monthrange(month.year, month.month)[1])
    return rows[::-1]


@lru_cache(maxsize=256)
def _make_month(seed: str, index: int, month: date) -> tuple[dict[str, Any], ...]:
    # What comes in on the first day equals what goes out later, so every month starts from the same balance
    # and the past reads the same whenever it is read.
    rng = _seeded(seed, index, month.isoformat())
    days = sorted(rng.randint(1, 28) for _ in range(_MONTHLY_PURCHASES))
    amounts = [rng.randint(250, 18_000) for _ in days]
    balance = _PRODUCTS[index].opening_cents
    balance += sum(amounts)
    rows = [_make_row(rng, month, _PRODUCTS[index].income, credit=sum(amounts), balance=balance)]
    for day, amount in zip(days, amounts, strict=True):
        balance -= amount
        rows.append(_make_row(rng, month.replace(day=day), rng.choice(_SHOPS), debit=amount, balance=balance))
    return tuple(rows)


def _make_row(
    rng: random.Random,
    day: date,
    description: str,
    *,
    balance: int,
    debit: int | None = None,
    credit: int | None = None,
) -> dict[str, Any]:
    return {
        "Date": day.isoformat(),
        "Code": None,
        "Description": description,
        "Debit": None if debit is None else debit / 100,
        "Credit": None if credit is None else credit / 100,
        "Balance": balance / 100,
        "Id": _make_id(rng),
    }


def _make_id(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _seeded(*parts: object) -> random.Random:
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - sample data
