//! From messages of the past to charges: what belongs to one budget, session and quarter of an hour
//! is one charge, so that a ledger does not grow by an entry for each message, and every hour, day
//! and month still gets what was spent in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, json};

use super::rules::Rules;
use crate::commands::usage_record;
use crate::ledger::calendar::Zone;
use crate::ledger::name::Names;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{Booked, PastCharge};
use crate::render::wire::instant;
use crate::usage::prices::{Tables, fill};
use crate::usage::sessions::Message;
use crate::usage::{Report, Source};

/// Windows begin at full quarters of an hour, in every zone there is.
const STRETCH_US: i64 = 15 * 60 * 1_000_000;

/// What was made of messages.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The charges, oldest first.
    pub(super) charges: Vec<PastCharge>,
    /// How many messages they count.
    pub(super) messages: usize,
    /// How many are left out, by reason.
    pub(super) left_out: BTreeMap<String, usize>,
    /// The files with something in them that is left out.
    pub(super) unfinished: BTreeSet<Arc<Path>>,
}

/// What one charge counts.
struct Pile {
    at: Timestamp,
    report: Report,
    project: Option<String>,
}

/// Prices messages and puts those together that make one charge.
pub(super) fn charges(
    source: Source,
    provider: Option<&str>,
    is_notional: bool,
    messages: Vec<Message>,
    rules: &Rules,
    tables: &mut Tables,
) -> Made {
    let mut made = Made::default();
    let mut piles: BTreeMap<(i64, Names, String), Pile> = BTreeMap::new();
    for message in messages {
        let project = message.cwd.as_deref();
        let Some(names) = rules.names(message.usage.model.as_deref(), project.map(AsRef::as_ref))
        else {
            made.leave_out(&message, "no rule says which budget".to_owned());
            continue;
        };
        let mut one = Report::of_session(source, &message.session);
        one.models.extend(message.usages().cloned());
        let unpriced = fill(&mut one, provider, message.at, tables);
        if let Some(why) = unpriced.first().filter(|_| !is_notional) {
            made.leave_out(&message, why.to_string());
            continue;
        }
        let at = Timestamp::from_system(message.at);
        let stretch = at.as_micros().div_euclid(STRETCH_US);
        let key = (stretch, names.clone(), message.session.to_string());
        let pile = piles.entry(key).or_insert_with(|| Pile {
            at,
            report: Report {
                is_notional,
                ..Report::of_session(source, &message.session)
            },
            project: project.map(str::to_owned),
        });
        if !pile.report.takes(&one) {
            made.leave_out(&message, "its figures add up to too much".to_owned());
            continue;
        }
        pile.at = pile.at.min(at);
        pile.report.models.append(&mut one.models);
        pile.report.ids.push(message.id(source));
        made.messages += 1;
    }
    made.charges = piles
        .into_iter()
        .map(|((_, names, _), pile)| pile.charge(names))
        .collect();
    made
}

impl Made {
    fn leave_out(&mut self, message: &Message, reason: String) {
        self.unfinished.insert(Arc::clone(&message.path));
        *self.left_out.entry(reason).or_default() += 1;
    }
}

impl Pile {
    fn charge(mut self, names: Names) -> PastCharge {
        if self.report.models.iter().all(|usage| usage.cost.is_some()) {
            self.report.cost = self.report.named_cost().ok().flatten();
        }
        let mut detail = Map::new();
        detail.insert("usage".to_owned(), usage_record::usage_json(&self.report));
        let imported = json!({"project": self.project, "at": instant(self.at, &Zone::utc())});
        detail.insert("imported".to_owned(), imported);
        PastCharge {
            names,
            amounts: usage_record::amounts(&self.report),
            at: self.at,
            detail: serde_json::Value::Object(detail).to_string(),
            booked: Booked {
                messages: self.report.ids,
                counter: None,
            },
        }
    }
}
