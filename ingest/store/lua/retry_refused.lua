#!lua
-- retry_refused: a sink's dead letter is given to it again.
-- KEYS  dead  again
-- ARGV  row_id
-- gives 1, or 0 when this is no dead letter of it
local row = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not row then return 0 end
local fields = {}
for i = 1, #row[2], 2 do
  if row[2][i] ~= 'reason' then
    table.insert(fields, row[2][i])
    table.insert(fields, row[2][i + 1])
  end
end
redis.call('XDEL', KEYS[1], ARGV[1])
if #fields > 0 then redis.call('XADD', KEYS[2], '*', unpack(fields)) end
return 1
