#!lua
-- commit_replay: publish a revision that was made by cleaning an archived page anew: base check, revision counter, event
-- and draft TOGETHER. Whoever is not based on what was published last writes nothing.
-- KEYS  article  articles  draft  counts  token:revisits
-- ARGV  article_id  base_revision  mark (of this replay, another for each)  draft_data  field value ... (the event)
-- gives {'done', row}  {'again', row}: this very replay is published already  {'moved', ''}: another revision came in between
--       {'forgotten', ''}: the article is not remembered  {'busy', ''}: a look at it is in hand, which would be lost
-- As in record.RECORD. MGET finds nothing in a key of another type, where GET fails.
local learned, first, head, revision, revisited, revisit_event, replayed, latest, known = string.match(
  redis.call('MGET', KEYS[1])[1] or '', '^([01]) (%S*) (%S*) (%S*) (%S*) (%S*) (%S*) (%S*) (.*)$')
if not learned then return {'forgotten', ''} end
if replayed == ARGV[3] then return {'again', latest} end
if revision ~= ARGV[2] then return {'moved', ''} end
if redis.call('HEXISTS', KEYS[5], ARGV[1]) == 1 then return {'busy', ''} end
local row = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 5))
local record = {learned, first, head, ARGV[2] + 1, revisited, revisit_event, ARGV[3], row, known}
redis.call('SET', KEYS[1], table.concat(record, ' '), 'KEEPTTL')
-- The next look compares with what is published now.
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('HSET', KEYS[3], 'data', ARGV[4]) end
-- Nothing is to fail because of what is counted.
redis.pcall('HINCRBY', KEYS[4], 'replays.published', 1)
return {'done', row}
