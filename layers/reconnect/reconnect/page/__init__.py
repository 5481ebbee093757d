"""The hosted page: rendering, texts and assets."""
