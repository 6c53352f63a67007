"""What was fetched and what was published of it, kept in WARC files (ISO 28500) beside the store; off by default."""
