"""The objects of batches in the bucket of results: the lists that they are read from, and their reports."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.batch_errors import SourceChanged, SourceMissing, SourceUnavailable
from reconnect.model.errors import ResultNotStored
from reconnect.model.report_row import ReportFormat
from reconnect.ports.batches import Piece

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# To whom may not list the bucket, S3 says that access to a missing object is denied.
_MISSING = {"NoSuchKey", "AccessDenied"}
_CHANGED = "PreconditionFailed"
_BEHIND_THE_END = "InvalidRange"
_DESCRIBED: dict[ReportFormat, Any] = {
    ReportFormat.PARQUET: {"ContentType": "application/vnd.apache.parquet"},
    ReportFormat.CSV: {"ContentType": "text/csv; charset=utf-8", "ContentEncoding": "gzip"},
    ReportFormat.JSON_LINES: {"ContentType": "application/x-ndjson", "ContentEncoding": "gzip"},
}


class S3BatchFiles:
    """The port `BatchFiles`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def read(self, key: str, etag: str, offset: int, size: int) -> Piece:
        """Read a range of one version of the object."""
        version: Any = {"IfMatch": etag} if etag else {}
        span = f"bytes={offset}-{offset + size - 1}"
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=span, **version)
            data = answer["Body"].read()
        except AWS_FAILURES as refusal:
            if name_of(refusal) == _BEHIND_THE_END:
                # An empty object has no range.
                return Piece(b"", etag, is_last=True)
            raise _error_of(name_of(refusal)) from None
        length = int(answer["ContentRange"].rpartition("/")[2])
        return Piece(data, answer["ETag"], is_last=offset + len(data) >= length)

    def keep_report(self, key: str, document: bytes) -> None:
        """Store the document in one request: S3 stores all of it or nothing. Texts are compressed already."""
        described = _DESCRIBED[ReportFormat(key.rpartition(".")[2])]
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=document, **described)
        except AWS_FAILURES as refusal:
            raise ResultNotStored(f"PutObject: {name_of(refusal)}") from None

    def report_address(self, key: str, lifetime: timedelta) -> str:
        """Make a URL that is signed with the function's own credentials."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=int(lifetime.total_seconds()),
        )


def _error_of(code: str) -> Exception:
    if code in _MISSING:
        return SourceMissing(f"GetObject: {code}")
    return SourceChanged("GetObject") if code == _CHANGED else SourceUnavailable(f"GetObject: {code}")
