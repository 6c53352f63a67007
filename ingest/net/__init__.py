"""The only HTTP client: asks the public internet and nothing else, under caps, and names every failure."""
