use super::*;

#[test]
fn a_topic_has_the_name_of_no_command() {
    for topic in TOPICS {
        assert!(
            crate::commands::verb(topic.name).is_none(),
            "{}",
            topic.name
        );
    }
}

#[test]
fn topics_fit_a_terminal() {
    for topic in TOPICS {
        let text = topic.text();
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{}", topic.name);
        assert!(text.lines().count() <= 48, "{}", topic.name);
        assert!(
            !text.contains('{') || topic.name == "reports",
            "{}",
            topic.name
        );
    }
}
