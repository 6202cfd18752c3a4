//! Arguments in, exit code out. The language's own way into `main` is left out: to tell of a stack
//! that is used up it reads `/proc/self/maps` and sets up a second stack, 65 µs of every process.
//! What else it does is done here and in [`supervise::begin`].
#![no_main]

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::panic::catch_unwind;

use budget_ledger::{Exit, run, supervise};

#[expect(unsafe_code, reason = "the name by which the C library calls it")]
// SAFETY: nothing else is called so.
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, words: *const *const c_char) -> c_int {
    supervise::begin();
    let arguments = (0..usize::try_from(count).unwrap_or_default()).map(|n| word(words, n));
    let arguments: Vec<_> = arguments.collect();
    let exit = catch_unwind(|| run(&arguments)).unwrap_or(Exit::Bug);
    exit.code().into()
}

fn word(words: *const *const c_char, n: usize) -> OsString {
    #[expect(unsafe_code, reason = "arguments come as C strings")]
    // SAFETY: there are more than `n` pointers to C strings, and they stay as long as the process.
    let word = unsafe { CStr::from_ptr(*words.add(n)) };
    OsStr::from_bytes(word.to_bytes()).to_owned()
}
