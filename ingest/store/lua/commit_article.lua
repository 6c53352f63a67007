#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  articles  article  text  sketch ...  url ...
-- ARGV  entry_id  token  memory_ms  article_id  expected_head  has_text  n_sketches  drops_copies  n_facts
--       fact value ...  field value ... (the event)
--       sketches: the article's own, then those of its rivals, none where it has not voted
-- gives {'published', event}  {'duplicate', article}  {'head', article}: the text's head is another than expected, ask again
--       {'copy', head}: a copy, not published  {'again', outcome, event or article, 'copy' or nothing}: this claim has already
--       ended the entry  {'stale'}
-- Behind its sketch (vote.lua) each text has its standing: nothing before it is published, '!' and its cluster's head after,
-- '?' and a head when it is not published and a copy of it was first: then it is that head's copy, or it never comes.
local FIRST, NOBODY = 9, '*'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, memory, article_id = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local outcome = redis.call('HGET', KEYS[4], 'outcome')
if outcome then
  if redis.call('HGET', KEYS[4], 'closed_by') == token then
    local said = redis.call('HGET', KEYS[4], 'event') or redis.call('HGET', KEYS[4], 'article') or ''
    -- Of commits only that of a dropped copy leaves a reason.
    return {'again', outcome, said, redis.call('HGET', KEYS[4], 'reason') or nil}
  end
  return {'stale'}
end
if redis.call('HGET', KEYS[3], id) ~= token then
  return {'stale'}
end
local n_sketches = tonumber(ARGV[7])
local first_url = FIRST + n_sketches

local function close(name, article, event)
  redis.call('HSET', KEYS[4], 'outcome', name, 'closed_by', token, 'closed', now, 'article', article)
  if event then redis.call('HSET', KEYS[4], 'event', event) end
  redis.call('HDEL', KEYS[4], 'ref', 'error', 'begun', 'document')
  redis.call('PEXPIRE', KEYS[4], memory)
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[1], id)
  redis.call('HINCRBY', KEYS[5], 'entries.' .. name, 1)
end

-- An address that several texts have stays nobody's (store/articles.disown).
local function claim(owner)
  for i = first_url, #KEYS do
    if redis.call('GET', KEYS[i]) == NOBODY then redis.call('PEXPIRE', KEYS[i], memory)
    else redis.call('SET', KEYS[i], owner, 'PX', memory) end
  end
end

-- The standing of a sketch, and the sketch; nothing when it is forgotten.
local function standing(key)
  local held = redis.call('GET', key)
  if not held then return '', nil end
  local sketch = string.sub(held, 1, 2 + struct.unpack('>H', held))
  return string.sub(held, #sketch + 1), sketch
end

local function stand(key, sketch, mark, head)
  if sketch then redis.call('SET', key, sketch .. mark .. head, 'KEEPTTL') end
end

-- The text is nobody's copy any more, but others may have it for their only witness.
local function yield_to(owner)
  if n_sketches == 0 then return end
  local was, sketch = standing(KEYS[FIRST])
  local head = redis.call('HGET', string.sub(KEYS[7], 1, -1 - #article_id) .. owner, 'head')
  if was == '' and head then stand(KEYS[FIRST], sketch, '?', head) end
end

for i = first_url, #KEYS do
  local owner = redis.call('GET', KEYS[i])
  if owner and owner ~= NOBODY then
    for j = first_url, #KEYS do redis.call('SET', KEYS[j], owner, 'NX', 'PX', memory) end
    redis.call('PEXPIRE', KEYS[i], memory)
    yield_to(owner)
    close('duplicate', owner)
    return {'duplicate', owner}
  end
end
if redis.call('EXISTS', KEYS[7]) == 1 then
  claim(article_id)
  redis.call('PEXPIRE', KEYS[7], memory)
  yield_to(article_id)
  close('duplicate', article_id)
  return {'duplicate', article_id}
end

local head = ARGV[5]
if ARGV[6] == '1' then
  local first = redis.call('GET', KEYS[8]) or ''
  if first ~= '' and first ~= head then return {'head', first} end
end
-- Who would be the head asks those who came to the same place at the same time; who comes later finds his answer here.
if head == '' then
  for i = FIRST, first_url - 1 do
    local other = string.sub(standing(KEYS[i]), 2)
    if other ~= '' then return {'head', other} end
  end
  head = article_id
end

local function settle(mark)
  for i = FIRST, first_url - 1 do
    local was, sketch = standing(KEYS[i])
    if i == FIRST then stand(KEYS[i], sketch, mark, head)
    elseif was == '' then stand(KEYS[i], sketch, '?', head) end
  end
end

if ARGV[8] == '1' and head ~= article_id then
  claim(head)
  if ARGV[6] == '1' then redis.call('SET', KEYS[8], head, 'PX', memory) end
  settle('?')
  redis.call('HSET', KEYS[4], 'reason', 'copy')
  close('duplicate', head)
  return {'copy', head}
end

-- The event first: were the server to refuse it (a foreign key in the stream's place), nothing would have been claimed.
local n_facts = tonumber(ARGV[9])
local event = redis.call('XADD', KEYS[6], '*', unpack(ARGV, 10 + n_facts))
if ARGV[6] == '1' then redis.call('SET', KEYS[8], head, 'PX', memory) end
claim(article_id)
redis.call('HSET', KEYS[7], 'event', event, 'published', now, unpack(ARGV, 10, 9 + n_facts))
redis.call('PEXPIRE', KEYS[7], memory)
settle('!')
close('published', article_id, event)
return {'published', event}
