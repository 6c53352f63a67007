#!lua
-- commit_poll: new entries, validators and the next due time TOGETHER. Were the validators stored first, a crash and a 304
-- would lose the entries for ever (reliability.md P10).
-- KEYS  due:feeds  lease:feeds  token:feeds  feed  seen  due:entries  counts  then for each new entry: its key, its host's plan
--       then the key of each entry left out, then of each alias
-- ARGV  feed_id  token  pause_ms ('' is never)  final  memory_ms  spacing_ms  n_fields  field value ...  n_known  member ...
--       n_left_out  member ...  n_aliases  member ...  then for each new entry: member  id  ref
-- gives {'done'|'again'|'stale', number of entries that this claim has added so far}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- In seconds a score is half as large in the server's compact form: 4 of 30 bytes an id.
local shown = tonumber(time[1])
local feed_id, token = ARGV[1], ARGV[2]
if redis.call('HGET', KEYS[3], feed_id) ~= token then
  if redis.call('HGET', KEYS[4], 'committed') == token then
    return {'again', tonumber(redis.call('HGET', KEYS[4], 'gained') or '0') or 0}
  end
  return {'stale', 0}
end
local is_final, memory, spacing = ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])

local at = 7
local n_fields = tonumber(ARGV[at])
local held = redis.call('HMGET', KEYS[4], 'gained_by', 'gained', 'outcome')
local outcome = held[3]
local fields, gone = {}, {}
for i = at + 1, at + n_fields, 2 do
  if ARGV[i] == 'outcome' then outcome = ARGV[i + 1] end
  if ARGV[i + 1] == '' then
    gone[#gone + 1] = ARGV[i]
  else
    fields[#fields + 1] = ARGV[i]
    fields[#fields + 1] = ARGV[i + 1]
  end
end
at = at + n_fields + 1
local n_known = tonumber(ARGV[at])
for i = at + 1, at + n_known do redis.call('ZADD', KEYS[5], 'XX', shown, ARGV[i]) end
at = at + n_known + 1

-- Entries left out, and known ones under another id, are seen and done with; they come with the last chunk, so a poll that
-- is repeated counts them once.
local n_out = tonumber(ARGV[at])
local n_alias = tonumber(ARGV[at + n_out + 1])
local n_done = n_out + n_alias
local function set_aside(count, first_key, name)
  local done = 0
  for i = 1, count do
    if redis.call('ZADD', KEYS[5], 'NX', shown, ARGV[at + i]) == 1 and redis.call('EXISTS', KEYS[first_key + i]) == 0 then
      done = done + 1
    end
  end
  at = at + count + 1
  if done > 0 then
    redis.call('HINCRBY', KEYS[7], 'entries.seen', done)
    redis.call('HINCRBY', KEYS[7], 'entries.' .. name, done)
  end
end
set_aside(n_out, #KEYS - n_done, 'skipped')
set_aside(n_alias, #KEYS - n_alias, 'alias')

local added = 0
for i = 8, #KEYS - n_done, 2 do
  local member, id, ref = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  at = at + 3
  if redis.call('ZADD', KEYS[5], 'NX', shown, member) == 1 and redis.call('EXISTS', KEYS[i]) == 0 then
    added = added + 1
    local slot = math.max(now, tonumber(redis.call('GET', KEYS[i + 1]) or '0') or 0)
    redis.call('SET', KEYS[i + 1], slot + spacing, 'PX', slot + spacing - now + 1000)
    redis.call('HSET', KEYS[i], 'feed', feed_id, 'ref', ref, 'seen', now, 'strikes', 0)
    -- Within the millisecond before the slot, in the order given: equal times would be claimed in the order of their ids.
    redis.call('ZADD', KEYS[6], slot - 1 + added / 1000, id)
  end
end
if added > 0 then redis.call('HINCRBY', KEYS[7], 'entries.seen', added) end
-- Kept with the claim, so that a call repeated after a lost reply gives the answer that was lost.
local gained = added + (held[1] == token and tonumber(held[2]) or 0)

if not is_final then
  redis.call('HSET', KEYS[4], 'gained_by', token, 'gained', gained)
else
  if #gone > 0 then redis.call('HDEL', KEYS[4], unpack(gone)) end
  redis.call('HSET', KEYS[4], 'gained_by', token, 'gained', gained, 'committed', token, 'polled', now, 'strikes', 0,
    unpack(fields))
  redis.call('HINCRBY', KEYS[7], 'polls.' .. outcome, 1)
  -- Only a document that was read says what left it: a feed that answers 304 for longer than `memory` forgets nothing.
  if n_known > 0 then redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', shown - memory / 1000) end
  redis.call('HDEL', KEYS[3], feed_id)
  redis.call('ZREM', KEYS[2], feed_id)
  if ARGV[3] ~= '' then redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), feed_id) end
end
return {'done', gained}
