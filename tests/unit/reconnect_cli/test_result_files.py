"""A result as files: nothing is lost or rounded, and every column has its type."""

import csv
import json
import stat
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from flinks_simulator.data import make_detail, make_summary
from reconnect_cli.result_files import FORMATS, write_files
from reconnect_cli.result_rows import Result
from reconnect_client.results import ResultProblem

TODAY = date(2026, 3, 14)
# These names are stable: programs that load the files rely on them.
ACCOUNT_COLUMNS = [
    "account_id",
    "login_id",
    "institution",
    "title",
    "category",
    "type",
    "account_type",
    "currency",
    "transit_number",
    "institution_number",
    "account_number",
    "last_four_digits",
    "holder_name",
    "holder_email",
    "holder_phone_number",
    "holder_civic_address",
    "holder_city",
    "holder_province",
    "holder_postal_code",
    "holder_po_box",
    "holder_country",
    "balance_current",
    "balance_available",
    "balance_limit",
    "overdraft_limit",
    "last_refresh",
    "as_sent",
]
TRANSACTION_COLUMNS = [
    *("transaction_id", "account_id", "code", "description", "date"),
    *("debit", "credit", "balance", "as_sent"),
]


def a_document(accounts: list[Any], **changes: Any) -> bytes:
    body = {
        "HttpStatusCode": 200,
        "Accounts": accounts,
        "InstitutionName": "FlinksCapital",
        "Login": {"Id": "a-login", "LastRefresh": "2026-03-14T09:26:53.589793"},
        **changes,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def an_account(**changes: Any) -> dict[str, Any]:
    transaction = {"Id": "t", "Date": "2026-03-14", "Debit": 0.1, "Credit": None, "Balance": 12345678901.23}
    return {"Id": "a", "Balance": {"Current": 1.5}, "Transactions": [transaction], **changes}


def tables(document: bytes, folder: Path) -> tuple[Any, Any]:
    accounts, transactions = write_files(document, "parquet", folder)
    return parquet.read_table(accounts), parquet.read_table(transactions)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_in(path: Path) -> list[dict[str, Any]]:
    """Read the rows of either format; an empty cell of CSV is an empty text."""
    if path.suffix == ".csv":
        return [dict(row) for row in rows_of(path)]
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows


DOCUMENT = a_document(make_detail("somebody", TODAY, accounts=5))


def test_json_is_the_document_byte_for_byte(tmp_path: Path) -> None:
    odd = b'{ "accounts" : [ ],\n "x":1.10 }'

    [path] = write_files(odd, "json", tmp_path)

    assert (path.name, path.read_bytes()) == ("result.json", odd)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_result_is_two_tables_named_after_their_content(tmp_path: Path, form: str) -> None:
    paths = write_files(DOCUMENT, form, tmp_path)

    assert [path.name for path in paths] == [f"accounts.{form}", f"transactions.{form}"]
    assert set(FORMATS) == {"json", "csv", "parquet"}


def test_every_account_and_every_transaction_is_a_row_and_the_ids_join_them(tmp_path: Path) -> None:
    made = json.loads(DOCUMENT)["Accounts"]

    accounts, transactions = tables(DOCUMENT, tmp_path)

    assert accounts.column("account_id").to_pylist() == [account["Id"] for account in made]
    assert [(row["account_id"], row["transaction_id"]) for row in transactions.to_pylist()] == [
        (account["Id"], row["Id"]) for account in made for row in account["Transactions"]
    ]


def test_the_columns_keep_their_names_and_types(tmp_path: Path) -> None:
    accounts, transactions = tables(DOCUMENT, tmp_path)

    assert accounts.column_names == ACCOUNT_COLUMNS
    assert transactions.column_names == TRANSACTION_COLUMNS
    money = {name for table in (accounts, transactions) for name in table.column_names if _is(table, name, "decimal")}
    assert money == {
        "balance_current",
        "balance_available",
        "balance_limit",
        "overdraft_limit",
        "debit",
        "credit",
        "balance",
    }
    assert transactions.schema.field("date").type == pa.date32()
    assert accounts.schema.field("last_refresh").type == pa.timestamp("us", tz="UTC")


def test_the_types_are_the_same_in_an_empty_column(tmp_path: Path) -> None:
    full = [table.schema for table in tables(DOCUMENT, tmp_path / "full")]
    bare = [table.schema for table in tables(a_document([{"Id": "a"}]), tmp_path / "bare")]
    none = [table.schema for table in tables(a_document([]), tmp_path / "none")]

    assert full == bare == none


@pytest.mark.parametrize(
    "written",
    ["0.1", "-0.30", "12345678901234567.89", "7", "1e3", "0.0001", "44378.79999999999", "0.30000000000000004"],
)
def test_an_amount_keeps_its_digits_in_both_formats(tmp_path: Path, written: str) -> None:
    document = a_document([an_account()]).replace(b"12345678901.23", written.encode())

    _, transactions = tables(document, tmp_path)
    in_csv = rows_of(write_files(document, "csv", tmp_path)[1])[0]["balance"]

    assert transactions.column("balance").to_pylist() == [Decimal(written)]
    assert Decimal(in_csv) == Decimal(written)
    assert "e" not in in_csv.lower()


@pytest.mark.parametrize("written", ["12.5", "12.50", "-0.30", "0", "0.00", "44378.79999999999"])
def test_csv_shows_an_amount_as_flinks_wrote_it(tmp_path: Path, written: str) -> None:
    document = a_document([an_account()]).replace(b"12345678901.23", written.encode())

    assert rows_of(write_files(document, "csv", tmp_path)[1])[0]["balance"] == written


def test_a_tiny_remainder_of_zero_is_exported(tmp_path: Path) -> None:
    document = a_document([an_account()]).replace(b"12345678901.23", b"1.4210854715202004E-14")

    _, transactions = tables(document, tmp_path)
    in_csv = rows_of(write_files(document, "csv", tmp_path)[1])[0]["balance"]

    assert transactions.column("balance").to_pylist() == [Decimal("0.000000000000014211")]
    assert in_csv == "0.000000000000014210854715202004"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_amount_that_no_column_holds_is_kept_in_as_sent(tmp_path: Path, form: str) -> None:
    path = write_files(a_document([an_account(OverdraftLimit=10**25)]), form, tmp_path)[0]

    [row] = rows_in(path)
    assert row["overdraft_limit"] in (None, "")
    assert row["as_sent"] == '{"OverdraftLimit": 10000000000000000000000000}'


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("changes", "column", "as_sent"),
    [
        ({"Date": None}, "date", None),
        ({"Date": ""}, "date", '{"Date": ""}'),
        ({"Date": "05/01/2026"}, "date", '{"Date": "05/01/2026"}'),
        ({"Debit": "12,50 $"}, "debit", '{"Debit": "12,50 $"}'),
        ({"Debit": {"Amount": 1.50}}, "debit", '{"Debit": {"Amount": 1.5}}'),
        ({"Balance": [1, True, None], "Date": 7}, "balance", '{"Date": 7, "Balance": [1, true, null]}'),
    ],
)
def test_a_value_that_a_typed_column_cannot_hold_is_kept_in_as_sent(
    tmp_path: Path, form: str, changes: dict[str, Any], column: str, as_sent: str | None
) -> None:
    good = {"Id": "t", "Date": "2026-03-14", "Debit": 0.1, "Credit": None, "Balance": 7}
    document = a_document([an_account(Transactions=[good, {**good, **changes}, good])])

    rows = rows_in(write_files(document, form, tmp_path)[1])

    assert [row["transaction_id"] for row in rows] == ["t"] * 3
    assert [row[column] in (None, "") for row in rows] == [False, True, False]
    assert [row["as_sent"] or None for row in rows] == [None, as_sent, None]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_row_that_is_not_an_object_is_kept_in_as_sent(tmp_path: Path, form: str) -> None:
    document = a_document([None, "an account", an_account(Transactions=[None, 7.50, ["t"]])])

    accounts, transactions = (rows_in(path) for path in write_files(document, form, tmp_path))

    assert [row["as_sent"] or None for row in accounts] == ["null", '"an account"', None]
    assert [row["as_sent"] for row in transactions] == ["null", "7.5", '["t"]']


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_invalid_lists_and_an_invalid_login_are_kept_in_as_sent(tmp_path: Path, form: str) -> None:
    document = a_document([an_account(Transactions={"1": {}}, Balance="12.50")], Login={"Id": 7, "LastRefresh": "soon"})

    accounts, transactions = (rows_in(path) for path in write_files(document, form, tmp_path))

    assert transactions == []
    assert [(row["login_id"], row["last_refresh"] or None) for row in accounts] == [("7", None)]
    assert json.loads(accounts[0]["as_sent"]) == {
        "Login.LastRefresh": "soon",
        "Balance": "12.50",
        "Transactions": {"1": {}},
    }


