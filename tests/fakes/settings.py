"""The deployer's settings in tests: the template's defaults, except where a test must be quick."""

from dataclasses import replace
from typing import Any

from reconnect.runtime.settings import Settings

ENVIRONMENT = {
    "TABLE_NAME": "a-table",
    "LINK_LIFETIME_HOURS": "168",
    "FLINKS_API_BASE_URL": "https://flinks.test",
    "FLINKS_CUSTOMER_ID": "a-customer",
    "FLINKS_AUTHORIZE_MODE": "async",
    "FLINKS_STATUS_CALL": "post",
    "FLINKS_STATUS_TOKEN": "false",
    "FLINKS_DATA_POLL": "get",
    "FLINKS_TIMEOUT_SECONDS": "20",
    "FLINKS_LONG_TIMEOUT_SECONDS": "215",
    "FLINKS_REQUESTS_PER_SECOND": "0",
    "ATTENDED_SHARE_PERCENT": "20",
    "DISABLED_INSTITUTION_STATUSES": "Disabled",
    "POLL_INTERVAL_SECONDS": "2",
    "START_WINDOW_SECONDS": "8",
    "POLL_WINDOW_SECONDS": "25",
    "BACKSTOP_INTERVAL_SECONDS": "15",
    "PAGE_POLL_SECONDS": "3",
    "UNATTENDED_INTERVAL_SECONDS": "40",
    "TRY_LATER_SECONDS": "60",
    "FETCH_INTERVAL_SECONDS": "10",
    "ATTEMPT_LIFETIME_SECONDS": "480",
    "CLOCK_SKEW_SECONDS": "60",
    "FLINKS_CONNECT_BASE_URL": "https://connect.test",
    "FLINKS_CONNECT_PATH": "/v2/",
    "FLINKS_CONNECT_DEMO": "true",
    "FLINKS_CONNECT_SANDBOX": "true",
    "FLINKS_FRAME_REDIRECT": "false",
    "PUBLIC_BASE_URL": "https://api.test",
    "LINK_FORM": "long",
    "COOLDOWN_SECONDS": "60",
    "LOCKOUT_GUARD_FAILURES": "3",
    "LOCKOUT_GUARD_SECONDS": "3600",
    "LINK_ATTEMPTS_PER_DAY": "12",
    "REMINDER_HOURS": "24,72",
    "QUIET_HOURS": "21-8",
    "TIME_ZONE": "America/Toronto",
    "CONTACT_INTERVAL_DAYS": "7",
    "COMPLETENESS_POLLS": "6",
    "RESULT_RETENTION_DAYS": "30",
    "SESSION_RETENTION_DAYS": "400",
    "SWEEP_BUDGET_SECONDS": "50",
    "BATCH_TICK_SECONDS": "5",
}


def a_settings(**changes: Any) -> Settings:
    """These settings, with changes."""
    return replace(Settings.from_env(ENVIRONMENT), **changes)
