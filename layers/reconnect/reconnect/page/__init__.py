"""The hosted page: its HTML, words and assets."""
