"""The downstream contract: an article as a CloudEvents event, and the schema that describes it."""
