use crate::cli::Verb;
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::booked::hex;
use crate::ledger::entry::{Hash, Seq};
use crate::ledger::verbs::ChainAnchor;
use crate::render::wire;

/// Prove every sum, every reservation and every link of the journal
///
/// Changes nothing. Keep the head it prints elsewhere, and `--anchor` shows whether the journal
/// was rewritten since.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A head printed earlier, like 42:9f86d0…
    #[arg(long, value_name = "ENTRY:HASH", value_parser = parse_anchor)]
    anchor: Option<ChainAnchor>,
    #[command(flatten)]
    json: JsonArgs,
}

fn parse_anchor(text: &str) -> std::result::Result<ChainAnchor, String> {
    let form = || "an anchor is ENTRY:HASH, as `budget verify` prints it".to_owned();
    let (seq, hash) = text.split_once(':').ok_or_else(form)?;
    let seq = seq.parse().map(Seq).map_err(|_| form())?;
    let mut bytes: Hash = [0; 32];
    if hash.len() != 64 || !hash.is_ascii() {
        return Err(form());
    }
    for (byte, digits) in bytes.iter_mut().zip(hash.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| form())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| form())?;
    }
    Ok(ChainAnchor { seq, hash: bytes })
}

impl Verb for VerifyArgs {
    const NAME: &'static str = "verify";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let findings = cx.ledger_for(false)?.verify(self.anchor)?;
        let head = format!("{}:{}", findings.entries, hex(&findings.head));
        let json = wire::verified(&findings.lines, findings.entries, &head);
        show(cx, &json, |_| {
            let mut lines = findings.lines.clone();
            if lines.is_empty() {
                lines.push(format!("ok: {} entries hold together", findings.entries));
            }
            lines.push(format!("head {head}"));
            lines
                .iter()
                .map(|l| crate::render::sanitize::line(l).into_owned())
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        match findings.lines.len() {
            0 => Ok(Exit::Done),
            count => {
                let plural = if count == 1 { "" } else { "s" };
                let message = format!("the ledger does not hold together: {count} finding{plural}");
                Err(Error::new(Exit::Conflict, "findings", message))
            }
        }
    }
}
