"""Everything copydesk remembers, on one Redis or Valkey: the only room that knows redis."""
