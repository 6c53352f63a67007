#!lua
-- settle_rows: what became of rows that were taken: the engine has them, a filter left them out, or the engine will never
-- take them and they become the sink's dead letters. Whoever did that to them may say so, holder or not: it is done.
-- KEYS  articles  again  dead  counts
-- ARGV  group  sink  most: dead letters a sink may have
--       then for each row: 'stream' or 'again', row id, 'sent', 'filtered', 'lost' or 'refused', reason
-- gives how many refused rows found no room: they are not settled
local unsettled = 0

local function finish(from, id)
  if from == 'again' then return redis.call('XDEL', KEYS[2], id) end
  -- The group may be gone: then there is nothing to finish.
  local done = redis.pcall('XACK', KEYS[1], ARGV[1], id)
  return type(done) == 'number' and done or 0
end

local function is_open(from, id)
  if from == 'again' then return #redis.call('XRANGE', KEYS[2], id, id) > 0 end
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1)
  return not pending.err and #pending > 0
end

local function bury(from, id, reason)
  local row = redis.call('XRANGE', from == 'again' and KEYS[2] or KEYS[1], id, id)[1]
  if row then redis.call('XADD', KEYS[3], '*', 'reason', reason, unpack(row[2])) end
end

for i = 4, #ARGV, 4 do
  local from, id, outcome, reason = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if outcome ~= 'refused' then
    -- Nothing is to fail because of what is counted.
    if finish(from, id) == 1 then redis.pcall('HINCRBY', KEYS[4], 'sinks.' .. ARGV[2] .. '.' .. outcome, 1) end
  elseif is_open(from, id) then
    if redis.call('XLEN', KEYS[3]) >= tonumber(ARGV[3]) then
      unsettled = unsettled + 1
    else
      bury(from, id, reason)
      finish(from, id)
      redis.pcall('HINCRBY', KEYS[4], 'sinks.' .. ARGV[2] .. '.refused', 1)
    end
  end
end
return unsettled
