#!lua
-- commit_revision: the end of one look at a published article: token check, revision counter, draft, event and the time of
-- the next look TOGETHER. A worker whose claim is gone writes nothing.
-- KEYS  due:revisits  lease:revisits  token:revisits  draft  counts  article  articles
-- ARGV  article_id  token  outcome  base_revision  age_ms (of the article at the next look; -1: there is none)  pause_ms (at
--       the least)  grace_ms  n_fields  field value ... (the draft; '' takes away)  field value ... (the event, if any)
-- gives {'done', event or ''}  {'again', event or ''}  {'stale', ''}  {'forgotten', ''}: the article is not remembered, or
--       another revision of it came in between; nothing is published, and it is watched no more
local OF_THE_PAGE = {etag = true, last_modified = true, doubt = true}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, outcome, age = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5])
-- As in record.RECORD. MGET finds nothing in a key of another type, where GET fails.
local learned, first, head, revision, revisited, revisit_event, replayed, latest, known = string.match(
  redis.call('MGET', KEYS[6])[1] or '', '^([01]) (%S*) (%S*) (%S*) (%S*) (%S*) (%S*) (%S*) (.*)$')
if redis.call('HGET', KEYS[3], id) ~= token then
  if revisited == token then return {'again', revisit_event} end
  return {'stale', ''}
end

local function finish(name)
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
  -- Nothing is to fail because of what is counted.
  redis.pcall('HINCRBY', KEYS[5], 'revisits.' .. name, 1)
end

if revision ~= ARGV[4] then
  redis.call('DEL', KEYS[4])
  finish('forgotten')
  return {'forgotten', ''}
end

local n_fields = tonumber(ARGV[8])
local event = ''
if #ARGV > 8 + n_fields then
  event = redis.call('XADD', KEYS[7], '*', unpack(ARGV, 9 + n_fields))
  revision = ARGV[4] + 1
end
redis.call('SET', KEYS[6], table.concat({learned, first, head, revision, token, event, replayed, latest, known}, ' '), 'KEEPTTL')
finish(outcome)
local published = tonumber(redis.call('HGET', KEYS[4], 'published') or '')
-- Shown in another way, or at another address, while this look was in hand: what it learned of the page may not be true of
-- that, and there is another look soon, also behind the last.
local is_changed = redis.call('HGET', KEYS[4], 'changed') == '2'
if not published or (age < 0 and not is_changed) then
  redis.call('DEL', KEYS[4])
  return {'done', event}
end
for i = 9, 8 + n_fields, 2 do
  if ARGV[i + 1] == '' or (is_changed and OF_THE_PAGE[ARGV[i]]) then redis.call('HDEL', KEYS[4], ARGV[i])
  else redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
if is_changed then redis.call('HSET', KEYS[4], 'changed', 1) end
redis.call('HSET', KEYS[4], 'strikes', 0)
redis.call('HDEL', KEYS[4], 'begun', 'error')
local due = math.max(now + tonumber(ARGV[6]), is_changed and 0 or published + age)
redis.call('PEXPIRE', KEYS[4], due - now + tonumber(ARGV[7]))
redis.call('ZADD', KEYS[1], due, id)
return {'done', event}
