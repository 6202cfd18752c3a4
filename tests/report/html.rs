//! `budget report --html`: a page that is well-formed, says what `--json` says, needs nothing from
//! anywhere, and is written as a whole or not at all.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::markup::{Element, read};
use super::support::{TestEnv, golden};
use super::views;

#[track_caller]
fn page(env: &TestEnv, args: &[&str]) -> (String, Element) {
    let text = env.ok(&[&["report"], args, &["--html", "-"]].concat());
    let root = read(&text);
    for outside in [
        "http:",
        "https:",
        "url(",
        "<script",
        "@import",
        "javascript:",
        "src=",
    ] {
        assert!(!text.contains(outside), "{outside}");
    }
    (text, root)
}

/// The figures of a table by the names in its first column; `$1,234.50` as `1234.50`.
fn rows(table: &Element) -> Vec<(String, Vec<String>)> {
    let number = |cell: &Element| cell.whole_text().replace(['$', ','], "");
    let row = |row: &&Element| {
        let name = row.all("th").first().map(|cell| cell.whole_text());
        let cells = row.all("td").into_iter().map(number);
        Some((name?, cells.collect()))
    };
    let body = table.all("tbody").into_iter().chain(table.all("tfoot"));
    body.flat_map(|part| part.all("tr"))
        .filter_map(|r| row(&r))
        .collect()
}

fn table_of<'a>(page: &'a Element, summary: &str) -> &'a Element {
    let details = page.all("details").into_iter();
    let mut found = details.filter(|d| d.all("summary")[0].whole_text() == summary);
    found.next().expect(summary).all("table")[0]
}

fn section_of<'a>(page: &'a Element, title: &str) -> &'a Element {
    let sections = page.all("section").into_iter();
    let is_meant = |section: &&Element| section.all("h2")[0].whole_text() == title;
    let mut found = sections.filter(is_meant);
    found.next().expect(title)
}

fn money(sums: &Value) -> String {
    let spent = sums["spent"].as_array().expect("amounts");
    let usd = spent.iter().find(|amount| amount["unit"] == "usd");
    usd.map_or("0.00".to_owned(), |usd| {
        usd["amount"].as_str().expect("text").to_owned()
    })
}

#[test]
fn the_page_looks_as_it_should() {
    let env = views::env();
    env.ok(&[
        "create",
        "team/web/x",
        "--limit",
        "1usd/day",
        "--tz",
        "Europe/Berlin",
    ]);
    let (text, _) = page(
        &env,
        &["team", "--since", "2026-10-24", "--until", "2026-11-30"],
    );
    golden("report/page.html", &format!("{text}\n"));
}

