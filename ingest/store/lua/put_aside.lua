#!lua
-- put_aside: a row that was delivered too often becomes a dead letter of its group, and the group goes on. What is true
-- of the row is asked again here: another member may have finished it or be working on it by now.
-- KEYS  articles  aside  asides
-- ARGV  group  row_id  consumer: who is about to get it  take_over: silence in milliseconds after which a row of another
--       member's is anybody's  deliveries: it was delivered so often at least  most: dead letters a group may have
-- gives 1, -1 when the row is not (any more) one to be put aside, 0 when there is no room: it is to be delivered again
local found = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)[1]
if not found or found[4] < tonumber(ARGV[5]) then return -1 end
if found[2] ~= ARGV[3] and found[3] < tonumber(ARGV[4]) then return -1 end
local row = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
-- A row that was cut from the stream: there is nothing to keep of it.
if row then
  if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[6]) then return 0 end
  redis.call('XADD', KEYS[2], '*', 'row', ARGV[2], 'deliveries', found[4], 'consumer', found[2], unpack(row[2]))
  redis.call('ZADD', KEYS[3], redis.call('TIME')[1] * 1000, ARGV[1])
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return 1
