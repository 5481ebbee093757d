"""The version of this code, which documents that leave it name."""

VERSION = "0.1.0"
