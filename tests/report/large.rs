//! Reports of much: sums larger than any amount, and ten thousand rows.

use budget_ledger::render::table::widest;

use super::support::{Output, TestEnv};

const ROWS: usize = 10_000;
/// The largest amount of money there is.
const MOST: &str = "92233720368.54775807";

fn shown(env: &TestEnv, args: &[&str], columns: &str) -> String {
    let mut command = env.command();
    let output = Output::of(command.arg("report").args(args).env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

#[test]
fn charges_that_fit_are_added_up_however_much_they_come_to() {
    let env = TestEnv::new();
    let tokens = format!("{}tokens", i64::MAX);
    for name in ["a", "b", "c"] {
        env.ok(&["create", name, "--limit", "9calls", "--tz", "UTC"]);
        let amount = format!("{MOST}usd");
        env.ok(&["spend", name, &amount, &tokens, "--model", "m"]);
    }
    let report = env.json(&["report", "--by", "budget"]);
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["rows"][0]["spent"][0]["amount"], MOST);
    let total = &report["total"];
    assert_eq!(
        total["spent"][0]["amount"], "276701161105.64327421",
        "{total}"
    );
    let all = (i128::from(i64::MAX) * 3).to_string();
    assert_eq!(total["spent"][1]["amount"], all.as_str(), "{total}");
    let csv = env.ok(&["report", "--by", "month", "--csv"]);
    assert!(csv.contains("276701161105.64327421"), "{csv}");
    assert!(csv.contains(&all), "{csv}");
    for by in ["day", "budget", "model"] {
        let text = shown(&env, &["--by", by], "120");
        assert!(text.contains("$276,701,161,105.64"), "{text}");
        assert!(shown(&env, &["--by", by, "--markdown"], "80").contains("$276,701,161,105.64"));
    }
    env.ok(&["report", "--html", "page.html"]);
    let page = std::fs::read_to_string(env.path().join("page.html")).expect("a page");
    assert!(page.contains("$276,701,161,105.64"), "{page}");
    let focus = env.ok(&["report", "--format", "focus"]);
    let costs = focus.lines().skip(1).map(|line| line.split(',').next());
    assert!(focus.lines().count() > 3, "{focus}");
    assert!(costs.flatten().all(|cost| !cost.is_empty()), "{focus}");
    let forecast = env.run(&["forecast"]);
    assert_eq!(forecast.code, 0, "{forecast}");
    let statement = env.json(&["statement", "a", "--limit", "usd"]);
    assert_eq!(statement["uncounted"][0]["total"]["amount"], MOST);
}

/// As many charges, each with a tag of its own, in a run of its own.
fn many() -> TestEnv {
    let env = TestEnv::with("me", &["1000usd"]);
    let note = "--model m --input-tokens 10 --output-tokens 3 --tag job=j0";
    let note: Vec<_> = note.split(' ').collect();
    env.ok(&[&["spend", "me", "0.01usd"], &note[..]].concat());
    let last = ROWS + 1;
    env.damage(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i <= {last}) \
         INSERT INTO entry SELECT i, at_us + i, kind, budgets, reservation, randomblob(16), \
         corrects, amounts, replace(detail, '\"j0\"', '\"a job with a long name 你好 ' || i || '\"'), \
         hash FROM n JOIN entry ON seq = 2; \
         INSERT INTO posting SELECT e.seq, p.window, p.effective_us + e.seq, 0, 1000000, 0, 0, NULL \
         FROM entry e JOIN posting p ON p.entry = 2 WHERE e.seq > 2"
    ));
    env
}

#[test]
fn ten_thousand_rows_fit_and_none_is_left_out() {
    let env = many();
    for by in ["tag:job", "session"] {
        let report = env.json(&["report", "--by", by]);
        let rows = report["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), ROWS + 1, "{by}");
        assert!(rows.iter().all(|row| row["entries"] == 1));
        assert_eq!(report["total"]["spent"][0]["amount"], "100.01");
        for columns in ["40", "80", "120"] {
            let text = shown(&env, &["--by", by], columns);
            let width = columns.parse().expect("a number");
            assert!(widest(&text) <= width, "{by} {columns}");
            assert_eq!(text.lines().count(), ROWS + 3, "{by} {columns}");
            assert!(text.contains("$100.01"), "{by} {columns}");
        }
        let csv = shown(&env, &["--by", by, "--csv"], "80");
        assert_eq!(csv.lines().count(), ROWS + 2, "{by}");
        let markdown = shown(&env, &["--by", by, "--markdown"], "80");
        assert_eq!(markdown.lines().count(), ROWS + 4, "{by}");
    }
    let focus = shown(&env, &["--format", "focus"], "80");
    // A row for each kind of tokens, and for money without a price.
    assert_eq!(focus.lines().count(), 3 * (ROWS + 1) + 1);
    env.ok(&["report", "--html", "page.html"]);
    let page = std::fs::metadata(env.path().join("page.html")).expect("a page");
    assert!(page.len() < 2_000_000, "{page:?}");
}
