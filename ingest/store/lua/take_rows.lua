#!lua
-- take_rows: what a sink is to be given next, oldest first. Rows that were taken and not settled, by whoever, come again
-- before new ones: a lost reply or a killed relay loses nothing, and their order stays.
-- KEYS  articles  relay  again
-- ARGV  holder  group  count  start: '0' or '$', where a group begins that is not there yet
-- gives {0} when the sink is not ours, else {1, rows from again, rows of the stream}; a row that is no longer on the
--       stream comes without fields
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {0} end
local left = tonumber(ARGV[3])
local again = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', left)
left = left - #again

local function read(from)
  if left <= 0 then return {} end
  local reply = redis.pcall('XREADGROUP', 'GROUP', ARGV[2], 'relay', 'COUNT', left, 'STREAMS', KEYS[1], from)
  if reply and reply.err then
    if not reply.err:find('NOGROUP', 1, true) then return reply end
    redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[2], ARGV[4], 'MKSTREAM')
    reply = redis.call('XREADGROUP', 'GROUP', ARGV[2], 'relay', 'COUNT', left, 'STREAMS', KEYS[1], from)
  end
  local rows = reply and reply[1] and reply[1][2] or {}
  left = left - #rows
  return rows
end

local rows = read('0')
if rows.err then return rows end
local new = read('>')
if new.err then return new end
for _, row in ipairs(new) do table.insert(rows, row) end
return {1, again, rows}
