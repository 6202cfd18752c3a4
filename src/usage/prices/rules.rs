//! Which part of a model's rule may match a name. Compiling a regular expression costs more than
//! all the rest of a price, so what cannot match is left out before anything is decoded. Owns only
//! what is certain: where in doubt, a rule stays.

use serde_json::{Map, Value};

/// The rule without what cannot match any of the names, which are in lower case; `None` where
/// nothing is left.
pub(super) fn pruned(rule: Value, names: &[String]) -> Option<Value> {
    let Value::Object(fields) = rule else {
        return Some(rule);
    };
    let mut kept = Map::new();
    for (operation, argument) in fields {
        let argument = match (operation.as_str(), argument) {
            ("or", Value::Array(rules)) => {
                let rules = rules.into_iter().filter_map(|rule| pruned(rule, names));
                let rules: Vec<Value> = rules.collect();
                (!rules.is_empty()).then_some(Value::Array(rules))?
            }
            ("and", Value::Array(rules)) => {
                let rules = rules.into_iter().map(|rule| pruned(rule, names));
                Value::Array(rules.collect::<Option<Vec<Value>>>()?)
            }
            (operation, Value::String(text)) => {
                may_match(operation, &text, names).then_some(Value::String(text))?
            }
            (_, argument) => argument,
        };
        kept.insert(operation, argument);
    }
    Some(Value::Object(kept))
}

fn may_match(operation: &str, text: &str, names: &[String]) -> bool {
    if operation == "regex" {
        let prefix = literal_prefix(text);
        return names.iter().any(|name| name.starts_with(&prefix));
    }
    let text = text.to_lowercase();
    names.iter().any(|name| match operation {
        "equals" => *name == text,
        "starts_with" => name.starts_with(&text),
        "ends_with" => name.ends_with(&text),
        "contains" => name.contains(&text),
        _ => true,
    })
}

/// What every text that a pattern matches begins with; empty where that is not certain.
fn literal_prefix(pattern: &str) -> String {
    let Some(rest) = pattern.strip_prefix('^') else {
        return String::new();
    };
    if has_alternatives(rest) {
        return String::new();
    }
    let mut prefix = String::new();
    let mut signs = rest.chars().peekable();
    while let Some(sign) = signs.next() {
        let literal = match sign {
            '\\' => match signs.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => escaped,
                _ => break,
            },
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => break,
            literal => literal,
        };
        // What may be there not at all, or more than once, is not certain.
        if matches!(signs.peek(), Some('*' | '?' | '{' | '+')) {
            break;
        }
        prefix.push(literal);
    }
    prefix
}

/// Whether a pattern may be one of several, outside of all groups.
fn has_alternatives(pattern: &str) -> bool {
    let (mut depth, mut in_class, mut is_escaped) = (0_u32, false, false);
    for sign in pattern.chars() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match sign {
            '\\' => is_escaped = true,
            ']' => in_class = false,
            '[' => in_class = true,
            '(' if !in_class => depth = depth.saturating_add(1),
            ')' if !in_class => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_beginning_of_a_pattern_is_only_what_is_certain() {
        for (pattern, prefix) in [
            (r"^claude-opus-5-\d{8}$", "claude-opus-5-"),
            (r"^gpt-5\.5(?:-codex|$)", "gpt-5.5"),
            (r"^o[134]", "o"),
            ("^ab?c", "a"),
            ("^ab+c", "a"),
            (r"^a\.?b", "a"),
            ("^a|b", ""),
            ("^(a|b)", ""),
            ("^a[(]|b", ""),
            (r"^a\(|b", ""),
            ("a", ""),
            ("^(?i)a", ""),
            ("^", ""),
            ("", ""),
        ] {
            assert_eq!(literal_prefix(pattern), prefix, "{pattern}");
        }
    }

    #[test]
    fn a_rule_keeps_what_may_match_and_nothing_else() {
        let names = ["claude-opus-5".to_owned(), "claude-opus-5".to_owned()];
        let rule = json!({"or": [
            {"equals": "Claude-Opus-5"},
            {"regex": r"^claude-opus-5-\d{8}$"},
            {"and": [{"starts_with": "claude"}, {"regex": "opus"}]},
            {"and": [{"starts_with": "gpt"}, {"regex": "opus"}]},
            {"contains": "sonnet"},
            {"ends_with": "-5"},
        ]});
        let left = json!({"or": [
            {"equals": "Claude-Opus-5"},
            {"and": [{"starts_with": "claude"}, {"regex": "opus"}]},
            {"ends_with": "-5"},
        ]});
        assert_eq!(pruned(rule, &names), Some(left));
        assert_eq!(pruned(json!({"or": [{"equals": "x"}]}), &names), None);
        assert_eq!(
            pruned(json!({"unheard": "x"}), &names),
            Some(json!({"unheard": "x"}))
        );
    }
}
