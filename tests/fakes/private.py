"""Unreadable replies of Flinks as they could come, with what a bank knows about a person anywhere in them."""

import json
import re

from hypothesis import strategies as st

_NAMES = ["Jeanne Tremblay", "O'Connor", "Nguyễn Văn An", "JEAN-FRANÇOIS LÉVESQUE", "jane@example.com"]
_digits = st.text("0123456789", min_size=1, max_size=12)
_groups = st.lists(st.text("0123456789", min_size=2, max_size=4), min_size=2, max_size=4)

# Balances, account and phone numbers, codes, dates of birth, names, ids: with and without what stands around them.
PRIVATE_TEXTS = st.one_of(
    _digits,
    _groups.map(" ".join),
    _groups.map("-".join),
    _groups.map(".".join),
    st.builds("({}) {}-{}".format, *[st.text("0123456789", min_size=3, max_size=4)] * 3),
    st.decimals(0, 10**7, places=2).map("${:,}".format),
    st.decimals(-(10**4), 10**4, places=2).map(str),
    st.dates().map(str),
    st.uuids().map(str),
    st.sampled_from(_NAMES),
    st.builds("Your code is {}. Account ***{}".format, _digits, _digits),
)
PLACES = [
    '{{"Accounts":[{{"Balance":{{"Available":{0},"Current":{0}}},"Title":"{0}","AccountNumber":"{0}"',
    '{{"HttpStatusCode":203,"SecurityChallenges":[{{"Prompt":"{0}"',
    "<html><head><title>502 Bad Gateway</title></head><body>{0}<hr>nginx/{0}</body></html>",
    '{{"{0}": 1, "Login": {{"{0}"',
    "{0}",
    "Error={0};RequestId={0},",
    "token={0}&page:{0}",
]
PRIVATE_BODIES = st.builds(
    lambda place, value: place.format(value).encode(), st.sampled_from(PLACES), PRIVATE_TEXTS
).filter(lambda body: not _is_json(body))


def quoted(private: str, text: str) -> list[str]:
    """Return the numbers, ids and names of a private text that stand in a text."""
    pieces = re.findall(r"\d+", private) + [name for name in _NAMES if name in private]
    return [piece for piece in pieces if piece in text]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
