"""The data that sessions read, in an S3 bucket."""

import gzip
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.config import Config

from reconnect.adapters.aws_failures import AWS_FAILURES, name_of
from reconnect.model.errors import ResultNotErased, ResultNotStored

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# By default the SDK signs URLs for S3's global host, whose redirect to the bucket's region breaks the signature; in the
# oldest region it signs in a form that newer regions reject.
S3_CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})

# 3.8 MB of transactions become 0.8 MB in 45 ms; level 9 takes twice as long for 4 % less.
_GZIP_LEVEL = 6


class S3Results:
    """The port `Results`: one compressed object per document, byte for byte as Flinks sent it."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        """Store the object in one request: S3 stores all of it or nothing, and checks its integrity."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=_key(session_id, result_id),
                Body=gzip.compress(document, _GZIP_LEVEL, mtime=0),
                ContentType="application/json",
                ContentEncoding="gzip",
            )
        except AWS_FAILURES as refusal:
            raise ResultNotStored(f"PutObject: {name_of(refusal)}") from None

    def address(self, session_id: str, result_id: str, lifetime: timedelta) -> str:
        """Make a URL that is signed with the function's own credentials."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": _key(session_id, result_id)},
            ExpiresIn=int(lifetime.total_seconds()),
        )

    def discard(self, session_id: str, result_id: str) -> None:
        """Delete one object."""
        self._delete(_key(session_id, result_id))

    def erase(self, session_id: str) -> int:
        """Delete all objects of the session, including those that its record does not refer to."""
        keys = self._keys(_folder(session_id))
        for key in keys:
            self._delete(key)
        return len(keys)

    def _keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        try:
            return [item["Key"] for page in pages for item in page.get("Contents", ())]
        except AWS_FAILURES as refusal:
            raise ResultNotErased(f"ListObjectsV2: {name_of(refusal)}") from None

    def _delete(self, key: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        except AWS_FAILURES as refusal:
            raise ResultNotErased(f"DeleteObject: {name_of(refusal)}") from None


def _folder(session_id: str) -> str:
    return f"results/{session_id}/"


def _key(session_id: str, result_id: str) -> str:
    """The key has no LoginId, on purpose; and a session id alone does not reveal it."""
    return f"{_folder(session_id)}{result_id}.json.gz"
