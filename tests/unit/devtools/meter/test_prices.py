"""From amounts to dollars."""

from dataclasses import fields

import pytest

from devtools.meter.prices import PRICES, Price, cost_of
from devtools.meter.usage import Usage


def test_a_thousand_transitions_cost_two_and_a_half_cents() -> None:
    costs = {cost.name: cost.dollars for cost in cost_of(Usage(transitions=1000))}

    assert costs["state transitions"] == pytest.approx(0.025)
    assert sum(costs.values()) == pytest.approx(0.025)


def test_a_write_in_an_index_costs_what_a_write_in_the_table_costs() -> None:
    both = cost_of(Usage(write_units=2, index_units=3))

    assert sum(cost.dollars for cost in both) == pytest.approx(5 * 0.625e-6)


@pytest.mark.parametrize("name", [each.name for each in fields(Usage)])
def test_every_counted_amount_has_a_price(name: str) -> None:
    assert sum(cost.dollars for cost in cost_of(Usage(**{name: 1}))) > 0


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.name)
def test_every_price_names_its_source(price: Price) -> None:
    assert "Pricing" in price.page


def test_the_difference_of_two_readings_is_shared_among_sessions() -> None:
    before, after = Usage(transitions=10, events=1), Usage(transitions=40, events=7)

    assert (after - before) / 3 == Usage(transitions=10, events=2)
