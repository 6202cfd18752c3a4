//! The processes under this one, and those of a session, from `/proc`. As a subreaper we stay the
//! ancestor of all that the child starts, whatever session or group it moves to. Finds them; signals
//! nothing.

use std::collections::HashMap;
use std::fs;

/// A line of the process table: who, whose child, in which session, and whether it has already
/// ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    session: i32,
    ended: bool,
}

/// Every living process below `root`, but for the branches that start at `except`.
pub(super) fn descendants(root: i32, except: &[i32]) -> Vec<i32> {
    below(root, except, &processes())
}

/// The children of `root`, ended or not.
pub(super) fn children(root: i32) -> Vec<i32> {
    processes()
        .iter()
        .filter(|process| process.parent == root)
        .map(|process| process.pid)
        .collect()
}

/// Every living process of a session.
pub(super) fn session(leader: i32) -> Vec<i32> {
    let all = processes().into_iter();
    all.filter(|process| process.session == leader && !process.ended)
        .map(|process| process.pid)
        .collect()
}

/// Whether a process is of a session.
pub(super) fn is_in_session(pid: i32, leader: i32) -> bool {
    read(pid).is_some_and(|process| process.session == leader)
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(read)
        .collect()
}

fn read(pid: i32) -> Option<Process> {
    parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// `pid (name) state parent group session …`; the name may hold anything, so the last `)` ends it.
fn parse(stat: &[u8]) -> Option<Process> {
    let name_starts = stat.iter().position(|byte| *byte == b'(')?;
    let name_ends = stat.iter().rposition(|byte| *byte == b')')?;
    let pid = str::from_utf8(stat.get(..name_starts)?)
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let mut fields = str::from_utf8(stat.get(name_ends..)?.get(1..)?)
        .ok()?
        .split_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    Some(Process {
        pid,
        parent: fields.next()?.parse().ok()?,
        session: fields.nth(1)?.parse().ok()?,
        ended,
    })
}

fn below(root: i32, except: &[i32], all: &[Process]) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut queue = vec![root];
    while let Some(parent) = queue.pop() {
        for process in children.remove(&parent).unwrap_or_default() {
            if except.contains(&process.pid) {
                continue;
            }
            queue.push(process.pid);
            if !process.ended {
                found.push(process.pid);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> Process {
        Process {
            pid,
            parent,
            session: 40,
            ended: false,
        }
    }

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let line = b"42 (a) Z 7 (x) S 9 41 40 0 -1";
        assert_eq!(parse(line), Some(process(42, 9)));
        assert_eq!(
            parse(b"42 (\xff) Z 9 41 40"),
            Some(Process {
                ended: true,
                ..process(42, 9)
            })
        );
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"42 (name"), None);
    }

    #[test]
    fn all_levels_are_found_but_not_the_root_nor_strangers() {
        let all = [
            process(1, 0),
            process(10, 1),
            process(11, 10),
            process(12, 11),
            process(20, 1),
        ];
        assert_eq!(below(10, &[], &all), [11, 12]);
    }

    #[test]
    fn excepted_branches_and_ended_processes_are_left_out() {
        let ended = Process {
            ended: true,
            ..process(12, 10)
        };
        let all = [process(11, 10), process(13, 11), ended, process(14, 10)];
        assert_eq!(below(10, &[11], &all), [14]);
    }

    #[test]
    fn this_process_is_below_its_parent_and_in_its_session() {
        let own = read(i32::try_from(std::process::id()).unwrap_or_default());
        let (parent, leader) = own
            .map(|process| (process.parent, process.session))
            .unwrap_or_default();
        let own = own.map(|process| process.pid).unwrap_or_default();
        assert!(descendants(parent, &[]).contains(&own));
        assert!(!descendants(parent, &[own]).contains(&own));
        assert!(session(leader).contains(&own) && is_in_session(own, leader));
        assert!(!session(own).contains(&own) && !is_in_session(own, own));
    }
}
