#!lua
-- add_tally: what a process counted by itself, added once: its tallies are numbered, and a repeated one changes nothing.
-- KEYS  tally: the number of the process's last one  counts
-- ARGV  number  keep_ms  counter amount ...
-- gives 1, or 0 when it was added before
if (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
-- Nothing is to fail because of what is counted.
for i = 3, #ARGV, 2 do redis.pcall('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
