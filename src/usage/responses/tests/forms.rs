//! How answers are recorded: line endings, comments, data over several lines, torn ends.

use super::*;

const START: &str = r#"{"type":"message_start","message":{"id":"msg_01","model":"m","usage":{"input_tokens":25,"output_tokens":1}}}"#;
const DELTA: &str =
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"#;

fn stream() -> String {
    format!(
        "event: message_start\ndata: {START}\n\n: a comment\n\nevent: message_delta\nid: 7\nretry: 5\ndata:{DELTA}\n\nevent: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
    )
}

#[test]
fn every_line_ending_will_do() {
    let wanted = known(&stream());
    for ending in ["\r\n", "\r"] {
        assert_eq!(known(&stream().replace('\n', ending)), wanted);
    }
    assert_eq!(known(&format!("\u{feff}{}", stream())), wanted);
}

#[test]
fn data_over_several_lines_is_one_message() {
    let data: String = DELTA
        .split_inclusive(',')
        .map(|part| ["data: ", part, "\n"].concat())
        .collect();
    assert!(data.lines().count() > 2);
    let text = format!("data: {START}\n\n{data}\n");
    assert_eq!(tokens(&known(&text)), [25, 0, 0, 0, 15, 0]);
}

#[test]
fn the_last_line_needs_no_end() {
    let text = format!("data: {START}\n\ndata: {DELTA}");
    assert_eq!(tokens(&known(&text)), [25, 0, 0, 0, 15, 0]);
}

#[test]
fn nothing_follows_the_end_of_a_stream() {
    let chunk = r#"{"id":"a","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let once = sse(&[chunk, "[DONE]"]);
    assert_eq!(tokens(&known(&once)), [1, 0, 0, 0, 2, 0]);
    assert_eq!(tokens(&known(once.trim_end())), [1, 0, 0, 0, 2, 0]);
    let (reason, _) = unknown(&once.repeat(2));
    assert!(reason.contains("follows the end"), "{reason}");
}

#[test]
fn a_head_kept_by_the_client_is_passed_over() {
    let body = r#"{"model":"m","done":true,"prompt_eval_count":1,"eval_count":2}"#;
    for head in [
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n",
        "HTTP/2 200\nserver: x\n\n",
    ] {
        assert_eq!(tokens(&known(&format!("{head}{body}"))), [1, 0, 0, 0, 2, 0]);
    }
    assert_eq!(reading("HTTP/1.1 204 No Content\r\n\r\n"), Reading::Silent);
    assert_eq!(reading("HTTP/1.1 204"), Reading::Silent);
}

/// A recording that lost its end never says less than it cost: it is unknown, or it is whole.
#[test]
fn wherever_it_is_cut_it_is_whole_or_unknown() {
    let pretty = "{\n  \"type\": \"message\",\n  \"id\": \"msg_01\",\n  \"usage\": {\n    \"input_tokens\": 25,\n    \"output_tokens\": 15\n  }\n}\n";
    let array = r#"[{"candidates":[{}],"usageMetadata":{"promptTokenCount":25,"candidatesTokenCount":1,"totalTokenCount":26}}
,{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":25,"candidatesTokenCount":15,"totalTokenCount":40}}]"#;
    let lines = "{\"model\":\"m\",\"done\":false}\n{\"model\":\"m\",\"done\":true,\"prompt_eval_count\":25,\"eval_count\":15}\n";
    let text = stream();
    for whole in [text.as_str(), pretty, array, lines] {
        assert_eq!(tokens(&known(whole)), [25, 0, 0, 0, 15, 0]);
        let mut unknowns = 0;
        for end in 0..whole.len() {
            match read(&whole.as_bytes()[..end], None) {
                Reading::Known(report) => assert_eq!(tokens(&report), [25, 0, 0, 0, 15, 0]),
                Reading::Unknown { at_least, .. } => {
                    unknowns += 1;
                    if let Some(report) = at_least {
                        assert!(tokens(&report)[4] <= 15);
                    }
                }
                Reading::Silent => {}
            }
        }
        assert!(unknowns > 20, "{unknowns}: {whole}");
    }
}
