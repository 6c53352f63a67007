"""The order of effects: what a worker does with a feed and with an entry, over the rooms below."""
