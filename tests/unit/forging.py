"""Forged, replayed and cross-used links, redirect states and webhooks, sent to the real handlers over fakes."""

import base64
import hashlib
import hmac
import importlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

from devtools.figures import Comparison, Figure
from reconnect.model.link_forms import LinkForm, pack, unpack
from reconnect.model.session import Status
from reconnect.model.signing import Link, RedirectState, mac
from reconnect.runtime import observability
from reconnect.runtime.aws import install
from reconnect.runtime.service import Service
from tests.fakes.builders import LOGIN_ID, SESSION_ID, SIGNING_KEY, WEBHOOK_SECRET, a_session
from tests.fakes.lambda_runtime import Context, event
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

FORGERIES = 10_000
_REFUSED = {"connect_page": {404}, "redirect_webhook": {400}, "flinks_webhook": {401}}
_LINK_CASES = tuple(f"connect_page/{name}" for name in ("page", "head", "status", "attempts", "events"))
_STATE_CASE, _WEBHOOK_CASE = "redirect_webhook/from_connect", "flinks_webhook/from_flinks"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ANY = _BASE64 + ".~ =%/\\\0\n\u200bé\u0430"
# Longer ago than late evidence is accepted.
_LONG_AGO = timedelta(hours=3)
_HALF = 0.5
_NEW_KEY, _NEWEST_KEY = b"the key after the first rotation", b"the key after the second rotation"
_NEW_SECRET, _NEWEST_SECRET = b"another webhook secret", b"the newest webhook secret"


@dataclass(frozen=True)
class Forgery:
    """A request that must be refused, and in which way it is none of ours."""

    kind: str
    function: str
    event: dict[str, Any]


class Phase:
    """A service at one point of a rotation: its ports, the keys in force, and the keys that are out of force."""

    def __init__(self, name: str, rotations: int = 0) -> None:
        self.name, self.ports = name, FakePorts()
        self.keys, self.secrets = [SIGNING_KEY], [WEBHOOK_SECRET.encode()]
        self.retired: list[bytes] = [b"never in force"]
        for key, secret in ((_NEW_KEY, _NEW_SECRET), (_NEWEST_KEY, _NEWEST_SECRET))[:rotations]:
            signing_keys: Any = vars(self.ports)["signing_keys"]
            webhook_keys: Any = vars(self.ports)["webhook_keys"]
            signing_keys.rotate(key)
            webhook_keys.rotate(secret)
            self.retired += [*self.keys[1:], *self.secrets[1:]]
            self.keys, self.secrets = [key, self.keys[0]], [secret, self.secrets[0]]
        self.ask()
        self.service = Service(self.ports, a_settings())
        self.end = a_session().link_expires_at

    def ask(self) -> None:
        """Let the session wait for its user, so that any evidence would have an effect."""
        self.ports.sessions.with_session(a_session(Status.AWAITING_USER))

    def effects(self) -> tuple[int, int, int]:
        """How much was written, woken and asked of Flinks so far."""
        return len(self.ports.sessions.saves), len(self.ports.workflow.woken), len(self.ports.flinks.calls)

    def link(self, key: bytes, session_id: str = SESSION_ID, **shift: int) -> str:
        return Link(session_id, self.end + timedelta(**shift)).sign(key)

    def short_link(self, key: bytes, session_id: str = SESSION_ID, **shift: int) -> str:
        return Link(session_id, self.end + timedelta(**shift)).sign(key, LinkForm.SHORT)

    def state(self, key: bytes, session_id: str = SESSION_ID, attempt: int = 1, **shift: int) -> str:
        return RedirectState(session_id, attempt, self.end + timedelta(**shift)).sign(key)


def phases() -> list[Phase]:
    """Before, during and after a rotation, as far as keys can be rotated."""
    if "signing_keys" not in FakePorts.__dataclass_fields__:
        return [Phase("at rest")]
    return [Phase("at rest"), Phase("during a rotation", 1), Phase("after the next rotation", 2)]


