#!lua flags=no-writes
-- read_owner: who owns an address. GET would do, but a script's call travels with others of its turn (store/scripts.py):
-- half of an article's trips to the store were this one.
-- KEYS  url
-- gives the article, '*' or nothing
return redis.call('GET', KEYS[1])
