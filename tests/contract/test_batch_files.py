"""The contract of the objects of batches: one version is read to its end, in pieces, and a report is read back."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from devtools.engine import LocalEngine
from reconnect.adapters.s3_batch_files import S3BatchFiles
from reconnect.model.batch_errors import SourceChanged, SourceMissing
from reconnect.model.report_row import ReportFormat, report_key
from reconnect.ports import BatchFiles
from tests.fakes.batches import FakeBatchFiles

KEY = "batches/tonight.jsonl"

Put = Callable[[bytes], None]


@pytest.fixture(params=["fake", pytest.param("s3", marks=pytest.mark.engine)])
def files(request: pytest.FixtureRequest) -> BatchFiles:
    if request.param == "fake":
        return FakeBatchFiles()
    engine: LocalEngine = request.getfixturevalue("engine")
    return S3BatchFiles(engine.client("s3"), request.getfixturevalue("bucket"))


@pytest.fixture
def put(files: BatchFiles) -> Put:
    """Write the object, as another system does."""

    def write(data: bytes) -> None:
        if isinstance(files, FakeBatchFiles):
            files.objects[KEY] = (data, f"version {len(data)}")
        else:
            held: Any = files
            held._client.put_object(Bucket=held._bucket, Key=KEY, Body=data)

    return write


@pytest.mark.parametrize("data", [b"", b"a line", b"0123456789", b"0123456789ABC"])
def test_an_object_is_read_to_its_end_in_pieces(files: BatchFiles, put: Put, data: bytes) -> None:
    put(data)
    read, etag, is_last = b"", "", False

    while not is_last:
        piece = files.read(KEY, etag, len(read), 5)
        read, etag, is_last = read + piece.data, piece.etag, piece.is_last

    assert read == data


def test_an_object_that_was_replaced_is_not_read_on(files: BatchFiles, put: Put) -> None:
    put(b"one list")
    first = files.read(KEY, "", 0, 3)
    put(b"another list")

    with pytest.raises(SourceChanged):
        files.read(KEY, first.etag, 3, 3)


def test_a_missing_object_is_missing(files: BatchFiles) -> None:
    with pytest.raises(SourceMissing):
        files.read(KEY, "", 0, 3)


@pytest.mark.engine
@pytest.mark.parametrize("report_format", [*ReportFormat])
def test_whoever_has_the_address_of_a_report_reads_its_text(
    engine: LocalEngine, bucket: str, report_format: ReportFormat
) -> None:
    files, key = S3BatchFiles(engine.client("s3"), bucket), report_key("b", report_format)
    is_text = report_format is not ReportFormat.PARQUET
    files.keep_report(key, gzip.compress(b"a row\n") if is_text else b"PAR1")

    answer = requests.get(files.report_address(key, timedelta(minutes=5)), timeout=30)

    assert answer.content == (b"a row\n" if is_text else b"PAR1")
