"""moto's expressions: values are passed beside them, and no value changes what is evaluated."""

from typing import Any

import pytest

from devtools.engine.jsonata_bridge import declare_variables, evaluate


def evaluated(expression: str, **variables: Any) -> Any:
    """Evaluate as moto does: the values of each kind of variable, then the expression, in brackets."""
    states = {"$states": variables.pop("states", {})}
    own = {f"${name}": value for name, value in variables.items()}
    return evaluate(f"({declare_variables(states)}{declare_variables(own)}{expression})")


@pytest.mark.parametrize("text", ["*/ 1 + 1", "/*", 'a "quoted" \\ text', "Montréal 😀", "line\nbreak", "\x01"])
def test_any_text_is_returned_unchanged(text: str) -> None:
    assert evaluated("$text", text=text) == text


def test_null_is_a_value_and_a_missing_field_is_none() -> None:
    found = evaluated("[$exists($states.input.here), $exists($states.input.gone)]", states={"input": {"here": None}})

    assert found == [True, False]


def test_a_list_of_one_stays_a_list() -> None:
    assert evaluated("{'list': $states.input.list}", states={"input": {"list": [1]}}) == {"list": [1]}


def test_an_expression_uses_the_values_of_each_execution() -> None:
    assert [evaluated("$polls + 1", polls=polls) for polls in (0, 5)] == [1, 6]


def test_the_time_is_that_of_each_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(1, 100))
    monkeypatch.setattr("jsonata.timebox.Timebox.current_milli_time", lambda: next(times))

    first, second = evaluated("$millis()"), evaluated("$millis()")

    assert first < second
