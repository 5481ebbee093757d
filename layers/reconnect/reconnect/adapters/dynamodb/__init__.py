"""The ports `Sessions`, `Logins` and `Claims`: one table."""
