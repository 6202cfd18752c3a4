PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sessions (
                id TEXT PRIMARY KEY,
                cwd TEXT,
                repository TEXT,
                host_type TEXT,
                branch TEXT,
                summary TEXT,
                created_at TEXT DEFAULT (datetime('now')),
                updated_at TEXT DEFAULT (datetime('now'))
            );
INSERT INTO sessions VALUES('b35e44f2-e8b3-4e55-a628-9c3c6abd02cd','/w',NULL,NULL,'master','say hi','2026-11-21T13:53:47.510Z','2026-11-21T13:53:49.892Z');
CREATE TABLE assistant_usage_events (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                session_id TEXT NOT NULL REFERENCES sessions(id),
                turn_index INTEGER,
                agent_id TEXT,
                parent_tool_call_id TEXT,
                model TEXT NOT NULL,
                copilot_usage_model TEXT,
                input_tokens INTEGER,
                output_tokens INTEGER,
                cache_read_tokens INTEGER,
                cache_write_tokens INTEGER,
                reasoning_tokens INTEGER,
                total_nano_aiu INTEGER,
                request_multiplier REAL,
                duration_ms INTEGER,
                time_to_first_token_ms INTEGER,
                output_ttft_ms REAL,
                inter_token_latency_ms INTEGER,
                initiator TEXT,
                api_endpoint TEXT,
                reasoning_effort TEXT,
                finish_reason TEXT,
                content_filter_triggered INTEGER,
                token_details_json TEXT,
                created_at TEXT DEFAULT (datetime('now'))
            );
INSERT INTO assistant_usage_events VALUES(1,'b35e44f2-e8b3-4e55-a628-9c3c6abd02cd',0,NULL,NULL,'gpt-5.4',NULL,950,51,20,0,5,NULL,0.0,67,64.541375000000002159,64.54156599999998889,0.13464700000000001667,'user','/chat/completions','medium','tool_calls',0,NULL,'2026-11-21T13:53:48.119Z');
INSERT INTO assistant_usage_events VALUES(2,'b35e44f2-e8b3-4e55-a628-9c3c6abd02cd',0,NULL,NULL,'gpt-5.4',NULL,1540,77,500,0,7,NULL,0.0,9,4.8159239999999998715,4.8161439999999995364,0.12909600000000001629,'agent','/chat/completions','medium','stop',0,NULL,'2026-11-21T13:53:48.264Z');
INSERT INTO assistant_usage_events VALUES(3,'b35e44f2-e8b3-4e55-a628-9c3c6abd02cd',1,NULL,NULL,'gpt-5.4',NULL,4700,345,500,3000,NULL,NULL,0.0,94,88.941162000000005601,88.946943000000004532,0.0057010000000000003381,'user','/v1/messages','medium','stop',0,NULL,'2026-11-21T13:53:50.257Z');
COMMIT;
