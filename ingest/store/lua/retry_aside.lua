#!lua
-- retry_aside: a group's dead letter is pending again, as if never delivered, with the member that had it last; its
-- silence is so long that whoever of the group asks next takes it over, before anything new.
-- KEYS  articles  aside  asides
-- ARGV  group  letter_id
-- gives 1, 0 when this is no dead letter of it, -1 when the stream has no longer the row or the group: the letter stays
local letter = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
if not letter then return 0 end
local fields = {}
for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
local claimed = redis.pcall('XCLAIM', KEYS[1], ARGV[1], fields.consumer, 0, fields.row, 'TIME', 1, 'RETRYCOUNT', 0,
  'FORCE', 'JUSTID')
if claimed.err or #claimed == 0 then return -1 end
redis.call('XDEL', KEYS[2], ARGV[2])
if redis.call('XLEN', KEYS[2]) == 0 then
  redis.call('DEL', KEYS[2])
  redis.call('ZREM', KEYS[3], ARGV[1])
end
return 1
