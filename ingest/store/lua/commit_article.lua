#!lua
-- commit_article: token check, identity claim, XADD to the output and the end of the entry TOGETHER. Marking and publishing
-- in two steps lost 21 or doubled 34 of 16,000; one script lost and doubled none of 64,000 (reliability.md 3.1).
-- KEYS  due:entries  lease:entries  token:entries  entry  counts  articles  article  text  due:revisits  lease:revisits
--       draft  sketch ...  url ...
-- ARGV  entry_id  token  memory_ms  article_id  expected_head  has_text  n_sketches  n_twins  drops_copies
--       first (the article that this one is again, '' for none)  reach_ms (how old that may be)  ref (this entry, for the
--       first's looks; '' leaves it alone)  haste_ms (its next look comes so soon, -1: when planned)
--       age_ms (of this article at its first look)  grace_ms  limit (of articles watched)
--       n_facts  n_draft  fact value ...  field value ... (the draft; none: not watched)  field value ... (the event)
--       sketches: the article's own, those of its rivals, none where it has not voted; then those of its twins
-- gives {'published', event}  {'duplicate', article}  {'head', article}: the text's head is another than expected, ask again
--       {'twin', which, article}: a text that may be this article was published, decide and ask again
--       {'repost', first}: not published  {'copy', head}: a copy, not published
--       {'again', outcome, event or article, reason or nothing}: this claim has already ended the entry  {'stale'}
-- Behind its sketch (vote.lua) each text has its standing: nothing before it is published; after that '!' and its cluster's
-- head, and of a copy a space and its own article; '?' and a head when it is not published and a copy of it was first: then
-- it is that head's copy, or it never comes.
-- An article is watched in the step that publishes it: who died between the two left it unwatched for ever.
local FIRST, NOBODY, DRAFT = 12, '*', 19
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local id, token, memory, article_id = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local outcome = redis.call('HGET', KEYS[4], 'outcome')
if outcome then
  if redis.call('HGET', KEYS[4], 'closed_by') == token then
    local said = redis.call('HGET', KEYS[4], 'event') or redis.call('HGET', KEYS[4], 'article') or ''
    -- Of commits only those of dropped copies and of reposts leave a reason.
    return {'again', outcome, said, redis.call('HGET', KEYS[4], 'reason') or nil}
  end
  return {'stale'}
end
if redis.call('HGET', KEYS[3], id) ~= token then
  return {'stale'}
end
local n_sketches = tonumber(ARGV[7])
local first_twin = FIRST + n_sketches
local first_url = first_twin + tonumber(ARGV[8])

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

-- The head that a standing names, and the article whose text it is; nothing of one that is not published.
local function named(standing)
  local mark, head, own = string.match(standing, '^([!?])([^ ]*) ?(.*)$')
  return head or '', mark == '!' and (own ~= '' and own or head) or nil
end

local function key_of(key, other) return string.sub(key, 1, -1 - #article_id) .. other end

-- The text is nobody's copy any more, but others may have it for their only witness.
local function yield_to(owner)
  if n_sketches == 0 then return end
  local was, sketch = standing(KEYS[FIRST])
  local head = redis.call('HGET', key_of(KEYS[7], owner), 'head')
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

-- The same article under another id and address: it is the first one's, and so are its addresses.
local first = ARGV[10]
local since = first ~= '' and tonumber(redis.call('HGET', key_of(KEYS[7], first), 'published') or '')
if since and since + tonumber(ARGV[11]) > now then
  local draft = key_of(KEYS[11], first)
  if ARGV[12] ~= '' and redis.call('EXISTS', draft) == 1 then
    -- What was learned of the old address (validators, a doubt) is not true of this one.
    redis.call('HSET', draft, 'ref', ARGV[12])
    redis.call('HDEL', draft, 'etag', 'last_modified', 'doubt')
    if tonumber(ARGV[13]) >= 0 then
      redis.call('HSET', draft, 'changed', 1)
      redis.call('ZADD', KEYS[9], 'XX', 'LT', now + tonumber(ARGV[13]), first)
    end
  end
  claim(first)
  redis.call('PEXPIRE', key_of(KEYS[7], first), memory)
  yield_to(first)
  redis.call('HSET', KEYS[4], 'reason', 'repost')
  close('duplicate', first)
  return {'repost', first}
end
for i = first_twin, first_url - 1 do
  local _, article = named(standing(KEYS[i]))
  if article then return {'twin', i - first_twin, article} end
end

local head = ARGV[5]
if ARGV[6] == '1' then
  local first = redis.call('GET', KEYS[8]) or ''
  if first ~= '' and first ~= head then return {'head', first} end
end
-- Who would be the head asks those who came to the same place at the same time; who comes later finds his answer here.
if head == '' then
  for i = FIRST, first_twin - 1 do
    local other = named(standing(KEYS[i]))
    if other ~= '' then return {'head', other} end
  end
  head = article_id
end

local function settle(mark)
  for i = FIRST, first_twin - 1 do
    local was, sketch = standing(KEYS[i])
    if i == FIRST then stand(KEYS[i], sketch, mark, mark == '!' and head ~= article_id and head .. ' ' .. article_id or head)
    elseif was == '' then stand(KEYS[i], sketch, '?', head) end
  end
end

if ARGV[9] == '1' and head ~= article_id then
  claim(head)
  if ARGV[6] == '1' then redis.call('SET', KEYS[8], head, 'PX', memory) end
  settle('?')
  redis.call('HSET', KEYS[4], 'reason', 'copy')
  close('duplicate', head)
  return {'copy', head}
end

-- The event first: were the server to refuse it (a foreign key in the stream's place), nothing would have been claimed.
local facts_end = DRAFT - 1 + tonumber(ARGV[17])
local draft_end = facts_end + tonumber(ARGV[18])
local event = redis.call('XADD', KEYS[6], '*', unpack(ARGV, draft_end + 1))
if ARGV[6] == '1' then redis.call('SET', KEYS[8], head, 'PX', memory) end
claim(article_id)
redis.call('HSET', KEYS[7], 'event', event, 'published', now, unpack(ARGV, DRAFT, facts_end))
redis.call('PEXPIRE', KEYS[7], memory)
settle('!')
if draft_end > facts_end then
  if redis.call('ZCARD', KEYS[9]) + redis.call('ZCARD', KEYS[10]) < tonumber(ARGV[16]) then
    local age = tonumber(ARGV[14])
    redis.call('HSET', KEYS[11], 'published', now, 'strikes', 0, unpack(ARGV, facts_end + 1, draft_end))
    redis.call('PEXPIRE', KEYS[11], age + tonumber(ARGV[15]))
    redis.call('ZADD', KEYS[9], now + age, article_id)
  else
    redis.call('HINCRBY', KEYS[5], 'revisits.skipped', 1)
  end
end
close('published', article_id, event)
return {'published', event}
