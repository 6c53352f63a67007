"""Where events go beside the output stream: one file an engine, each behind the same small protocol."""
