"""Page bytes and feed fragments in, main text and metadata out. Pure."""
