"""Results in S3: what is stored, and the errors of an unavailable bucket."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from reconnect.adapters.s3_results import S3_CONFIG, S3Results
from reconnect.model.errors import ResultNotErased, ResultNotStored
from tests.fakes.builders import DOCUMENT, RESULT_ID, SESSION_ID
from tests.unit.adapters.conftest import StubbedClient, stubbed

KEY = f"results/{SESSION_ID}/{RESULT_ID}.json.gz"


@pytest.fixture
def bucket() -> Iterator[StubbedClient]:
    yield from stubbed("s3", S3_CONFIG)


def keep(bucket: StubbedClient) -> None:
    S3Results(bucket.client, "a-bucket").keep(SESSION_ID, RESULT_ID, DOCUMENT)


def test_a_document_is_stored_compressed_in_one_request(bucket: StubbedClient) -> None:
    bucket.add_response(
        "put_object",
        {},
        {
            "Bucket": "a-bucket",
            "Key": KEY,
            "Body": gzip.compress(DOCUMENT, 6, mtime=0),
            "ContentType": "application/json",
            "ContentEncoding": "gzip",
        },
    )

    keep(bucket)


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "NoSuchBucket", "InternalError"])
def test_a_refusal_of_the_bucket_is_reported_without_its_message(bucket: StubbedClient, code: str) -> None:
    bucket.add_client_error("put_object", code, service_message=f"about {KEY}")

    with pytest.raises(ResultNotStored, match=code) as refused:
        keep(bucket)

    assert RESULT_ID not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_bucket_that_times_out_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("s3")

    def time_out(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url=f"https://a-bucket/{KEY}")

    monkeypatch.setattr(client, "put_object", time_out)

    with pytest.raises(ResultNotStored, match="ConnectTimeoutError") as lost:
        S3Results(client, "a-bucket").keep(SESSION_ID, RESULT_ID, DOCUMENT)

    assert RESULT_ID not in str(lost.value)


def erase(bucket: StubbedClient) -> int:
    return S3Results(bucket.client, "a-bucket").erase(SESSION_ID)


def list_objects(bucket: StubbedClient, *keys: str, more: str | None = None, after: str | None = None) -> None:
    """One page of the keys under the session's prefix."""
    bucket.add_response(
        "list_objects_v2",
        {
            "IsTruncated": bool(more),
            **({"NextContinuationToken": more} if more else {}),
            **({"Contents": [{"Key": key} for key in keys]} if keys else {}),
        },
        {
            "Bucket": "a-bucket",
            "Prefix": f"results/{SESSION_ID}/",
            **({"ContinuationToken": after} if after else {}),
        },
    )


def delete(bucket: StubbedClient, key: str) -> None:
    bucket.add_response("delete_object", {}, {"Bucket": "a-bucket", "Key": key})


def test_all_results_of_a_session_are_deleted_over_several_pages(bucket: StubbedClient) -> None:
    list_objects(bucket, "one", "two", more="a-page")
    list_objects(bucket, "three", after="a-page")
    for key in ("one", "two", "three"):
        delete(bucket, key)

    assert erase(bucket) == 3


def test_without_results_nothing_is_deleted(bucket: StubbedClient) -> None:
    list_objects(bucket)

    assert erase(bucket) == 0


@pytest.mark.parametrize("call", ["list_objects_v2", "delete_object"])
def test_a_refused_deletion_is_reported_without_its_message(bucket: StubbedClient, call: str) -> None:
    if call == "delete_object":
        list_objects(bucket, KEY)
    bucket.add_client_error(call, "AccessDenied", service_message=f"about {KEY}")

    with pytest.raises(ResultNotErased, match="AccessDenied") as refused:
        erase(bucket)

    assert RESULT_ID not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("region", ["ca-central-1", "us-east-1"])
def test_an_address_names_the_region_that_it_is_signed_for(region: str) -> None:
    client = boto3.client("s3", region_name=region, config=S3_CONFIG)

    address = urlsplit(S3Results(client, "a-bucket").address(SESSION_ID, RESULT_ID, timedelta(minutes=5)))

    signed = parse_qs(address.query)
    assert address.netloc in {f"a-bucket.s3.{region}.amazonaws.com", "a-bucket.s3.amazonaws.com"}
    assert (region in address.netloc) == (region != "us-east-1"), "the oldest region's host is the global one"
    assert (address.scheme, address.path) == ("https", f"/{KEY}")
    assert (signed["X-Amz-Algorithm"], signed["X-Amz-Expires"]) == (["AWS4-HMAC-SHA256"], ["300"])
