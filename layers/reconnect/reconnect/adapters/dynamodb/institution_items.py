"""What is known of a bank, as a map in the items of sessions and logins."""

from collections.abc import Mapping
from typing import Any

from reconnect.adapters.dynamodb.values import without_none
from reconnect.model.institution import Institution


def institution_to_map(institution: Institution | None) -> dict[str, Any] | None:
    """What is known of a bank, as a map."""
    return None if institution is None else without_none({"id": institution.id, "name": institution.name})


def institution_from_map(item: Mapping[str, Any] | None) -> Institution | None:
    """What `institution_to_map` wrote."""
    if item is None:
        return None
    number = item.get("id")
    return Institution(None if number is None else int(number), item.get("name"))