#[test]
fn the_page_says_what_json_says() {
    let env = views::env();
    for args in [&[][..], &["team"], &["ann", "--since", "2026-11-01"]] {
        let (_, root) = page(&env, args);
        for (by, key) in [("day", "day"), ("model", "model"), ("budget", "budget")] {
            let json = env.json(&[&["report"], args, &["--by", by]].concat());
            let table = match by {
                "day" => table_of(&root, "Figures by day"),
                by => section_of(&root, &format!("By {by}")).all("table")[0],
            };
            let shown: Vec<_> = rows(table)
                .into_iter()
                .map(|(name, figures)| (name, figures[0].clone()))
                .collect();
            let mut wanted: Vec<_> = json["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| (row[key].as_str().unwrap_or("(none)").to_owned(), money(row)))
                .collect();
            wanted.push(("total".to_owned(), money(&json["total"])));
            assert_eq!(shown, wanted, "{args:?} by {by}");
        }
    }
}

#[test]
fn what_was_asked_for_is_on_the_page() {
    let env = views::env();
    let (_, root) = page(&env, &["--by", "week", "--by", "tag:team"]);
    let json = env.json(&["report", "--by", "week", "--by", "tag:team"]);
    let table = section_of(&root, "By week, then tag:team").all("table")[0];
    assert_eq!(
        rows(table).len(),
        json["rows"].as_array().expect("rows").len() + 1
    );
    assert_eq!(
        rows(table).last().expect("the total").1[0],
        money(&json["total"])
    );
    assert!(!section_of(&root, "By tag:team").all("li").is_empty());
    assert_eq!(section_of(&root, "Spent by week").all("svg").len(), 1);
}

#[test]
fn every_picture_has_a_title_and_the_limit_of_its_period() {
    let env = views::env();
    let (_, root) = page(&env, &["team"]);
    let (_, web) = page(&env, &["team/web"]);
    let pictures = |root: &Element| -> Vec<(String, String)> {
        let pictures = root.all("svg").into_iter();
        let pictures = pictures.filter(|svg| svg.attribute("role") == Some("img"));
        let about = |svg: &Element| {
            let text = |name: &str| svg.all(name)[0].whole_text();
            let names = svg.attribute("aria-labelledby").expect("names").to_owned();
            let ids: Vec<_> = ["title", "desc"]
                .map(|name| svg.all(name)[0].attribute("id").expect("an id"))
                .into();
            assert_eq!(names, ids.join(" "));
            (text("title"), text("desc"))
        };
        pictures.map(about).collect()
    };
    let team = pictures(&root);
    assert_eq!(team.len(), 2, "{team:?}");
    assert!(
        team[0].1.contains("14.125 in all") && !team[0].1.contains("limit"),
        "{team:?}"
    );
    assert!(team[1].1.contains("limit of $200.00 a month"), "{team:?}");
    let web = pictures(&web);
    assert_eq!(web.len(), 1, "{web:?}");
    assert!(web[0].1.contains("limit of $20.00 a day"), "{web:?}");
}

#[test]
fn the_limit_is_drawn_as_it_was() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["spend", "me", "4usd"]);
    env.advance(86_400);
    env.ok(&["set", "me", "--limit", "8usd/day"]);
    env.ok(&["spend", "me", "4usd"]);
    env.advance(86_400);
    env.ok(&["spend", "me", "4usd"]);
    env.ok(&["grant", "me", "2usd/day"]);
    let (_, root) = page(&env, &["me"]);
    let paths = section_of(&root, "Spent by day").all("path").into_iter();
    let line = paths.filter(|path| path.attribute("class") == Some("limit"));
    let line: Vec<_> = line.filter_map(|path| path.attribute("d")).collect();
    // Of 10 dollars, 5 are half of the height.
    assert_eq!(line, ["M0 1200H100V480H200V0H300"]);
}

