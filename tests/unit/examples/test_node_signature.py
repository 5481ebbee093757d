"""The Node example's signature is the one that AWS' own library makes."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from unittest import mock
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.architecture.modules import ROOT

_NODE = shutil.which("node")
_SIGN = """
import { sign } from "./sigv4.js";
const requests = JSON.parse(process.argv[1]);
const now = new Date("2026-03-14T09:26:53Z");
console.log(JSON.stringify(requests.map((request) => sign({ ...request, now }).authorization)));
"""

_words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
# As encodeURIComponent and its Python counterpart put a part into a path.
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_parts = _texts.filter(lambda text: text not in {"", ".", ".."}).map(lambda text: quote(text, safe=""))
_headers = st.fixed_dictionaries({"idempotency-key": _words, "content-type": st.just("text/plain")})
_requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "DELETE"]),
        "url": st.lists(_parts, max_size=3).map(lambda parts: "https://api.example/" + "/".join(parts)),
        "body": _texts,
        "headers": st.just({})
        | st.fixed_dictionaries({"idempotency-key": _words, "content-type": st.just("text/plain")}),
        "service": st.sampled_from(["execute-api", "sqs"]),
        "region": st.sampled_from(["ca-central-1", "us-east-1"]),
        "credentials": st.fixed_dictionaries(
            {"accessKeyId": st.just("AKIAEXAMPLE"), "secretAccessKey": _words}, optional={"sessionToken": _words}
        ),
    }
)


@pytest.mark.skipif(_NODE is None, reason="there is no node on this machine")
# Each example is a process with some thirty requests.
@settings(max_examples=4, phases=[Phase.generate])
@given(requests=st.lists(_requests, min_size=20, max_size=40))
def test_the_node_example_signs_as_aws_library_does(requests: list[dict[str, object]]) -> None:
    ran = subprocess.run(
        [_NODE or "", "--input-type=module", "-e", _SIGN, json.dumps(requests)],
        cwd=ROOT / "examples" / "node",
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stdout) == [_signed_by_botocore(**request) for request in requests]  # type: ignore[arg-type]


def _signed_by_botocore(
    method: str, url: str, body: str, headers: dict[str, str], service: str, region: str, credentials: dict[str, str]
) -> str:
    request = AWSRequest(method, url, data=body.encode(), headers=headers)
    keys = Credentials(credentials["accessKeyId"], credentials["secretAccessKey"], credentials.get("sessionToken"))
    now = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        SigV4Auth(keys, service, region).add_auth(request)
    return str(request.headers["Authorization"])
