"""When to poll a feed next, and what an answer means. Pure: the clock and the dice are arguments."""
