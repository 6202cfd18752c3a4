//! On a terminal: keys, job control, hangups.

use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::counter::{program, switch};
use crate::screen::Terminal;
use crate::wrapper::{Options, limited, line, poll_until, read, state};

fn exec() -> String {
    line(&Options::default())
}

#[test]
fn the_terminal_and_its_settings_are_the_childs() {
    let script = "for fd in 0 1 2; do test -t $fd && echo tty$fd; done; stty size; stty -g";
    let show = |call: &str| {
        let mut terminal = Terminal::script(&format!(
            "stty rows 31 cols 97; {call} sh -c '{script}'; stty -g; echo end"
        ));
        terminal.expect("end")
    };
    let plain = show("");
    assert!(
        plain.starts_with("tty0\r\ntty1\r\ntty2\r\n31 97\r\n"),
        "{plain}"
    );
    assert_eq!(show(&exec()), plain);
}

#[test]
fn each_key_arrives_once() {
    for (key, name) in [("\x03", "INT"), ("\x1c", "QUIT")] {
        let script = format!("trap : INT QUIT; {} {}; echo c=$?", exec(), program());
        let mut command = Command::new("sh");
        let mut terminal = Terminal::start(switch(command.args(["-c", &script])));
        let child: i32 = terminal.expect("\r\n").trim().parse().unwrap();
        // Often, because two that come at once are merged.
        for _ in 0..50 {
            terminal.send(key);
            terminal.expect(name);
        }
        // Sent through the wrapper, this arrives after whatever it made of the key.
        let wrapper = crate::wrapper::parent(child).unwrap();
        kill(Pid::from_raw(wrapper), Signal::SIGUSR2).unwrap();
        assert_eq!(terminal.expect("end"), "\r\n");
        terminal.expect("c=0");
    }
}

#[test]
fn a_key_arrives_once_however_long_the_wrapper_is_busy() {
    let dir = tempfile::tempdir().unwrap();
    let free = dir.path().join("free");
    let mut command = Command::new(crate::wrapper::probe());
    command.arg("--until").arg(&free).args(["--", &program()]);
    let mut terminal = Terminal::start(switch(&mut command));
    let child: i32 = terminal.expect("\r\n").trim().parse().unwrap();
    terminal.send("\x03");
    terminal.expect("INT");
    std::fs::write(&free, "").unwrap();
    let wrapper = crate::wrapper::parent(child).unwrap();
    kill(Pid::from_raw(wrapper), Signal::SIGUSR2).unwrap();
    assert_eq!(terminal.expect("end"), "\r\n");
    assert!(terminal.end().success());
}

#[test]
fn an_interrupted_child_that_goes_on_keeps_the_wrapper_going() {
    let child = "trap \"echo caught\" INT; echo rea\"\"dy; for i in 1 2 3; do read x && break; done; exit 4";
    let mut terminal = Terminal::script(&format!(
        "trap : INT; {} bash -c '{child}'; echo c=$?",
        exec()
    ));
    terminal.expect("ready");
    // A key that comes just before the shell reads interrupts nothing: what follows does.
    terminal.send("\x03x\n");
    terminal.expect("caught");
    terminal.expect("c=4");
}

#[test]
fn an_interrupt_ends_both() {
    let mut terminal = Terminal::shell();
    terminal.send(&format!(
        "{} sh -c 'echo rea\"\"dy; exec sleep 60'\n",
        exec()
    ));
    terminal.expect("ready\r\n");
    terminal.send("\x03");
    terminal.send("echo c=$?.\n");
    terminal.expect("c=130.");
}

#[test]
fn suspended_and_resumed_by_keys() {
    let mut terminal = Terminal::shell();
    terminal.send(&format!(
        "{} sh -c 'echo rea\"\"dy; read x; echo \"got $x\"; test -t 0 && exit 9'\n",
        exec()
    ));
    terminal.expect("ready\r\n");
    terminal.send("\x1a");
    terminal.expect("Stopped");
    terminal.send("echo at $((6*7))\n");
    terminal.expect("at 42");
    terminal.send("fg\n");
    terminal.expect("sh -c");
    terminal.send("line\n");
    terminal.expect("got line");
    terminal.send("echo c=$?.\n");
    terminal.expect("c=9.");
}

#[test]
fn a_program_that_suspends_itself_gives_the_terminal_back() {
    for stop in [
        "kill -STOP $$",
        "kill -TSTP $$",
        "kill -TSTP 0",
        "kill -STOP 0",
    ] {
        let mut terminal = Terminal::shell();
        terminal.send(&format!(
            "{} sh -c '{stop}; read x; echo \"got $x\"'\n",
            exec()
        ));
        terminal.expect("Stopped");
        terminal.send("fg\n");
        terminal.expect("sh -c");
        terminal.send("line\n");
        terminal.expect("got line");
    }
}

#[test]
fn time_while_suspended_is_not_active_time() {
    let mut terminal = Terminal::shell();
    let limited = line(&limited(1_500, 100));
    terminal.send(&format!(
        "{limited} sh -c 'echo rea\"\"dy; read x; sleep 0.3; exit 9'\n"
    ));
    terminal.expect("ready\r\n");
    terminal.send("\x1a");
    terminal.expect("Stopped");
    // Time has to pass, here and in the child: it is what is measured.
    std::thread::sleep(Duration::from_secs(2));
    terminal.send("fg\n");
    terminal.expect("sh -c");
    terminal.send("line\n");
    terminal.send("echo c=$?.\n");
    terminal.expect("c=9.");
}

#[test]
fn a_background_job_is_stopped_by_reading_and_killed_by_its_number() {
    let mut terminal = Terminal::shell();
    terminal.send(&format!("{} sh -c 'read x; echo got' &\n", exec()));
    terminal.send("until jobs | grep Stop; do :; done; echo all $((6*7))\n");
    terminal.expect("all 42");
    terminal.send("bg %1 >/dev/null; kill %1; kill -CONT %1; wait %1; echo c=$?.\n");
    terminal.expect("c=143.");
}

#[test]
fn a_hangup_reaches_the_child_of_a_session_leader() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hup");
    let child = format!(
        "trap 'echo HUP >{}; exit 0' HUP; echo ready; while :; do sleep 0.05; done",
        file.display()
    );
    let words = crate::wrapper::prefix(&Options::default());
    let mut command = Command::new(&words[0]);
    let mut terminal = Terminal::start(command.args(&words[1..]).args(["bash", "-c", &child]));
    terminal.expect("ready");
    terminal.master = None;
    terminal.end();
    assert_eq!(read(&file), "HUP\n");
}

#[test]
fn a_session_leader_is_not_stopped_for_ever() {
    // No shell could continue it: a key does nothing, as without us, and a child that is stopped
    // nevertheless is stopped alone.
    let words = crate::wrapper::prefix(&Options::default());
    let script = "echo $$; read x; kill -STOP $$; echo \"got $x\"";
    let mut command = Command::new(&words[0]);
    let mut terminal = Terminal::start(command.args(&words[1..]).args(["sh", "-c", script]));
    let child: i32 = terminal.expect("\r\n").trim().parse().unwrap();
    terminal.send("\x1a");
    terminal.send("line\n");
    poll_until("the child stops", || {
        (state(child) == Some('T')).then_some(())
    });
    kill(Pid::from_raw(child), Signal::SIGCONT).unwrap();
    terminal.expect("got line");
    assert!(terminal.end().success());
}
