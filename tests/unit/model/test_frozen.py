"""`@frozen` makes what a frozen dataclass with slots is, without code that is compiled at import."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any

import pytest

from reconnect.model.frozen import frozen


class _Price:
    """A price in a currency; `note` is about it and no part of it."""

    amount: int
    currency: str = "CAD"
    parts: list[int] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)


def _made_by(decorator: Callable[[type], type]) -> Any:
    copied = {name: vars(_Price)[name] for name in ("__annotations__", "__doc__", "currency")}
    fields = {"parts": field(default_factory=list), "note": field(default="", compare=False, repr=False)}
    return decorator(type("Price", (), {**copied, **fields, "__qualname__": "Price"}))


OURS, STANDARD = _made_by(frozen), _made_by(dataclass(frozen=True, slots=True))


@pytest.mark.parametrize(
    "given",
    [
        ((1,), {}),
        ((1, "USD"), {"note": "n"}),
        ((), {"amount": 1, "parts": [1, 2]}),
        ((), {}),
        ((1,), {"amount": 2}),
        ((1,), {"unknown": 2}),
        ((1, "USD", [], "n", 5), {}),
    ],
)
def test_it_takes_and_refuses_what_a_frozen_dataclass_does(given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    values, named = given

    assert _outcome(lambda: asdict(OURS(*values, **named))) == _outcome(lambda: asdict(STANDARD(*values, **named)))
    assert _outcome(lambda: repr(OURS(*values, **named))) == _outcome(lambda: repr(STANDARD(*values, **named)))


def test_two_are_equal_if_all_that_is_compared_is() -> None:
    assert OURS(1, note="a") == OURS(1, note="b")
    assert OURS(1) != OURS(2)
    assert OURS(1) != STANDARD(1)
    assert hash(OURS(1, parts=(), note="a")) == hash(OURS(1, parts=()))


def test_none_changes_but_a_changed_copy_can_be_made() -> None:
    price = OURS(1)

    assert _outcome(lambda: setattr(price, "amount", 2)) is FrozenInstanceError
    assert _outcome(lambda: delattr(price, "amount")) is FrozenInstanceError
    assert _outcome(lambda: setattr(price, "other", 2)) is FrozenInstanceError
    assert (replace(price, amount=2), price) == (OURS(2), OURS(1))
    assert OURS(1).parts is not OURS(1).parts


def test_a_class_of_named_values_takes_no_others() -> None:
    named_only = _made_by(frozen(kw_only=True))

    assert named_only(amount=1).amount == 1
    assert _outcome(lambda: named_only(1)) is TypeError


def test_a_pattern_finds_its_fields_by_their_places() -> None:
    match OURS(1, "USD"):
        case OURS(amount, "USD"):
            assert amount == 1
        case _:
            pytest.fail("no match")


def _outcome(make: Callable[[], Any]) -> Any:
    """What it returns, or the class of what it raises."""
    try:
        return make()
    except (TypeError, AttributeError) as refusal:
        return type(refusal)
