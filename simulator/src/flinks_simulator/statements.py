"""Bank statements: one small PDF per account and month, in the format of GetStatements [T node-flinks]."""

import base64
from datetime import date, timedelta
from functools import lru_cache
from hashlib import md5
from typing import Any

from flinks_simulator.data import INSTITUTION_NUMBER

Record = dict[str, Any]
# What fits on the one page; a login with very many transactions has more than its statements show.
_LINES_PER_STATEMENT = 40


def make_statements(accounts: list[Record], as_of: date, months: int) -> list[Record]:
    """Make each account's statements for the last full months, newest first."""
    periods = _list_full_months(as_of, months)
    return [
        {
            "AccountNumber": account["AccountNumber"],
            "Statements": [_make_statement(account, month) for month in periods],
        }
        for account in accounts
    ]


def _make_statement(account: Record, month: str) -> Record:
    rows = [row for row in account["Transactions"] if row["Date"].startswith(month)]
    lines = [f"{account['Title']}  {INSTITUTION_NUMBER}-{account['TransitNumber']}-{account['AccountNumber']}", month]
    lines += [f"{row['Date']}  {row['Description']}  {_sign(row):.2f}  {row['Balance']:.2f}" for row in rows[::-1]]
    return {
        "UniqueId": md5(f"{account['Id']}/{month}".encode(), usedforsecurity=False).hexdigest().upper(),
        "FileType": "PDF",
        "Base64Bytes": base64.b64encode(make_pdf(tuple(lines[:_LINES_PER_STATEMENT]))).decode(),
    }


def _sign(row: Record) -> float:
    amount: float = row["Credit"] if row["Debit"] is None else -row["Debit"]
    return amount


def _list_full_months(as_of: date, months: int) -> list[str]:
    periods = []
    last_day = as_of.replace(day=1) - timedelta(days=1)
    for _ in range(months):
        periods.append(last_day.strftime("%Y-%m"))
        last_day = last_day.replace(day=1) - timedelta(days=1)
    return periods


@lru_cache(maxsize=512)
def make_pdf(lines: tuple[str, ...]) -> bytes:
    """Write lines of text as a one-page PDF that any viewer opens."""
    shown = " ".join(f"({_escape(line)}) Tj T*" for line in lines)
    content = f"BT /F1 9 Tf 40 800 Td 18 TL {shown} ET".encode("cp1252", errors="replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    pdf = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, entries)
    return pdf + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(pdf))


def _escape(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