#[test]
fn names_made_to_break_a_page_are_shown_as_they_are() {
    let env = TestEnv::with("me", &["500usd/day"]);
    let names = [
        "<script>alert('x')</script>",
        "\"><img onerror=\"a\">",
        "]]>&amp;<!--",
        "模型一二三四五",
        "דגם מרחבא",
    ];
    for (index, name) in names.iter().enumerate() {
        let amount = format!("{}usd", 10 - index);
        env.ok(&[
            "spend",
            "me",
            &amount,
            "--model",
            name,
            "--tag",
            &format!("k={name}"),
        ]);
    }
    let (text, root) = page(&env, &["me", "--by", "day", "--by", "tag:k"]);
    assert!(!text.contains("onerror=\""), "{text}");
    for title in ["By model", "By tag:k"] {
        let section = section_of(&root, title);
        let shown: Vec<_> = section
            .all("li")
            .iter()
            .map(|li| li.all("bdi")[0].whole_text())
            .collect();
        assert_eq!(shown, names, "{title}");
        let shown: Vec<_> = rows(section.all("table")[0])
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(shown[..names.len()], names, "{title}");
    }
    env.damage("DROP TRIGGER entry_is_final");
    env.damage(r#"UPDATE entry SET detail = '{"usage":{"source":"usage-file","model":"a\u001b[2Jb\u202ec\uffff","tokens":null}}' WHERE kind = 'spent'"#);
    let (text, _) = page(&env, &["me"]);
    assert!(text.contains("a\\u{1b}[2Jb\\u{202e}c"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
}

#[test]
fn a_page_of_nothing_and_of_one_charge_is_a_page() {
    let env = TestEnv::new();
    let (text, _) = page(&env, &[]);
    assert!(text.contains("Nothing was charged."), "{text}");
    env.ok(&["create", "me", "--limit", "1usd/day", "--tz", "UTC"]);
    page(&env, &["me", "--since", "2026-01-01"]);
    env.fails(&["report", "mee", "--html", "-"], 66);
    env.ok(&["spend", "me", "0.00000001usd"]);
    let (_, root) = page(&env, &["me"]);
    let total = rows(table_of(&root, "Figures by day"))
        .pop()
        .expect("a total");
    assert_eq!(total.1[0], "0.00000001");
    env.ok(&["create", "t", "--limit", "5ktokens", "--tz", "UTC"]);
    env.ok(&["spend", "t", "1200tokens"]);
    let (_, root) = page(&env, &["t"]);
    section_of(&root, "Tokens by day");
}

#[test]
fn too_many_stretches_are_added_up_and_that_is_said() {
    let env = views::env();
    for (since, title, least) in [
        ("2026-10-01", "Spent by day", 52),
        ("2025-01-01", "Spent by week", 99),
        ("2000-01-01", "Spent by month", 323),
        ("1900-01-01", "Spent by year", 127),
    ] {
        let (_, root) = page(&env, &["--since", since]);
        let picture = section_of(&root, title).all("svg")[0];
        let size = picture.attribute("viewBox").expect("a size");
        assert_eq!(size, format!("0 0 {} 2400", least * 100), "{since}");
        let is_said = root
            .whole_text()
            .contains("There are too many days for a page");
        assert_eq!(is_said, !title.ends_with("day"), "{since}");
    }
}

#[test]
fn many_names_are_a_dozen_and_others() {
    let env = TestEnv::with("me", &["500usd/day"]);
    for number in 1..=15 {
        let model = format!("model-{number:02}");
        env.ok(&["spend", "me", &format!("{number}usd"), "--model", &model]);
    }
    let (_, root) = page(&env, &["me"]);
    let section = section_of(&root, "By model");
    let bars = section.all("li");
    assert_eq!(bars.len(), 13);
    let others = bars.last().expect("others").whole_text();
    assert!(others.starts_with("3 others$6.00"), "{others}");
    assert_eq!(rows(section.all("table")[0]).len(), 16);
}

#[test]
fn a_refund_of_another_day_goes_below_zero() {
    let env = TestEnv::with("me", &["50usd/day"]);
    let id = env.reserve("me", &["5usd", "--ttl", "10s", "--grace", "0s"]);
    env.set_time("2026-11-22T12:00:00Z");
    env.ok(&["spend", "me", "1usd"]);
    env.ok(&["commit", &id, "2usd"]);
    let (_, root) = page(&env, &["me"]);
    let total = rows(table_of(&root, "Figures by day"))
        .pop()
        .expect("a total");
    assert_eq!(total.1[0], "3.00");
}

#[test]
fn a_file_is_replaced_as_a_whole_or_left_alone() {
    let env = views::env();
    let at = |name: &str| env.path().join(name).to_str().expect("text").to_owned();
    let file = at("page.html");
    std::fs::write(&file, "before").expect("a file");
    std::os::unix::fs::symlink("page.html", at("link.html")).expect("a link");
    assert_eq!(env.ok(&["report", "--html", &at("link.html")]), "");
    let written = std::fs::read_to_string(&file).expect("the page");
    read(&written);
    assert!(
        std::fs::symlink_metadata(at("link.html"))
            .expect("it")
            .is_symlink()
    );
    let mode = std::fs::metadata(&file).expect("it").permissions().mode();
    assert_eq!(mode & 0o133, 0, "{mode:o}");
    for (path, why) in [
        (at("none/page.html"), "No such file"),
        (at(""), "directory"),
    ] {
        let error = env.fails(&["report", "--html", &path], 69);
        assert!(error.contains(&path) && error.contains(why), "{error}");
    }
    env.fails(&["report", "nobody", "--html", &file], 66);
    assert_eq!(std::fs::read_to_string(&file).expect("the page"), written);
    let left = std::fs::read_dir(env.path()).expect("a directory");
    let left = left.filter(|e| {
        e.as_ref()
            .expect("it")
            .file_name()
            .to_string_lossy()
            .contains("part")
    });
    assert_eq!(left.count(), 0);
}
