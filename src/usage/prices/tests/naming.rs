//! The names that agents give to providers and models lead to the right line of the table, and
//! nothing is found by likeness.

use super::{priced, tokens, unpriced, usage};

fn found(provider: &str, model: &str) -> (String, String, bool) {
    let pricing = priced(usage(provider, model, tokens(1000, 0))).pricing;
    let pricing = pricing.expect("a pricing");
    (pricing.provider, pricing.model, pricing.is_estimate)
}

/// What is reported of provider and model, and what the table calls them.
const NAMES: [(&str, &str, &str, &str); 28] = [
    ("firstParty", "claude-opus-5", "anthropic", "claude-opus-5"),
    (
        "anthropicAws",
        "claude-opus-5",
        "anthropic",
        "claude-opus-5",
    ),
    ("", "claude-opus-5", "anthropic", "claude-opus-5"),
    ("gateway", "claude-opus-5", "anthropic", "claude-opus-5"),
    (
        "anthropic",
        "claude-opus-5[1m]",
        "anthropic",
        "claude-opus-5",
    ),
    ("anthropic", "Claude-Opus-5", "anthropic", "claude-opus-5"),
    (
        "anthropic",
        "anthropic/claude-opus-5",
        "anthropic",
        "claude-opus-5",
    ),
    ("", "anthropic/claude-opus-5", "anthropic", "claude-opus-5"),
    (
        "anthropic",
        "claude-opus-5-20260801",
        "anthropic",
        "claude-opus-5",
    ),
    (
        "vertex",
        "claude-sonnet-4-5@20250929",
        "google",
        "claude-sonnet-4-5",
    ),
    (
        "google-vertex-anthropic",
        "claude-sonnet-4-5@20250929",
        "google",
        "claude-sonnet-4-5",
    ),
    ("foundry", "claude-opus-5", "azure", "claude-opus-5"),
    ("azure_openai", "gpt-5.5", "azure", "gpt-5.5"),
    (
        "bedrock",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws",
        "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    (
        "amazon-bedrock",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    (
        "",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws",
        "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    (
        "",
        "arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws",
        "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    ("openai", "gpt-5.5", "openai", "gpt-5.5"),
    ("openai", "GPT-5.5-codex", "openai", "gpt-5.5"),
    ("", "gpt-5.5", "openai", "gpt-5.5"),
    ("google", "gemini-2.5-pro", "google", "gemini-2.5-pro"),
    (
        "gcp_vertex_ai",
        "gemini-2.5-pro",
        "google",
        "gemini-2.5-pro",
    ),
    ("gcp.gemini", "gemini-2.5-pro", "google", "gemini-2.5-pro"),
    ("", "gemini/gemini-2.5-pro", "google", "gemini-2.5-pro"),
    (
        "openrouter",
        "anthropic/claude-opus-4.5",
        "openrouter",
        "anthropic/claude-opus-4.5",
    ),
    (
        "",
        "openrouter/anthropic/claude-opus-4.5",
        "openrouter",
        "anthropic/claude-opus-4.5",
    ),
    ("xai", "grok-4", "x-ai", "grok-4-0709"),
    ("litellm", "openai/gpt-5.5", "openai", "gpt-5.5"),
];

#[test]
fn the_names_that_agents_report_are_known() {
    for (provider, model, at, id) in NAMES {
        let expected = (at.to_owned(), id.to_owned(), false);
        assert_eq!(found(provider, model), expected, "{provider} {model}");
    }
}

#[test]
fn a_version_the_table_does_not_know_is_an_estimate() {
    let expected = ("openai".to_owned(), "gpt-5.5".to_owned(), true);
    assert_eq!(found("openai", "gpt-5.5-2026-12-31"), expected);
}

#[test]
fn nothing_is_found_by_likeness() {
    for (provider, model) in [
        ("openai", "gpt-5.5-ultra"),
        ("openai", "gpt"),
        ("openai", "my-gpt-5.5"),
        ("anthropic", "opus"),
        ("openrouter", "claude-opus"),
        ("openrouter", "anthropic/claude-opus-4.5:nitro"),
        ("", "llama"),
        ("", ""),
        ("", "/"),
        ("openai", "\"}]\u{0}"),
        ("\"", "\\"),
    ] {
        let reason = unpriced(usage(provider, model, tokens(1, 1)));
        assert!(reason.contains("does not know"), "{reason}");
    }
}
