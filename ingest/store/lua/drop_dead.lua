#!lua
-- drop_dead: nobody will work on this dead letter again; it ends as "dropped", without what it held.
-- KEYS  dead  entry  counts
-- ARGV  entry_id
-- gives 1, or 0 when this is no dead letter
redis.call('ZREM', KEYS[1], ARGV[1])
local kept = redis.pcall('HMGET', KEYS[2], 'outcome', 'closed_by', 'closed', 'feed', 'seen', 'strikes', 'article', 'reason')
-- An entry that ended otherwise is no hash.
if kept.err or kept[1] ~= 'dead' then return 0 end
kept[1] = 'dropped'
-- In the order of entries.ENDED.
for i = 2, #kept do kept[i] = kept[i] or '' end
redis.call('SET', KEYS[2], table.concat(kept, ' '), 'KEEPTTL')
-- Nothing is to fail because of what is counted.
redis.pcall('HINCRBY', KEYS[3], 'entries.dead', -1)
redis.pcall('HINCRBY', KEYS[3], 'entries.dropped', 1)
return 1