def forge(phase: Phase, number: int, chance: random.Random) -> Iterator[Forgery]:
    """Yield so many requests that none of the keys in force signed as they are."""
    makers: list[Callable[[Phase, random.Random], Forgery | None]] = [
        *(_make_link_or_state(make) for make in (_changed, _cut, _padded, _spliced, _other_claims, _other_key, _gone)),
        *(_make_link_or_state(make) for make in (_made_up, _other_purpose, _same_bits, _other_case)),
        _webhook,
        _webhook,
    ]
    while number:
        if forgery := chance.choice(makers)(phase, chance):
            yield forgery
            number -= 1


def try_all(number: int = FORGERIES, seed: int = 14) -> tuple[Counter[str], list[Forgery]]:
    """Send so many forgeries to the handlers; return how many there were of each kind, and those that had an effect.

    What is signed must still be accepted, or the forgeries would prove nothing.
    """
    chance, tried, accepted = random.Random(seed), Counter[str](), []  # noqa: S311 - a repeatable choice, no secret
    stages = phases()
    for phase in stages:
        install(phase.service)
        level = observability.logger.log_level
        observability.logger.setLevel("CRITICAL")
        try:
            for case, signed in _genuine(phase):
                reply = _send(case.partition("/")[0], _with_path(case, signed) if signed else event(case))
                assert reply["statusCode"] not in {400, 401, 404}, (phase.name, case)
            phase.ask()
            before = phase.effects()
            for forgery in forge(phase, -(-number // len(stages)), chance):
                tried[f"{phase.name}: {forgery.kind}"] += 1
                reply = _send(forgery.function, forgery.event)
                is_refused = reply["statusCode"] in _REFUSED[forgery.function] or _leads_to_what_we_signed(phase, reply)
                if not is_refused or phase.effects() != before:
                    accepted.append(forgery)
                    before = phase.effects()
        finally:
            install(None)
            observability.logger.setLevel(level)
    return tried, accepted


def figures() -> Iterator[Figure]:
    """Forge ten thousand times."""
    tried, accepted = try_all()
    yield Figure("forged, replayed or cross-used requests accepted", len(accepted), 0, Comparison.EXACTLY)
    yield Figure("forged, replayed or cross-used requests sent", tried.total(), FORGERIES, Comparison.AT_LEAST)


def _send(function: str, request: dict[str, Any]) -> dict[str, Any]:
    handler = importlib.import_module(f"functions.{function}.app").lambda_handler
    with redirect_stdout(StringIO()):
        reply: dict[str, Any] = handler(request, Context())
    return reply


def _leads_to_what_we_signed(phase: Phase, reply: dict[str, Any]) -> bool:
    """Whether a page's address in which a link of ours stood among other characters leads to exactly that link."""
    genuine = {each for key in phase.keys for each in (phase.link(key), phase.short_link(key))}
    prefix, _, link = reply.get("headers", {}).get("Location", "").rpartition("/")
    return reply["statusCode"] == 303 and prefix == "https://api.test/connect" and link in genuine


def _genuine(phase: Phase) -> Iterator[tuple[str, str | None]]:
    for key in phase.keys:
        yield from ((case, phase.link(key)) for case in _LINK_CASES[:3])
        yield from ((case, phase.short_link(key)) for case in _LINK_CASES[:3])
        yield _STATE_CASE, phase.state(key)
    if phase.secrets == [WEBHOOK_SECRET.encode()]:
        yield _WEBHOOK_CASE, None


def _with_path(case: str, text: str) -> dict[str, Any]:
    request = event(case)
    return {**request, "pathParameters": dict.fromkeys(request["pathParameters"], text)}


# Links and states


def _make_link_or_state(
    make: Callable[[Phase, str, random.Random], str | None],
) -> Callable[[Phase, random.Random], Forgery | None]:
    def forgery(phase: Phase, chance: random.Random) -> Forgery | None:
        case = chance.choice([*_LINK_CASES, _STATE_CASE, _STATE_CASE])
        purpose = "redirect" if case == _STATE_CASE else "link"
        text = make(phase, purpose, chance)
        genuine = {each for key in phase.keys for each in (phase.link(key), phase.short_link(key), phase.state(key))}
        if text is None or (text in genuine and make is not _other_purpose):
            return None
        kind = make.__name__.strip("_").replace("_", " ")
        return Forgery(f"{purpose}, {kind}", case.partition("/")[0], _with_path(case, text))

    return forgery


def _good(phase: Phase, purpose: str, chance: random.Random) -> str:
    key = chance.choice(phase.keys)
    return chance.choice([phase.link(key), phase.short_link(key)]) if purpose == "link" else phase.state(key)


def _changed(phase: Phase, purpose: str, chance: random.Random) -> str:
    good = _good(phase, purpose, chance)
    at = chance.randrange(len(good) - 1)
    before, here, after = good[:at], good[at], good[at + 1 :]
    swapped = before + after[0] + here + after[1:]
    return chance.choice([before + chance.choice(_ANY) + after, before + after, before + here * 2 + after, swapped])


def _cut(phase: Phase, purpose: str, chance: random.Random) -> str:
    good = _good(phase, purpose, chance)
    at = chance.randrange(len(good))
    return chance.choice([good[:at], good[at + 1 :]])


def _padded(phase: Phase, purpose: str, chance: random.Random) -> str:
    good = _good(phase, purpose, chance)
    more = "".join(chance.choices(_ANY, k=chance.randint(1, 3)))
    return chance.choice([good + more, more + good])


def _spliced(phase: Phase, _purpose: str, chance: random.Random) -> str:
    """The claims of one with the signature of another, of the same kind or not."""
    texts = [phase.link(phase.keys[0]), phase.link(phase.keys[0], hours=1), phase.state(phase.keys[0])]
    texts += [phase.state(phase.keys[0], attempt=2), phase.link(phase.keys[0], "f" * 32)]
    one, other = chance.sample(texts, 2)
    return f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _other_claims(phase: Phase, purpose: str, chance: random.Random) -> str:
    """A later end, another session or attempt, under the old signature."""
    key = chance.choice(phase.keys)
    if purpose == "link" and chance.random() < _HALF:
        return _other_packed_claims(phase.short_link(key), chance)
    *claims, signature = (phase.link(key) if purpose == "link" else phase.state(key)).split(".")
    at = chance.randrange(len(claims))
    claims[at] = str(int(claims[at], 16) + chance.randint(1, 10**6)) if at else f"{chance.getrandbits(128):032x}"
    return ".".join([*claims, signature])


def _other_packed_claims(short: str, chance: random.Random) -> str:
    session_id, ends_at, signature = unpack(short) or ("", 0, b"")
    if chance.random() < _HALF:
        session_id = f"{chance.getrandbits(128):032x}"
    else:
        ends_at += chance.randint(1, 10**6)
    return pack(session_id, ends_at, signature) or ""


def _other_key(phase: Phase, purpose: str, chance: random.Random) -> str:
    """As we sign, but with a key that is not in force: an earlier one, a part of one, another secret, a guess."""
    key = chance.choice(phase.keys)
    keys = [*phase.retired, *phase.secrets, b"", key[:-1], key + b"\n", key.upper(), chance.randbytes(32)]
    if purpose == "redirect":
        return phase.state(chance.choice(keys))
    return chance.choice([phase.link, phase.short_link])(chance.choice(keys))


def _gone(phase: Phase, purpose: str, chance: random.Random) -> str:
    """Once ours: replayed after its end, or after its session was erased."""
    key = chance.choice(phase.keys)
    past = int((phase.end - phase.ports.clock() + _LONG_AGO).total_seconds()) + chance.randint(0, 10**7)
    erased = f"{chance.getrandbits(128):032x}"
    if purpose == "link":
        write = chance.choice([phase.link, phase.short_link])
        return chance.choice([write(key, seconds=-past), write(key, erased)])
    return chance.choice([phase.state(key, seconds=-past), phase.state(key, erased)])


def _made_up(_phase: Phase, _purpose: str, chance: random.Random) -> str:
    signature = "".join(chance.choices(_BASE64, k=43))
    text = chance.choice(
        ["".join(chance.choices(_ANY, k=chance.randint(0, 90))), "".join(chance.choices(_BASE64[:62], k=49))]
    )
    return chance.choice([text, f"{SESSION_ID}.9999999999.{signature}", f"{SESSION_ID}.1.9999999999.{signature}"])


def _other_purpose(phase: Phase, purpose: str, chance: random.Random) -> str:
    """Signed by us for something else: a link at the redirect, a state at the page, a seal, a bare text."""
    other = _good(phase, "redirect" if purpose == "link" else "link", chance)
    claims = (phase.link if purpose == "link" else phase.state)(chance.choice(phase.keys)).rpartition(".")[0]
    purposes = ["idempotency-key", "request", "webhook", "", f"{purpose}.{purpose}", purpose.upper()]
    return chance.choice([other, f"{claims}.{mac(chance.choice(phase.keys), chance.choice(purposes), claims)}"])


def _same_bits(phase: Phase, purpose: str, chance: random.Random) -> str:
    """Another spelling of the same signature: the last character's two lowest bits encode nothing."""
    key = chance.choice(phase.keys)
    good = phase.link(key) if purpose == "link" else phase.state(key)
    spelled = _BASE64.index(good[-1])
    return good[:-1] + _BASE64[(spelled & ~3) | chance.randint(0, 3)]


def _other_case(phase: Phase, purpose: str, chance: random.Random) -> str:
    good = _good(phase, purpose, chance)
    return chance.choice([good.upper(), good.lower(), good.swapcase()])


# Webhooks


def _webhook(phase: Phase, chance: random.Random) -> Forgery | None:
    raw = json.dumps({"ResponseType": "GetAccountsDetail", "Login": {"Id": LOGIN_ID}, "Tag": SESSION_ID})
    secret = chance.choice(phase.secrets)
    good = hmac.new(secret, raw.encode(), hashlib.sha256).digest()
    kind, body, signature = chance.choice(
        [
            ("another secret", raw, _encoded(_sign(chance.choice([*phase.retired, *phase.keys, b""]), raw))),
            ("another body", raw.replace(LOGIN_ID, LOGIN_ID[::-1]), _encoded(good)),
            ("another spelling of the body", raw + " " * chance.randint(1, 9), _encoded(good)),
            ("a part of the body", raw[: chance.randrange(len(raw))], _encoded(good)),
            ("another digest", raw, _encoded(hmac.new(secret, raw.encode(), "sha1").digest())),
            ("no key", raw, _encoded(hashlib.sha256(raw.encode()).digest())),
            ("as hex", raw, good.hex()),
            ("without padding", raw, _encoded(good).rstrip("=")),
            ("a part of the signature", raw, _encoded(good)[: chance.randrange(40)]),
            ("another case", raw, _encoded(good).swapcase()),
            ("as bytes in text", raw, str(base64.b64encode(good))),
            ("made up", raw, _encoded(chance.randbytes(32))),
            ("a link's signature", raw, mac(phase.keys[0], "link", raw)),
            ("none", raw, ""),
        ]
    )
    if signature == _encoded(_sign(secret, body)):
        return None
    name = chance.choice(["flinks-authenticity-key", "x-flinks-signature"])
    request = {**event(_WEBHOOK_CASE), "headers": {name: signature}, "body": body, "isBase64Encoded": False}
    return Forgery(f"webhook, {kind}", "flinks_webhook", request)


def _sign(secret: bytes, text: str) -> bytes:
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
