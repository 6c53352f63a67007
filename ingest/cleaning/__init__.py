"""What in an extraction is not the article: found by rules that are data, taken out with a receipt. Pure."""
