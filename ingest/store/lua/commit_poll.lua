#!lua
-- commit_poll: new entries, validators and the next due time TOGETHER. Were the validators stored first, a crash and a 304
-- would lose the entries for ever (reliability.md P10).
-- Several polls that end at the same time share one call, one after the other and each for itself: what one of them runs into
-- is its own reply.
-- KEYS  due:feeds  lease:feeds  token:feeds  due:entries  counts
--       then for each poll: feed  seen  then for each new entry: its key, its host's plan
--       then the key of each entry left out, then of each alias
-- ARGV  for each poll:
--       shape, packed: is_final  is_alone (the claim's only call)  n_fields  n_known  n_left_out  n_aliases  n_new
--                      pause_ms (-1 is never)  memory_ms  spacing_ms
--       feed_id  token  outcome  n_fields: field value ...  n_known: member ...  n_left_out: member ...  n_aliases: member ...
--       then for each new entry: member  id  ref
-- gives for each an error, or {'done'|'again'|'stale', number of entries that this claim has added so far}
-- Of three 304s that end together each costs 147,000 instructions, of the same one by one 202,000 (callgrind).
local N_SHARED, N_ARGS, SHAPE = 5, 4, '>BBI4I4I4I4I4i8i8i8'
-- Lua hands a command some thousands of arguments at most.
local PART = 1000
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- In seconds a score is half as large in the server's compact form: 4 of 30 bytes an id.
local shown = tonumber(time[1])

-- What ends in this call: feeds, when they are due again, and what is to be counted.
local closed, due, counts = {}, {}, {}
local function count(name, number) counts[name] = (counts[name] or 0) + number end

-- Entries left out, and known ones under another id, are seen and done with; they come with the last call, so a poll that
-- is repeated counts them once.
local function set_aside(seen, k, a, number, name)
  local done = 0
  for i = 1, number do
    if call('ZADD', seen, 'NX', shown, ARGV[a + i]) == 1 and call('EXISTS', KEYS[k + i]) == 0 then done = done + 1 end
  end
  if done > 0 then
    count('entries.seen', done)
    count('entries.' .. name, done)
  end
end

local function add_entries(feed_id, seen, k, a, number, spacing)
  local added = 0
  for _ = 1, number do
    local key, plan, member, id, ref = KEYS[k + 1], KEYS[k + 2], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
    k, a = k + 2, a + 3
    if call('ZADD', seen, 'NX', shown, member) == 1 and call('EXISTS', key) == 0 then
      added = added + 1
      local slot = math.max(now, tonumber(call('GET', plan) or '0') or 0)
      call('SET', plan, slot + spacing, 'PX', slot + spacing - now + 1000)
      call('HSET', key, 'feed', feed_id, 'ref', ref, 'seen', now, 'strikes', 0)
      -- Within the millisecond before the slot, in the order given: equal times would be claimed in the order of their ids.
      call('ZADD', KEYS[4], slot - 1 + added / 1000, id)
    end
  end
  if added > 0 then count('entries.seen', added) end
  return added
end

-- The fields that stay, with their values, and those that go.
local function parted(first, last)
  local fields, gone = {}, {}
  for i = first, last, 2 do
    if ARGV[i + 1] == '' then gone[#gone + 1] = ARGV[i]
    else fields[#fields + 1], fields[#fields + 2] = ARGV[i], ARGV[i + 1] end
  end
  return fields, gone
end

-- The poll whose keys follow KEYS[k] and whose arguments follow ARGV[a].
local function commit(k, a, is_ours)
  local is_final, is_alone, n_fields, n_known, n_out, n_alias, n_new, pause, memory, spacing = struct.unpack(SHAPE, ARGV[a + 1])
  local feed_id, token, outcome = ARGV[a + 2], ARGV[a + 3], ARGV[a + 4]
  local feed, seen = KEYS[k + 1], KEYS[k + 2]
  if not is_ours or closed[feed_id] then
    local committed, gained_by, gained = unpack(call('HMGET', feed, 'committed', 'gained_by', 'gained'))
    if committed ~= token then return {'stale', 0} end
    return {'again', gained_by == token and tonumber(gained) or 0}
  end
  local fields = a + N_ARGS + n_fields
  for first = fields + 1, fields + n_known, PART do
    local scored = {}
    for i = first, math.min(first + PART - 1, fields + n_known) do
      scored[#scored + 1], scored[#scored + 2] = shown, ARGV[i]
    end
    call('ZADD', seen, 'XX', unpack(scored))
  end
  local out = fields + n_known
  local alias, last = out + n_out, out + n_out + n_alias
  k = k + 2 + 2 * n_new
  if n_out > 0 then set_aside(seen, k, out, n_out, 'skipped') end
  if n_alias > 0 then set_aside(seen, k + n_out, alias, n_alias, 'alias') end
  local added = n_new > 0 and add_entries(feed_id, seen, k - 2 * n_new, last, n_new, spacing) or 0

  -- Kept with the claim, so that a call repeated after a lost reply gives the answer that was lost.
  local gained = added
  if is_alone == 0 then
    local gained_by, before = unpack(call('HMGET', feed, 'gained_by', 'gained'))
    if gained_by == token then gained = added + (tonumber(before) or 0) end
  end
  if is_final == 0 then
    call('HSET', feed, 'gained_by', token, 'gained', gained)
    return {'done', gained}
  end
  local kept, gone = parted(a + N_ARGS + 1, fields)
  if gained > 0 then kept[#kept + 1], kept[#kept + 2], kept[#kept + 3], kept[#kept + 4] = 'gained_by', token, 'gained', gained end
  if #gone > 0 then call('HDEL', feed, unpack(gone)) end
  call('HSET', feed, 'committed', token, 'polled', now, 'strikes', 0, unpack(kept))
  -- Only a document that was read says what left it: a feed that answers 304 for longer than `memory` forgets nothing.
  if n_known > 0 then call('ZREMRANGEBYSCORE', seen, '-inf', shown - memory / 1000) end
  count('polls.' .. outcome, 1)
  closed[feed_id], closed[#closed + 1] = true, feed_id
  if pause >= 0 then due[#due + 1], due[#due + 2] = now + pause, feed_id end
  return {'done', gained}
end

local polls, ids = {}, {}
local k, a = N_SHARED, 0
while a < #ARGV do
  local _, _, n_fields, n_known, n_out, n_alias, n_new = struct.unpack(SHAPE, ARGV[a + 1])
  ids[#ids + 1], polls[#polls + 1] = ARGV[a + 2], {k, a}
  k = k + 2 + 2 * n_new + n_out + n_alias
  a = a + N_ARGS + n_fields + n_known + n_out + n_alias + 3 * n_new
end
local tokens, replies = call('HMGET', KEYS[3], unpack(ids)), {}
for i, at in ipairs(polls) do
  local is_done, reply = pcall(commit, at[1], at[2], tokens[i] == ARGV[at[2] + 3])
  replies[i] = is_done and reply or {err = type(reply) == 'table' and reply.err or 'ERR ' .. reply}
end
-- Nothing is to fail because of what is counted.
for name, number in pairs(counts) do redis.pcall('HINCRBY', KEYS[5], name, number) end
if #closed > 0 then
  call('HDEL', KEYS[3], unpack(closed))
  call('ZREM', KEYS[2], unpack(closed))
  if #due > 0 then call('ZADD', KEYS[1], unpack(due)) end
end
return replies
