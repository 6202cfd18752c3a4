//! Which files a program's name may mean, in the order in which they are tried: the rule of
//! `execvp`, worked out before the spawn. Looks at no file.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Where programs are looked for when there is no `PATH`.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// The paths to try for a program; a name with a slash, or an empty one, is taken as it is.
pub(super) fn candidates(program: &OsStr, path: Option<&OsStr>) -> Vec<OsString> {
    let name = program.as_bytes();
    if name.is_empty() || name.contains(&b'/') {
        return vec![program.to_owned()];
    }
    path.map_or(DEFAULT_PATH, OsStrExt::as_bytes)
        .split(|byte| *byte == b':')
        .map(|directory| join(directory, name))
        .collect()
}

/// An empty directory in `PATH` means the current one.
fn join(directory: &[u8], name: &[u8]) -> OsString {
    let separator: &[u8] = if directory.is_empty() { b"" } else { b"/" };
    OsString::from_vec([directory, separator, name].concat())
}

/// The caller's environment with additions: a name that exists is replaced where it stands.
pub(super) fn environment(
    inherited: impl Iterator<Item = (OsString, OsString)>,
    additions: &[(OsString, OsString)],
) -> Vec<(OsString, OsString)> {
    let added = |name: &OsStr| additions.iter().rev().find(|(n, _)| n == name);
    let mut all: Vec<_> = inherited
        .map(|(name, value)| match added(&name) {
            Some((_, new)) => (name, new.clone()),
            None => (name, value),
        })
        .collect();
    for (name, value) in additions {
        if !all.iter().any(|(n, _)| n == name) {
            all.push((name.clone(), value.clone()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(program: &str, path: Option<&str>) -> Vec<String> {
        candidates(OsStr::new(program), path.map(OsStr::new))
            .into_iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_slash_means_no_search() {
        assert_eq!(tried("./x", Some("/bin")), ["./x"]);
        assert_eq!(tried("/bin/x", None), ["/bin/x"]);
        assert_eq!(tried("", Some("/bin")), [""]);
    }

    #[test]
    fn path_is_searched_in_order_and_empty_means_here() {
        assert_eq!(tried("x", Some("/a:/b::c")), ["/a/x", "/b/x", "x", "c/x"]);
        assert_eq!(tried("x", None), ["/bin/x", "/usr/bin/x"]);
        assert_eq!(tried("x", Some("")), ["x"]);
    }

    #[test]
    fn additions_replace_in_place_and_the_last_one_wins() {
        let pair = |n: &str, v: &str| (OsString::from(n), OsString::from(v));
        let inherited = vec![pair("A", "1"), pair("B", "2")];
        let all = environment(
            inherited.into_iter(),
            &[pair("A", "x"), pair("C", "3"), pair("A", "y")],
        );
        assert_eq!(all, [pair("A", "y"), pair("B", "2"), pair("C", "3")]);
    }
}
