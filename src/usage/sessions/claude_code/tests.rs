//! Every way in which a count of transcripts goes wrong.

use super::*;
use crate::usage::sessions::tests::{home, outputs, scan, scan_fixture, sums};
use crate::usage::sessions::{Scan, find};

const AGENT: &Transcripts = &Transcripts;
const FILE: &str = ".claude/projects/p/s.jsonl";

/// A line, with what differs from line to line.
fn line(id: &str, request: &str, output: u64, more: &str) -> String {
    let request = match request {
        "" => String::new(),
        request => format!(r#""requestId":"{request}","#),
    };
    format!(
        r#"{{"type":"assistant",{request}{more}"timestamp":"2026-11-21T12:00:00.5Z","sessionId":"s","cwd":"/w","message":{{"id":"{id}","model":"claude-sonnet-4-5","usage":{{"input_tokens":10,"output_tokens":{output}}}}}}}"#
    ) + "\n"
}

fn one_file(lines: &[String]) -> Scan {
    scan(AGENT, &[(FILE, &lines.concat())])
}

const ASIDE: &str = r#""isSidechain":true,"#;

#[test]
fn a_session_resumed_and_forked_by_the_agent_is_what_the_provider_served() {
    let scan = scan_fixture(
        AGENT,
        "CLAUDE_CONFIG_DIR",
        "projects",
        "claude_code/fixtures/resume",
    );
    assert_eq!(scan.lost, []);
    assert_eq!(
        sums(&scan),
        [5 * 1200, 4 * 500 + 900, 5 * 3000, 11 + 22 + 33 + 44 + 55, 0]
    );
    assert_eq!(scan.messages.len(), 5, "the fork repeats four of them");
    let first = scan
        .messages
        .iter()
        .find(|m| m.key == "msg_fake000001:req_fake000001");
    let first = first.expect("the first message");
    assert_eq!(first.usage.model.as_deref(), Some("claude-sonnet-4-5"));
    assert_eq!(first.usage.service_tier, None, "the usual one");
    assert_eq!(
        (first.usage.requests, first.usage.at),
        (Some(1), Some(first.at))
    );
    assert_eq!(first.cwd.as_deref(), Some("/home/ann/work"));
    assert_eq!(Some(first.at), instant::parse("2026-11-21T10:29:25.739Z"));
}

#[test]
fn helpers_count_once_and_belong_to_the_session_that_started_them() {
    let scan = scan_fixture(
        AGENT,
        "CLAUDE_CONFIG_DIR",
        "projects",
        "claude_code/fixtures/helper",
    );
    assert_eq!(scan.lost, []);
    // The result of the helper, which repeats its last figures in the main file, is none.
    assert_eq!(sums(&scan), [3600, 1900, 9000, 77, 0]);
    let session = "6ba151a9-81cb-477a-a89e-73c150d0a5a7";
    assert!(
        scan.messages
            .iter()
            .all(|message| &*message.session == session),
        "{scan:?}"
    );
}

#[test]
fn one_answer_is_several_lines_and_the_largest_counts() {
    let lines = [
        line("m", "r", 1, ""),
        line("m", "r", 300, ""),
        line("m", "r", 7, ""),
    ];
    assert_eq!(outputs(&one_file(&lines)), [300]);
}

#[test]
fn two_requests_with_one_message_id_are_two() {
    let lines = [line("m", "r1", 1, ""), line("m", "r2", 2, "")];
    let scan = one_file(&lines);
    assert_eq!(outputs(&scan), [1, 2]);
    let keys: Vec<_> = scan.messages.iter().map(|m| m.key.as_str()).collect();
    assert_eq!(keys, ["m:r1", "m:r2"]);
}

#[test]
fn without_a_request_id_the_message_id_says_it_alone() {
    let lines = [
        line("m", "", 5, ""),
        line("m", "", 6, ""),
        line("n", "", 1, ""),
    ];
    let scan = one_file(&lines);
    assert_eq!(outputs(&scan), [6, 1]);
    assert_eq!(scan.messages[0].key, "m");
    let mixed = [line("m", "", 5, ""), line("m", "r", 6, "")];
    assert_eq!(outputs(&one_file(&mixed)), [6]);
}

#[test]
fn a_replay_aside_of_a_message_is_not_counted_in_whatever_order() {
    let (main, aside) = (line("m", "r1", 5, ""), line("m", "r2", 9, ASIDE));
    assert_eq!(outputs(&one_file(&[main.clone(), aside.clone()])), [5]);
    assert_eq!(outputs(&one_file(&[aside.clone(), main.clone()])), [5]);
    let other = ".claude/projects/p/s/subagents/agent-1.jsonl";
    assert_eq!(
        outputs(&scan(AGENT, &[(FILE, &main), (other, &aside)])),
        [5]
    );
}

#[test]
fn a_message_written_aside_and_in_the_main_conversation_is_no_replay() {
    let main = [
        line("m", "r1", 5, ASIDE),
        line("m", "r1", 5, ""),
        line("m", "r2", 6, ""),
    ];
    assert_eq!(outputs(&one_file(&main)), [5, 6]);
}

#[test]
fn a_message_aside_with_an_id_of_its_own_is_counted() {
    let lines = [
        line("m", "r1", 5, ""),
        line("n", "r2", 9, ASIDE),
        line("n", "r2", 8, ASIDE),
    ];
    assert_eq!(outputs(&one_file(&lines)), [5, 9]);
}

#[test]
fn copies_in_other_files_and_roots_count_once_with_the_earliest_time() {
    let late = line("m", "r", 5, "").replace("12:00:00.5Z", "13:00:00Z");
    let files = [
        (".claude/projects/a/one.jsonl", late.as_str()),
        (
            ".config/claude/projects/b/two.jsonl",
            &line("m", "r", 5, ""),
        ),
    ];
    let scan = scan(AGENT, &files);
    assert_eq!(outputs(&scan), [5]);
    assert_eq!(
        Some(scan.messages[0].at),
        instant::parse("2026-11-21T12:00:00.5Z")
    );
}

#[test]
fn what_the_agent_said_itself_and_what_lacks_a_name_is_none() {
    let lines = [
        line("m", "r", 5, "").replace("claude-sonnet-4-5", "<synthetic>"),
        line("m", "r", 5, "").replace(r#""model":"claude-sonnet-4-5""#, r#""model":null"#),
        line("m", "r", 5, "").replace(r#""id":"m""#, r#""id":null"#),
        line("m", "r", 5, "").replace(r#""input_tokens":10"#, r#""input_tokens":null"#),
        line("m", "r", 5, "").replace("assistant", "progress"),
        "{\"type\":\"user\",\"message\":\"text\",\"toolUseResult\":{\"usage\":{}}}\n".to_owned(),
    ];
    let scan = one_file(&lines);
    assert_eq!((outputs(&scan), scan.lost), (vec![], vec![]));
}

#[test]
fn a_message_without_a_time_is_lost_not_forgotten() {
    let scan = one_file(&[line("m", "r", 5, "").replace("2026-11-21T", "yesterday")]);
    assert_eq!((outputs(&scan), scan.lost.len()), (vec![], 1));
}

#[test]
fn cache_writes_are_told_apart_by_how_long_they_are_kept() {
    let usage = |written: &str| {
        let new = format!(r#""output_tokens":5,{written}"cache_read_input_tokens":4"#);
        let scan = one_file(&[line("m", "r", 5, "").replace(r#""output_tokens":5"#, &new)]);
        let tokens = scan
            .messages
            .first()
            .and_then(|message| message.usage.tokens);
        tokens.map(|t| (t.input, t.cache_read, t.cache_write_5m, t.cache_write_1h))
    };
    let split =
        r#""cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2},"#;
    assert_eq!(usage(""), Some((10, 4, 0, 0)));
    assert_eq!(
        usage(r#""cache_creation_input_tokens":9,"#),
        Some((10, 4, 9, 0))
    );
    assert_eq!(usage(split), Some((10, 4, 3, 2)));
    assert_eq!(
        usage(&format!(r#""cache_creation_input_tokens":9,{split}"#)),
        Some((10, 4, 7, 2))
    );
    assert_eq!(
        usage(&format!(r#""cache_creation_input_tokens":1,{split}"#)),
        None,
        "a contradiction"
    );
}

#[test]
fn money_tiers_and_searches_are_read_where_they_are_told() {
    let more = r#""output_tokens":5,"service_tier":"priority","server_tool_use":{"web_search_requests":3}"#;
    let text = line("m", "r", 5, r#""costUSD":0.0123,"#).replace(r#""output_tokens":5"#, more);
    let scan = one_file(std::slice::from_ref(&text));
    let usage = &scan.messages[0].usage;
    assert_eq!(
        usage.cost.map(|cost| cost.to_string()).as_deref(),
        Some("0.0123")
    );
    assert_eq!(
        (usage.service_tier.as_deref(), usage.web_searches),
        (Some("priority"), 3)
    );
    let fast = text.replace(r#""service_tier""#, r#""speed":"fast","service_tier""#);
    assert_eq!(
        one_file(&[fast]).messages[0].usage.service_tier.as_deref(),
        Some("fast")
    );
    let none = text.replace("0.0123", "null");
    assert_eq!(one_file(&[none]).messages[0].usage.cost, None);
    let hostile = text.replace("0.0123", "-1");
    assert_eq!(one_file(&[hostile]).lost.len(), 1);
}

#[test]
fn the_places_are_those_of_the_variable_or_both_of_the_home() {
    let roots = |variables: &[(&'static str, &str)]| {
        let variables = variables
            .iter()
            .map(|(name, value)| (*name, (*value).into()));
        let roots = Transcripts.roots(&Places::new(variables)).into_iter();
        roots
            .map(|root| root.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    let home = ("HOME", "/h");
    assert_eq!(
        roots(&[home]),
        ["/h/.claude/projects", "/h/.config/claude/projects"]
    );
    let config = ("XDG_CONFIG_HOME", "/c");
    assert_eq!(
        roots(&[home, config]),
        ["/h/.claude/projects", "/c/claude/projects"]
    );
    let own = ("CLAUDE_CONFIG_DIR", "/a, /b,");
    assert_eq!(roots(&[home, own]), ["/a/projects", "/b/projects"]);
    assert!(roots(&[]).is_empty());
}

#[test]
fn only_sessions_and_their_helpers_are_read() {
    let text = line("m", "r", 5, "");
    let files = [
        ".claude/projects/p/s.jsonl",
        ".claude/projects/p/s/subagents/agent-1.jsonl",
        ".claude/projects/p/s/subagents/deep/agent-2.jsonl",
        ".claude/projects/p/s/tool-results/other.jsonl",
        ".claude/projects/stray.jsonl",
        ".claude/projects/p/s/subagents/agent-1.meta.json",
        ".claude/history.jsonl",
    ];
    let home = home(&files.map(|path| (path, text.as_str())));
    let found = find(
        &Transcripts,
        &crate::usage::sessions::tests::places(home.path()),
    );
    assert_eq!(found.files.len(), 3, "{found:?}");
    let helper = Path::new("p/s7/subagents/deep/agent-2.jsonl");
    assert_eq!(session_of(helper), "s7");
    assert_eq!(session_of(Path::new("p/s8.jsonl")), "s8");
}

#[test]
fn a_line_of_ten_megabytes_counts_like_any_other() {
    let long = format!(r#""text":"{}","#, "x".repeat(10_000_000));
    let lines = [line("m", "r", 5, &long), line("n", "r", 6, "")];
    let scan = one_file(&lines);
    assert_eq!((outputs(&scan), scan.lost), (vec![5, 6], vec![]));
}

/// A line with something more in its usage.
fn with_usage(id: &str, output: u64, more: &str) -> String {
    let told = format!(r#""output_tokens":{output}"#);
    line(id, "r", output, "").replace(&told, &format!("{told},{more}"))
}

/// Figures of real answers: 2390/121 with an advisor's 2518/22, 220/8 after a compaction of
/// 55196/125.
#[test]
fn compaction_and_advisors_are_billed_on_top_each_at_its_own_model() {
    let told = |entries: &str| {
        let placeholder = with_usage("m", 1, r#""iterations":[]"#);
        let whole = with_usage("m", 121, &format!(r#""iterations":[{entries}]"#));
        let scan = one_file(&[placeholder, whole]);
        assert_eq!(scan.lost, []);
        let [message] = scan.messages.as_slice() else {
            panic!("not one: {scan:?}");
        };
        let parts = message.usages().map(|usage| {
            let tokens = usage.tokens.expect("tokens");
            assert_eq!((usage.requests, usage.at), (Some(1), Some(message.at)));
            (
                usage.model.clone().expect("a model"),
                tokens.input,
                tokens.output,
            )
        });
        parts.collect::<Vec<_>>()
    };
    let own = r#"{"type":"message","input_tokens":10,"output_tokens":121}"#;
    let sonnet = || "claude-sonnet-4-5".to_owned();
    assert_eq!(
        told(&format!(
            r#"{own},{{"type":"advisor_message","model":"claude-opus-5","input_tokens":2518,"output_tokens":22}}"#
        )),
        [(sonnet(), 10, 121), ("claude-opus-5".to_owned(), 2518, 22)]
    );
    assert_eq!(
        told(&format!(
            r#"{{"type":"compaction","input_tokens":55196,"output_tokens":125}},{own}"#
        )),
        [(sonnet(), 10, 121), (sonnet(), 55_196, 125)]
    );
    assert_eq!(told(own), [(sonnet(), 10, 121)]);
    let contradiction = with_usage("m", 120, &format!(r#""iterations":[{own}]"#));
    assert_eq!(one_file(&[contradiction]).lost.len(), 1);
}

#[test]
fn what_is_computed_in_the_us_has_a_price_of_its_own() {
    let off_table = |place: &str| {
        let more = format!(r#""inference_geo":"{place}""#);
        one_file(&[with_usage("m", 5, &more)]).messages[0]
            .usage
            .off_table
    };
    assert_eq!(off_table("us"), Some("answers computed in the US"));
    assert_eq!((off_table("global"), off_table("")), (None, None));
}

#[test]
fn the_platform_that_sets_the_price_is_told_by_the_id() {
    for (id, provider) in [
        ("msg_bdrk_1", Some("aws")),
        ("msg_vrtx_1", Some("google")),
        ("msg_01", None),
    ] {
        let scan = one_file(&[line(id, "r", 5, "")]);
        assert_eq!(scan.messages[0].usage.provider.as_deref(), provider);
    }
}

#[test]
fn tokens_for_nothing_have_an_unknown_price() {
    let scan = one_file(&[line("m", "r", 5, r#""costUSD":0,"#)]);
    assert_eq!(scan.messages[0].usage.cost, None);
}

#[test]
fn an_id_that_is_nobody_elses_is_one_message_whatever_its_requests() {
    let id = "msg_01ABCDEFGHIJKLMNOPQRSTUV";
    let copies = [line(id, "r1", 5, ""), line(id, "r2", 5, "")];
    assert_eq!(outputs(&one_file(&copies)), [5]);
    // The figures of a replay are its own, larger or not, and whether it names its request or not.
    for request in ["r1", "r2", ""] {
        let (main, aside) = (line(id, "r1", 5, ""), line(id, request, 900, ASIDE));
        for lines in [[main.clone(), aside.clone()], [aside, main]] {
            assert_eq!(outputs(&one_file(&lines)), [5], "{lines:?}");
        }
    }
}
