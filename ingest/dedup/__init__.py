"""Is this story new, a copy, or a correction; and whose is it."""
