"""Cases that the fuzz found, each with what it did; they stay, so that none comes back."""

FOUND: tuple[tuple[str, bytes, str], ...] = (
    ("url", "https://q.examp\u00a0le/".encode(), "a host with a no-break space passed for an address"),
    ("url", "/news/\u2028x".encode(), "a line separator stayed in an address"),
    ("stored_article", b"\xff", "a digest that is no UTF-8 ended the work on a copy"),
    ("stored_article", b'{"document": "x"}', "a text's number that is none ended the work on a copy"),
    ("feeds_toml", b"[[feed]]\ninterval = " + b"9" * 5000, "a number of 5,000 digits raised a bare ValueError"),
)
