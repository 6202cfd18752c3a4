//! What a page of charts shows: several reports of one moment, and beside them the limits on money
//! of the budget that they are about.

use crate::ledger::Ledger;
use crate::ledger::calendar::Period;
use crate::ledger::error::Result;
use crate::ledger::limit::Position;
use crate::ledger::rules::report::{Ask, Collector, Report};
use crate::ledger::store::digest::Grain;
use crate::ledger::unit::Unit;
use crate::ledger::window::Ceiling;

use super::super::scene::Scene;

/// Reports of one moment.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// One for each that was asked for, in their order.
    pub reports: Vec<Report>,
    /// The limits on money of the budget asked about, where its days are those of the reports.
    pub limits: Vec<MoneyLimit>,
}

/// A limit on money, as it was and as it is.
#[derive(Debug, Clone)]
pub struct MoneyLimit {
    /// How often it starts anew.
    pub period: Period,
    /// What each of its windows admits, the oldest first.
    pub windows: Vec<Ceiling>,
    /// What it admits in a window in which nothing was granted, in atoms.
    pub now: i64,
}

impl Ledger {
    /// What was charged, added up in several ways in one go.
    pub fn picture(&self, asks: Vec<Ask>) -> Result<Picture> {
        self.read(|scene| {
            let about = asks.first().cloned();
            let grain = if asks.iter().all(Ask::takes_quarters) {
                Grain::Quarter
            } else {
                Grain::Each
            };
            let mut collectors: Vec<_> = asks.into_iter().map(Collector::new).collect();
            let dictionary = scene.each_charge(grain, &mut |names, charge| {
                for collector in &mut collectors {
                    collector.see(names, charge);
                }
            })?;
            let reports = collectors.into_iter().map(|c| c.finish(&dictionary));
            let reports = reports.collect::<Result<Vec<_>>>()?;
            let limits = match about {
                Some(ask) => scene.money_limits(&ask, reports.first())?,
                None => Vec::new(),
            };
            Ok(Picture { reports, limits })
        })
    }
}

impl Scene<'_> {
    fn money_limits(&self, ask: &Ask, report: Option<&Report>) -> Result<Vec<MoneyLimit>> {
        let Some(name) = &ask.within else {
            return Ok(Vec::new());
        };
        let Some((budget, rows)) = self.tx.budget_with_limits(name)? else {
            let is_empty = report.is_none_or(|report| report.rows.is_empty());
            let closed = Ok(Vec::new());
            return if is_empty {
                self.existing(name).and(closed)
            } else {
                closed
            };
        };
        if (budget.zone, budget.anchor) != (ask.zone, ask.anchor) {
            return Ok(Vec::new());
        }
        let standing = self.standing_of(budget, &rows)?;
        let money = standing.positions.into_iter();
        let money = money.filter(|position| position.key.unit == Unit::Usd);
        let limit = |position: Position| {
            Ok(MoneyLimit {
                period: position.key.period,
                windows: self.tx.ceilings(position.limit)?,
                now: position.figures.limit.atoms(),
            })
        };
        money.map(limit).collect()
    }
}
