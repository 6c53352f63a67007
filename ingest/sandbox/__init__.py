"""Work on foreign bytes in child processes that are limited, killed at a deadline and replaced."""
