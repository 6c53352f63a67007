#!lua
-- drop_aside: a group's dead letter is given up for good.
-- KEYS  aside  asides
-- ARGV  group  letter_id
-- gives 1, or 0 when this is no dead letter of it
local dropped = redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return dropped
