"""Prints the figures that the command line names, or all of them."""

import argparse
import inspect
from collections.abc import Callable, Iterator

from devtools.bench import admission, answer, challenge, cold, cost, load, many_rows, redirect, result, simulator, sweep

FIGURES: dict[str, Callable[[], Iterator[str]]] = {
    "simulator": simulator.measure,
    "challenge": challenge.measure,
    "answer": answer.measure,
    "redirect": redirect.measure,
    "load": load.measure,
    "result": result.measure,
    "cost": cost.measure,
    "sweep": sweep.measure,
    "cold": cold.measure,
    "admission": admission.measure,
    "rows": many_rows.measure,
}


def main() -> None:
    """Measure, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.bench",
        description="Measure the service as deployed on the local engine, with the simulator.",
        epilog="\n".join(f"  {name:10} {_first_line(measure)}" for name, measure in FIGURES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("figure", nargs="*", metavar="FIGURE", help="one or more of the names below; all by default")
    names = parser.parse_args().figure or list(FIGURES)
    if unknown := [name for name in names if name not in FIGURES]:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for name in names:
        for line in FIGURES[name]():
            print(f"{name}: {line}", flush=True)


def _first_line(measure: Callable[[], Iterator[str]]) -> str:
    return (inspect.getdoc(measure) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
