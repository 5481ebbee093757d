"""The part of CloudWatch's metric math that our alarms use, for one data point: None is a point that is missing.

How an operator treats a missing point is documented differently in different places, so only FILL may meet one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

Point = float | None
Points = Mapping[str, Point]
_Node = Callable[[Points], Point]

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]\w*)|(>=|<=|==|!=|[-+*/(),<>]))")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
}


class MathError(Exception):
    """An expression that we cannot read, or that meets a missing point without FILL."""


def evaluate(expression: str, points: Points) -> float:
    """Return the expression's value over one point of each metric."""
    return _present(_parsed(expression), points)


@cache
def _parsed(expression: str) -> _Node:
    parser = _Parser(expression)
    node = parser.any_of()
    parser.expect_end()
    return node


def _present(node: _Node, points: Points) -> float:
    value = node(points)
    if value is None:
        raise MathError("a metric may be missing and is not in FILL")
    return value


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens = [*_tokens(expression), ""]

    def any_of(self) -> _Node:
        node = self._all_of()
        while self._take("OR"):
            node = _two(node, self._all_of(), lambda left, right: float(bool(left) or bool(right)))
        return node

    def _all_of(self) -> _Node:
        node = self._compared()
        while self._take("AND"):
            node = _two(node, self._compared(), lambda left, right: float(bool(left) and bool(right)))
        return node

    def _compared(self) -> _Node:
        left = self._sum()
        if self._tokens[0] not in _COMPARE:
            return left
        compare = _COMPARE[self._tokens.pop(0)]
        return _two(left, self._sum(), lambda one, other: float(compare(one, other)))

    def _sum(self) -> _Node:
        node = self._product()
        while self._tokens[0] in ("+", "-"):
            sign = 1 if self._tokens.pop(0) == "+" else -1
            node = _two(node, self._product(), lambda left, right, sign=sign: left + sign * right)  # type: ignore[misc]
        return node

    def _product(self) -> _Node:
        node = self._operand()
        while self._tokens[0] in ("*", "/"):
            join = _multiply if self._tokens.pop(0) == "*" else _divide
            node = _two(node, self._operand(), join)
        return node

    def _operand(self) -> _Node:
        token = self._tokens.pop(0)
        if token == "(":
            node = self.any_of()
            self._expect(")")
            return node
        if token[:1].isdigit():
            return lambda _: float(token)
        if not token.isidentifier():
            raise MathError(f"{token or 'the end'} is not expected")
        if not self._take("("):
            return lambda points: points[token]
        arguments = [self.any_of()]
        while self._take(","):
            arguments.append(self.any_of())
        self._expect(")")
        return _called(token, arguments)

    def expect_end(self) -> None:
        self._expect("")

    def _take(self, token: str) -> bool:
        if self._tokens[0] != token:
            return False
        self._tokens.pop(0)
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise MathError(f"{token or 'the end'} is expected before {self._tokens[0]}")


def _called(name: str, arguments: list[_Node]) -> _Node:
    match name, arguments:
        case "FILL", [metric, filler]:
            return lambda points: filler(points) if metric(points) is None else metric(points)
        case "IF", [condition, then, otherwise]:
            return lambda points: (then if _present(condition, points) else otherwise)(points)
    raise MathError(f"{name} with {len(arguments)} arguments is not known here")


def _two(left: _Node, right: _Node, join: Callable[[float, float], float]) -> _Node:
    return lambda points: join(_present(left, points), _present(right, points))


def _multiply(left: float, right: float) -> float:
    return left * right


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise MathError("division by zero, which CloudWatch leaves out")
    return left / right


def _tokens(expression: str) -> Iterator[str]:
    at = 0
    while at < len(expression.rstrip()):
        found = _TOKEN.match(expression, at)
        if found is None:
            raise MathError(f"{expression[at:]} is not readable")
        yield found[0].strip()
        at = found.end()
