"""The processes that run copydesk. They import ``ingest``; nothing in ``ingest`` knows them."""
