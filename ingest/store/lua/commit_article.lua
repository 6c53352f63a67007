#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  articles  article  text  url ...
-- ARGV  entry_id  token  memory_ms  article_id  expected_head  has_text  n_facts  fact value ...  field value ... (the event)
-- gives {'published', event}  {'duplicate', article}  {'head', article}: the text's head is another than expected, ask again
--       {'again', outcome, event or article}: this claim has already ended the entry  {'stale'}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, memory, article_id = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local outcome = redis.call('HGET', KEYS[4], 'outcome')
if outcome then
  if redis.call('HGET', KEYS[4], 'closed_by') == token then
    return {'again', outcome, redis.call('HGET', KEYS[4], 'event') or redis.call('HGET', KEYS[4], 'article') or ''}
  end
  return {'stale'}
end
if redis.call('HGET', KEYS[3], id) ~= token then
  return {'stale'}
end

local function close(name, article, event)
  redis.call('HSET', KEYS[4], 'outcome', name, 'closed_by', token, 'closed', now, 'article', article)
  if event then redis.call('HSET', KEYS[4], 'event', event) end
  redis.call('HDEL', KEYS[4], 'ref', 'error', 'begun')
  redis.call('PEXPIRE', KEYS[4], memory)
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HINCRBY', KEYS[5], 'entries.' .. name, 1)
end

for i = 9, #KEYS do
  local owner = redis.call('GET', KEYS[i])
  if owner then
    for j = 9, #KEYS do redis.call('SET', KEYS[j], owner, 'NX', 'PX', memory) end
    redis.call('PEXPIRE', KEYS[i], memory)
    close('duplicate', owner)
    return {'duplicate', owner}
  end
end
if redis.call('EXISTS', KEYS[7]) == 1 then
  for i = 9, #KEYS do redis.call('SET', KEYS[i], article_id, 'PX', memory) end
  redis.call('PEXPIRE', KEYS[7], memory)
  close('duplicate', article_id)
  return {'duplicate', article_id}
end

local head = ''
if ARGV[6] == '1' then
  head = redis.call('GET', KEYS[8]) or ''
  if head ~= '' and head ~= ARGV[5] then return {'head', head} end
  -- A head that was forgotten while the event was made is the head again.
  if head == '' then head = ARGV[5] ~= '' and ARGV[5] or article_id end
end

-- The event first: were the server to refuse it (a foreign key in the stream's place), nothing would have been claimed.
local n_facts = tonumber(ARGV[7])
local event = redis.call('XADD', KEYS[6], '*', unpack(ARGV, 8 + n_facts))
if head ~= '' then redis.call('SET', KEYS[8], head, 'PX', memory) end
for i = 9, #KEYS do redis.call('SET', KEYS[i], article_id, 'PX', memory) end
redis.call('HSET', KEYS[7], 'event', event, 'published', now, unpack(ARGV, 8, 7 + n_facts))
redis.call('PEXPIRE', KEYS[7], memory)
close('published', article_id, event)
return {'published', event}
