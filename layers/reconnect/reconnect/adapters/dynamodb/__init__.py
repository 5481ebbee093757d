"""The ports `Sessions`, `Logins` and `Claims`, in one table."""
