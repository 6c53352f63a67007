"""The library: what feeds, pages and articles are, and what to do with them."""
