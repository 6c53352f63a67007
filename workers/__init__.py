"""The processes that run copydesk. They import ``ingest``; nothing in ``ingest`` knows them."""

#: The one place where the version stands.
VERSION = "0.1.0"
