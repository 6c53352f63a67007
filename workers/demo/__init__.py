"""A small newsroom on loopback: feeds and pages of our own writing, whose clean text is known to the letter."""
