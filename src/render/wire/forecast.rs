//! Where limits are heading, as JSON.

use serde::Serialize;

use super::budgets::LimitWire;
use super::{A, SCHEMA, instant, to_json, utc};
use crate::ledger::amount::Amount;
use crate::ledger::calendar::Zone;
use crate::ledger::limit::Position;
use crate::ledger::rules::forecast::Forecast;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::{Forecasted, Outlook};

#[derive(Serialize)]
struct OutlookWire {
    name: String,
    limits: Vec<LimitOutlook>,
}

#[derive(Serialize)]
struct LimitOutlook {
    #[serde(flatten)]
    limit: LimitWire,
    forecast: ForecastWire,
}

#[derive(Serialize)]
struct ForecastWire {
    outlook: &'static str,
    at_end: Option<RangeWire>,
    runs_out_at: Option<RunsOutWire>,
}

#[derive(Serialize)]
struct RangeWire {
    low: A,
    likely: A,
    high: A,
}

#[derive(Serialize)]
struct RunsOutWire {
    earliest: Option<String>,
    likely: Option<String>,
    latest: Option<String>,
}

/// `forecast`.
pub fn forecast(found: &Forecasted) -> String {
    #[derive(Serialize)]
    struct Wire {
        schema: u32,
        at: String,
        clock_believed: bool,
        budgets: Vec<OutlookWire>,
    }
    to_json(&Wire {
        schema: SCHEMA,
        at: utc(found.at),
        clock_believed: found.clock_believed,
        budgets: found.budgets.iter().map(OutlookWire::of).collect(),
    })
}

impl OutlookWire {
    fn of(outlook: &Outlook) -> Self {
        let budget = &outlook.standing.budget;
        let limits = outlook.standing.positions.iter().zip(&outlook.forecasts);
        let limits = limits.filter_map(|(position, forecast)| {
            let forecast = ForecastWire::of(forecast.as_ref()?, position, budget.zone);
            let limit = LimitWire::of(position, budget.zone);
            Some(LimitOutlook { limit, forecast })
        });
        Self {
            name: budget.name.to_string(),
            limits: limits.collect(),
        }
    }
}

impl ForecastWire {
    fn of(forecast: &Forecast, position: &Position, zone: Zone) -> Self {
        let (outlook, heading) = match forecast {
            Forecast::Endless(_) => ("endless", None),
            Forecast::Nothing => ("nothing", None),
            Forecast::TooEarly => ("too_early", None),
            Forecast::Heading(heading) => ("heading", Some(heading)),
        };
        let a = |amount: Amount| A::new(amount.atoms(), &position.key.unit);
        let at = |at: Option<Timestamp>| at.map(|at| instant(at, &zone));
        Self {
            outlook,
            at_end: heading.map(|heading| RangeWire {
                low: a(heading.at_end.low),
                likely: a(heading.at_end.likely),
                high: a(heading.at_end.high),
            }),
            runs_out_at: heading.map(|heading| RunsOutWire {
                earliest: at(heading.runs_out.earliest),
                likely: at(heading.runs_out.likely),
                latest: at(heading.runs_out.latest),
            }),
        }
    }
}