@pytest.mark.parametrize(
    ("institution", "name"),
    [
        ({"Institution": {"Id": 999999999, "Name": "FlinksInvestment"}}, "FlinksInvestment"),
        ({"Institution": {"Id": 999999999, "Rate": 1.50}}, '{"Id": 999999999, "Rate": 1.50}'),
        ({"Institution": 14}, "14"),
        ({"Institution": None}, None),
    ],
)
def test_an_institution_is_its_name_or_its_json(tmp_path: Path, institution: dict[str, Any], name: str | None) -> None:
    document = a_document([an_account()], InstitutionName=None, **institution).replace(b"1.5}", b"1.50}")

    accounts, _ = tables(document, tmp_path)

    assert accounts.column("institution").to_pylist() == [name]


def test_a_structure_in_a_text_column_is_json(tmp_path: Path) -> None:
    document = a_document(
        [an_account(Title={"fr": "Chèques", "open": True, "old": None}, Type=["a", 1], Currency=True)]
    )

    [row] = tables(document, tmp_path)[0].to_pylist()

    assert row["title"] == '{"fr": "Chèques", "open": true, "old": null}'
    assert (row["type"], row["currency"]) == ('["a", 1]', "true")


def test_several_holders_are_all_kept(tmp_path: Path) -> None:
    jane, john = {"Name": "Jane", "Address": {"City": "Montréal"}}, {"Name": "John", "Email": "john@example.com"}
    one, two = an_account(Holder=[jane]), an_account(Holder=[jane, john])

    first, second = tables(a_document([one, two]), tmp_path)[0].to_pylist()

    assert (first["holder_name"], first["holder_city"]) == ("Jane", "Montréal")
    assert (second["holder_name"], second["holder_city"]) == ('["Jane", "John"]', "Montréal")
    assert json.loads(second["as_sent"]) == {"Holder": [jane, john]}


