"""The security headers of every HTTP reply."""

from typing import Any

# One set for pages, JSON, redirects, errors and empty replies. A page replaces the policy by its own.
_EVERY_REPLY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    # Who opened our page in a window cannot steer it; windows that the bank opens from Connect still work.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    # Our URLs hold links and states.
    "Referrer-Policy": "no-referrer",
    # A year. Without includeSubDomains: the domain is the deployer's.
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


def with_security_headers(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the reply with the headers that it lacks."""
    return {**reply, "headers": {**_EVERY_REPLY, **reply.get("headers", {})}}
