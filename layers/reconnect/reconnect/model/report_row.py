"""The report of a batch: its rows, one for each login, the forms in which it is kept, and where they are."""

from datetime import datetime
from enum import StrEnum

from reconnect.model.frozen import frozen


class ReportFormat(StrEnum):
    """The forms of a report, in the order in which they are stored: a report is there once its last form is."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON_LINES = "jsonl"


@frozen(kw_only=True)
class ReportRow:
    """What became of one login; it names no login and nobody. The fields are the columns of the tables, in order.

    `correlation_id`: the caller's own reference. `ending`: SUCCEEDED, a failure's code, or why nothing was started.
    `owner`: who acts next. `asked`: the user was asked. `data_as_of`: the age of the data, in UTC, to the millisecond.
    """

    correlation_id: str | None
    institution_id: int | None
    institution_name: str | None
    state: str
    ending: str
    owner: str
    status: str | None
    asked: bool
    data_as_of: datetime | None
    session_id: str | None


def report_key(batch_id: str, report_format: ReportFormat) -> str:
    """The key of a form of a batch's report. Query engines read a folder as one table, so Parquet has its own folder,
    with a partition for each batch.
    """
    if report_format is ReportFormat.PARQUET:
        return f"batches/reports/batch_id={batch_id}/report.parquet"
    return f"batches/{batch_id}/report.{report_format}"
