"""Each wrong secret has one sentence that names what is wrong, and quotes nothing of it."""

import pytest

from reconnect.model.errors import SecretsUnavailable
from reconnect.model.flinks_secret import FlinksSecret, read_flinks_secret

_HIDDEN = "my-own-key"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the Flinks secret is not JSON"),
        (_HIDDEN, "the Flinks secret is not JSON"),
        (f'{{"secretKey": "{_HIDDEN}"', "the Flinks secret is not JSON"),
        ("[" * 100_000, "the Flinks secret is not JSON"),
        (f'"{_HIDDEN}"', "the Flinks secret is a text; it must be JSON"),
        (f'["{_HIDDEN}"]', "the Flinks secret is a list; it must be JSON"),
        ("null", "the Flinks secret is null; it must be JSON"),
        ("{}", "the Flinks secret has no secretKey"),
        (f'{{"secretkey": "{_HIDDEN}"}}', "the Flinks secret has no secretKey"),
        ('{"secretKey": null}', "the Flinks secret has no secretKey"),
        ('{"secretKey": ""}', "secretKey in the Flinks secret is empty"),
        ('{"secretKey": 12345}', "secretKey in the Flinks secret is a number and must be a text"),
        ('{"secretKey": true}', "secretKey in the Flinks secret is true or false and must be a text"),
        (f'{{"secretKey": ["{_HIDDEN}"]}}', "secretKey in the Flinks secret is a list and must be a text"),
        (f'{{"secretKey": "{_HIDDEN}\\n"}}', "secretKey in the Flinks secret has a blank or line break"),
        (f'{{"secretKey": " {_HIDDEN}"}}', "secretKey in the Flinks secret has a blank or line break"),
        (f'{{"secretKey": "{_HIDDEN}é"}}', "secretKey in the Flinks secret has a blank or line break around it, or a"),
        (f'{{"secretKey": "k", "xApiKey": {{"a": "{_HIDDEN}"}}}}', "xApiKey in the Flinks secret is an object"),
        (f'{{"secretKey": "k", "xApiKey": "{_HIDDEN}\\t"}}', "xApiKey in the Flinks secret has a blank or line break"),
        ('{"secretKey": "k", "webhookSecret": 7}', "webhookSecret in the Flinks secret is a number"),
    ],
)
def test_a_wrong_secret_is_named_and_never_quoted(text: str, said: str) -> None:
    with pytest.raises(SecretsUnavailable) as fault:
        read_flinks_secret(text)

    assert str(fault.value).startswith(said)
    assert _HIDDEN not in str(fault.value)
    assert len(str(fault.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"secretKey": "a"}', FlinksSecret("a")),
        ('{"secretKey": "a", "xApiKey": "", "webhookSecret": null}', FlinksSecret("a")),
        ('{"secretKey": "a", "xApiKey": "b", "webhookSecret": "c d", "other": 1}', FlinksSecret("a", "b", "c d")),
    ],
)
def test_optional_keys_may_be_absent_null_or_empty(text: str, keys: FlinksSecret) -> None:
    assert read_flinks_secret(text) == keys
