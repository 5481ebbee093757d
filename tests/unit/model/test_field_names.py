"""A file's column means a field of a request, however it is spelled."""

from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.field_names import field_of
from reconnect_client.types import OpenRequest

FIELDS = sorted(OpenRequest.__annotations__)


@given(field=st.sampled_from(FIELDS), between=st.text("_- ", max_size=3), is_upper=st.booleans())
def test_a_field_of_a_request_is_found_in_any_spelling(field: str, between: str, *, is_upper: bool) -> None:
    spelled = "".join(f"{between if letter.isupper() else ''}{letter}" for letter in field)

    assert field_of(spelled.upper() if is_upper else spelled.lower()) == field
    assert field_of(f"{spelled}x") is None