def test_no_structure_is_too_deep_for_a_column(tmp_path: Path) -> None:
    deep = "[" * 900 + "]" * 900
    document = a_document([an_account(Title="DEEP")]).replace(b'"DEEP"', deep.encode())

    assert tables(document, tmp_path)[0].column("title").to_pylist() == [deep]


@pytest.mark.parametrize("document", [b"", b"<html>", b'{"Accounts": ['])
def test_a_document_that_is_not_json_is_reported_with_a_way_to_get_it(tmp_path: Path, document: bytes) -> None:
    with pytest.raises(ResultProblem, match="--format json"):
        write_files(document, "csv", tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("accounts", [None, {"Id": "a"}, "text", 7])
def test_accounts_that_are_not_a_list_give_tables_without_rows(tmp_path: Path, accounts: Any) -> None:
    written = tables(a_document(accounts), tmp_path)

    assert [table.num_rows for table in written] == [0, 0]


def test_a_date_is_a_date_and_a_timestamp_is_in_utc(tmp_path: Path) -> None:
    accounts, transactions = tables(DOCUMENT, tmp_path)

    assert accounts.column("last_refresh").to_pylist()[0] == datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
    assert isinstance(transactions.column("date").to_pylist()[0], date)
    assert rows_of(write_files(DOCUMENT, "csv", tmp_path)[1])[0]["date"] <= "2026-03-14"


def test_french_names_are_kept_in_both_formats(tmp_path: Path) -> None:
    title = 'Épargne "placement", à terme\nsuite'
    document = a_document([an_account(Title=title)])

    accounts, _ = tables(document, tmp_path)
    in_csv = rows_of(write_files(document, "csv", tmp_path)[0])[0]["title"]

    assert accounts.column("title").to_pylist() == [in_csv] == [title]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_half_a_character_costs_only_that_character(tmp_path: Path, form: str) -> None:
    transaction = {"Id": "t", "Date": "2026-03-14", "Description": "HALF", "Debit": 0.1}
    document = a_document([an_account(Transactions=[transaction])]).replace(b"HALF", rb"caf\ud83d \ud83d\ude00")

    path = write_files(document, form, tmp_path)[1]

    read = rows_of(path) if form == "csv" else parquet.read_table(path).to_pylist()
    assert read[0]["description"] == "caf\N{REPLACEMENT CHARACTER} \N{GRINNING FACE}"


def test_csv_quotes_only_texts_even_if_they_are_digits(tmp_path: Path) -> None:
    document = a_document([an_account(TransitNumber="00123", Title='a "b"\r\nc')])

    [_, row] = write_files(document, "csv", tmp_path)[0].read_bytes().split(b"\n", 1)

    assert b'"00123"' in row
    assert b'"a ""b""\r\nc"' in row
    assert row.endswith(b",1.5,,,,2026-03-14 09:26:53.589793Z,\n")


def test_field_names_are_read_in_any_letter_case(tmp_path: Path) -> None:
    def respell(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.swapcase(): respell(inner) for name, inner in value.items()}
        return [respell(inner) for inner in value] if isinstance(value, list) else value

    other = json.dumps(respell(json.loads(DOCUMENT))).encode()

    assert tables(other, tmp_path / "other") == tables(DOCUMENT, tmp_path / "usual")


def test_a_summary_has_accounts_and_a_table_of_no_transactions(tmp_path: Path) -> None:
    accounts, transactions = tables(a_document(make_summary("somebody", TODAY)), tmp_path)

    assert (accounts.num_rows, transactions.num_rows) == (3, 0)


def test_other_users_cannot_read_the_folder(tmp_path: Path) -> None:
    write_files(DOCUMENT, "csv", tmp_path / "a" / "session")

    assert stat.S_IMODE((tmp_path / "a" / "session").stat().st_mode) == 0o700


@pytest.mark.parametrize("form", FORMATS)
def test_other_users_cannot_read_the_files_in_a_shared_folder(tmp_path: Path, form: str) -> None:
    tmp_path.chmod(0o755)

    for path in write_files(DOCUMENT, form, tmp_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_of_an_earlier_result_are_replaced_without_leftovers(tmp_path: Path) -> None:
    for name in ("accounts.csv", "transactions.csv"):
        (tmp_path / name).write_text("earlier, and open to everybody")

    paths = write_files(DOCUMENT, "csv", tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]
    assert not any("earlier" in path.read_text() for path in paths)


def test_a_failed_write_leaves_the_earlier_files_unchanged(tmp_path: Path) -> None:
    (tmp_path / "accounts.parquet").write_text("earlier")

    with pytest.raises(ResultProblem):
        write_files(b"<html>", "parquet", tmp_path)

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("accounts.parquet", "earlier")]


def test_each_account_has_its_transaction_count_for_display() -> None:
    counts = [row["transaction_count"] for row in Result(DOCUMENT).accounts()]

    assert counts == [len(account["Transactions"]) for account in json.loads(DOCUMENT)["Accounts"]]


def _is(table: Any, name: str, kind: str) -> bool:
    return str(table.schema.field(name).type).startswith(kind)


def test_without_pyarrow_parquet_is_refused_before_any_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "reconnect_cli.parquet_files", None)

    with pytest.raises(ResultProblem, match="run `pip install pyarrow`, or choose --format csv or json"):
        write_files(DOCUMENT, "parquet", tmp_path / "folder")

    assert list(tmp_path.iterdir()) == []
    assert write_files(DOCUMENT, "csv", tmp_path)
