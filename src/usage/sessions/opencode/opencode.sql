PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE `message` (
          `id` text PRIMARY KEY,
          `session_id` text NOT NULL,
          `time_created` integer NOT NULL,
          `time_updated` integer NOT NULL,
          `data` text NOT NULL,
          CONSTRAINT `fk_message_session_id_session_id_fk` FOREIGN KEY (`session_id`) REFERENCES `session`(`id`) ON DELETE CASCADE
        );
INSERT INTO message VALUES('msg_1fe71aea6001t8zzsEOHJhwAck','ses_e018e52c3ffefLVmqjlFFl7UBj',1795270225574,1795270230199,'{"role":"user","time":{"created":1795270225574},"agent":"build","model":{"providerID":"fake","modelID":"gpt-5.5"},"summary":{"diffs":[]}}');
INSERT INTO message VALUES('msg_1fe71b513001qNmk41D1Uba5P3','ses_e018e52c3ffefLVmqjlFFl7UBj',1795270227220,1795270229936,'{"parentID":"msg_1fe71aea6001t8zzsEOHJhwAck","role":"assistant","mode":"build","agent":"build","path":{"cwd":"/w","root":"/w"},"cost":0.0004275,"tokens":{"total":150,"input":100,"output":25,"reasoning":5,"cache":{"write":0,"read":20}},"modelID":"gpt-5.5","providerID":"fake","time":{"created":1795270227220,"completed":1795270229934},"finish":"tool-calls"}');
INSERT INTO message VALUES('msg_1fe71bcc2001h4XnsaQ0ETe0wo','ses_e018e4348ffe3xilnBX4L6pNtl',1795270229188,1795270230155,'{"role":"user","time":{"created":1795270229188},"agent":"general","model":{"providerID":"fake","modelID":"gpt-5.5"},"summary":{"diffs":[]}}');
INSERT INTO message VALUES('msg_1fe71bd050011c0AmiA395MkrU','ses_e018e4348ffe3xilnBX4L6pNtl',1795270229253,1795270229660,'{"parentID":"msg_1fe71bcc2001h4XnsaQ0ETe0wo","role":"assistant","mode":"general","agent":"general","path":{"cwd":"/w","root":"/w"},"cost":0.00078375,"tokens":{"total":347,"input":307,"output":34,"reasoning":6,"cache":{"write":0,"read":0}},"modelID":"gpt-5.5","providerID":"fake","time":{"created":1795270229253,"completed":1795270229659},"finish":"stop"}');
INSERT INTO message VALUES('msg_1fe71bfb5001cEGtG8oRIqAqsg','ses_e018e52c3ffefLVmqjlFFl7UBj',1795270229941,1795270230354,'{"parentID":"msg_1fe71aea6001t8zzsEOHJhwAck","role":"assistant","mode":"build","agent":"build","path":{"cwd":"/w","root":"/w"},"cost":0.000562625,"tokens":{"total":252,"input":200,"output":26,"reasoning":5,"cache":{"write":0,"read":21}},"modelID":"gpt-5.5","providerID":"fake","time":{"created":1795270229941,"completed":1795270230353},"finish":"stop"}');
INSERT INTO message VALUES('msg_1fe71cd82001QXl7z3drdYhHbM','ses_e018e52c3ffefLVmqjlFFl7UBj',1795270233474,1795270235279,'{"role":"user","time":{"created":1795270233474},"agent":"build","model":{"providerID":"fake","modelID":"gpt-5.5"},"summary":{"diffs":[]}}');
INSERT INTO message VALUES('msg_1fe71d3f5001Nhqqm1KVqJs1AN','ses_e018e52c3ffefLVmqjlFFl7UBj',1795270235125,1795270236637,'{"parentID":"msg_1fe71cd82001QXl7z3drdYhHbM","role":"assistant","mode":"build","agent":"build","path":{"cwd":"/w","root":"/w"},"cost":0,"tokens":{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}},"modelID":"gpt-5.5","providerID":"fake","time":{"created":1795270235125,"completed":1795270236635},"error":{"name":"APIError","data":{"message":"refused","statusCode":400,"isRetryable":false,"responseHeaders":{"content-length":"71","content-type":"application/json","date":"Sat, 21 Nov 2026 14:10:36 GMT","server":"BaseHTTP/0.6 Python/3.11.7"},"responseBody":"{\"type\": \"error\", \"error\": {\"type\": \"api_error\", \"message\": \"refused\"}}","metadata":{"url":"http://127.0.0.1:1/v1/chat/completions"}}}}');
CREATE TABLE `session` (
          `id` text PRIMARY KEY,
          `project_id` text NOT NULL,
          `workspace_id` text,
          `parent_id` text,
          `slug` text NOT NULL,
          `directory` text NOT NULL,
          `path` text,
          `title` text NOT NULL,
          `version` text NOT NULL,
          `share_url` text,
          `summary_additions` integer,
          `summary_deletions` integer,
          `summary_files` integer,
          `summary_diffs` text,
          `metadata` text,
          `cost` real DEFAULT 0 NOT NULL,
          `tokens_input` integer DEFAULT 0 NOT NULL,
          `tokens_output` integer DEFAULT 0 NOT NULL,
          `tokens_reasoning` integer DEFAULT 0 NOT NULL,
          `tokens_cache_read` integer DEFAULT 0 NOT NULL,
          `tokens_cache_write` integer DEFAULT 0 NOT NULL,
          `revert` text,
          `permission` text,
          `agent` text,
          `model` text,
          `time_created` integer NOT NULL,
          `time_updated` integer NOT NULL,
          `time_compacting` integer,
          `time_archived` integer,
          CONSTRAINT `fk_session_project_id_project_id_fk` FOREIGN KEY (`project_id`) REFERENCES `project`(`id`) ON DELETE CASCADE
        );
INSERT INTO session VALUES('ses_e018e52c3ffefLVmqjlFFl7UBj','global',NULL,NULL,'proud-meadow','/w','','t','1.18.33',NULL,0,0,0,NULL,NULL,0.00099012499999999990275,300,51,10,41,0,NULL,'[{"permission":"question","pattern":"*","action":"deny"},{"permission":"plan_enter","pattern":"*","action":"deny"},{"permission":"plan_exit","pattern":"*","action":"deny"}]','build','{"id":"gpt-5.5","providerID":"fake","variant":"default"}',1795270225212,1795270235268,NULL,NULL);
INSERT INTO session VALUES('ses_e018e4348ffe3xilnBX4L6pNtl','global',NULL,'ses_e018e52c3ffefLVmqjlFFl7UBj','witty-panda','/w','','look (@general subagent)','1.18.33',NULL,0,0,0,NULL,NULL,0.00078375000000000004992,307,34,6,0,0,NULL,'[{"permission":"question","pattern":"*","action":"deny"},{"permission":"plan_enter","pattern":"*","action":"deny"},{"permission":"plan_exit","pattern":"*","action":"deny"},{"permission":"task","pattern":"*","action":"deny"}]','general','{"id":"gpt-5.5","providerID":"fake","variant":"default"}',1795270229175,1795270229725,NULL,NULL);
COMMIT;
