PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "conversations" (
   "id" TEXT PRIMARY KEY,
   "name" TEXT,
   "model" TEXT
);
CREATE TABLE IF NOT EXISTS "threads" (
   "id" TEXT PRIMARY KEY,
   "name" TEXT,
   "tip_message_hash" TEXT REFERENCES "messages"("hash"),
   "forked_from" TEXT REFERENCES "threads"("id"),
   "datetime_utc" TEXT
);
INSERT INTO threads VALUES('01m7z605f7bf4t0yc53gs7epjn','say hi','b2:33777fd34bef36f96f8c7e402636ff69',NULL,'2026-11-21 13:51:12.521714+00:00');
CREATE TABLE IF NOT EXISTS "turns" (
   "id" TEXT PRIMARY KEY,
   "thread_id" TEXT REFERENCES "threads"("id"),
   "parent_message_hash" TEXT REFERENCES "messages"("hash"),
   "tip_message_hash" TEXT REFERENCES "messages"("hash"),
   "model" TEXT,
   "resolved_model" TEXT,
   "options_json" TEXT,
   "schema_id" TEXT REFERENCES "schemas"("id"),
   "input_tokens" INTEGER,
   "output_tokens" INTEGER,
   "token_details" TEXT,
   "duration_ms" INTEGER,
   "datetime_utc" TEXT
, "response_json" TEXT);
INSERT INTO turns VALUES('01m7z605fas4f87ey8aj6wrdgx','01m7z605f7bf4t0yc53gs7epjn','b2:1fc336f0fdf7235a71c1171ecbca95a7','b2:0b59569a21f9a510ab0257623f3b6c45','fake',NULL,NULL,NULL,4700,345,'{"prompt_tokens_details": {"cached_tokens": 500}}',158,'2026-11-21T13:51:12.362390+00:00','{"content": "hello from the fake provider", "finish_reason": "stop", "usage": {"completion_tokens": 345, "prompt_tokens": 4700, "total_tokens": 5045, "completion_tokens_details": {"reasoning_tokens": 0}, "prompt_tokens_details": {"cached_tokens": 500}}, "id": "chatcmpl-fake000001", "object": "chat.completion.chunk", "model": "gpt-5.5", "created": 1795269072}');
INSERT INTO turns VALUES('01m7z607qfrne7e6vpw2xxdm44','01m7z605f7bf4t0yc53gs7epjn','b2:069491f7b099052bf27ed08af5265816','b2:33777fd34bef36f96f8c7e402636ff69','fake',NULL,NULL,NULL,4700,345,'{"prompt_tokens_details": {"cached_tokens": 500}}',231,'2026-11-21T13:51:14.671111+00:00','{"id": "chatcmpl-fake000002", "choices": [{"finish_reason": "stop", "index": 0, "message": {"content": "hello from the fake provider", "role": "assistant"}}], "created": 1795269074, "model": "gpt-5.5", "object": "chat.completion", "usage": {"completion_tokens": 345, "prompt_tokens": 4700, "total_tokens": 5045, "completion_tokens_details": {"reasoning_tokens": 0}, "prompt_tokens_details": {"cached_tokens": 500}}}');
COMMIT;
