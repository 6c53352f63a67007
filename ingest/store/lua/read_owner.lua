#!lua flags=no-writes
-- read_owner: who owns an address. GET would do, but a script's call travels with others of its turn (store/scripts.py):
-- half of an article's trips to the store were this one.
-- KEYS  url  article (whose own address it is)
-- ARGV  article_id
-- gives the article, '*' or nothing
local owner, is_remembered = unpack(redis.call('MGET', unpack(KEYS)))
return owner or (is_remembered and ARGV[1])
