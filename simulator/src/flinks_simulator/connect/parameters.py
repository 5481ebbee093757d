"""The integrator's parameters for Connect, read from the page's URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

# A URL with one of these schemes would run in the Connect page instead of leaving it.
_UNSAFE_SCHEMES = {"blob", "data", "file", "javascript", "vbscript"}


@dataclass(frozen=True)
class Parameters:
    """The documented parameters that change what Connect does [D WIDGET].

    `resumed_ids` are accounts chosen in an earlier session (resumeSelectedAccounts [D REC-new]), `chosen_ids` those
    chosen on this visit. The sources differ on consentEnable's default; this is the older one, false. innerRedirect
    has no effect, since this Connect always navigates its own frame [I]. FlinksCapital is shown with or without
    demo, since there is no other bank.
    """

    request_id: str
    authorize_token: str | None
    redirect_url: str
    language: str
    tag: str
    stringify: bool
    demo: bool
    js_redirect: bool
    oauth_full_page: bool
    close_enable: bool
    back_enable: bool
    header_enable: bool
    consent_enable: bool
    customer_name: str
    terms_url: str
    selects_accounts: bool
    selects_several: bool
    shows_all_accounts: bool
    resumed_ids: tuple[str, ...]
    chosen_ids: tuple[str, ...]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Read the parameters of a URL; a missing one has its documented default."""

        def flag(name: str, *, default: bool = False) -> bool:
            return query.get(name, str(default)).lower() == "true"

        return cls(
            request_id=query.get("requestId", ""),
            authorize_token=query.get("authorizeToken"),
            redirect_url=_web_or_app_address(query.get("redirectUrl", "")),
            language="fr" if query.get("language", "").lower().startswith("fr") else "en",
            tag=query.get("tag", ""),
            stringify=flag("stringify"),
            demo=flag("demo"),
            js_redirect=flag("jsRedirect"),
            oauth_full_page=flag("oauthWindowRedirect"),
            close_enable=flag("closeEnable"),
            back_enable=flag("backEnable", default=True),
            header_enable=flag("headerEnable", default=True),
            consent_enable=flag("consentEnable"),
            customer_name=query.get("customerName", ""),
            terms_url=_web_or_app_address(query.get("termsUrl", "")),
            selects_accounts=flag("accountSelectorEnable"),
            selects_several=flag("accountSelectorMultiple"),
            shows_all_accounts=flag("showAllAccounts"),
            resumed_ids=_ids(query.get("resumeSelectedAccounts", "")),
            chosen_ids=_ids(query.get("chosenAccounts", "")),
        )


def _web_or_app_address(text: str) -> str:
    """Keep web addresses and deep links into apps [D OAUTH]; drop anything that would run in this page."""
    parts = urlsplit(text)
    return text if parts.netloc and parts.scheme and parts.scheme not in _UNSAFE_SCHEMES else ""


def _ids(text: str) -> tuple[str, ...]:
    """Split a comma-separated list, the form of accountId in the redirect URL [T; for resumeSelectedAccounts I]."""
    return tuple(each.strip() for each in text.split(",") if each.strip())
