//! Charges in the columns of FOCUS, the open specification for billing data, as CSV: a row for each
//! kind of tokens of a charge, and one for money that is not broken down. Rows are made one charge
//! at a time; `docs/focus.md` says what is in them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::ledger::amount::decimal;
use crate::ledger::calendar::{Anchor, Bounds, Period, Zone, bounds};
use crate::ledger::charge::{Charge, Dictionary, Purpose};
use crate::ledger::rules::charging::divide;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::unit::Unit;
use crate::ledger::verbs::Origin;
use crate::render::sanitize;

use crate::render::csv::line_of;

const COLUMNS: [&str; 32] = [
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "BillingCurrency",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "PricingCurrency",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "ResourceId",
    "Tags",
];
const SECOND: i64 = 1_000_000;
/// 10⁻¹² dollar in an atom of money.
const PICODOLLARS: i128 = 10_000;

/// Makes rows.
#[derive(Debug)]
pub struct Focus {
    zone: Zone,
    anchor: Anchor,
    /// The ledger.
    account: String,
    /// The month that the last charge was in: the next one often is.
    month: Option<Bounds>,
}

/// One kind of what a charge is for.
struct Kind {
    meter: &'static str,
    count: i64,
    /// For one, in 10⁻¹² dollar.
    price: Option<i64>,
}

/// The columns in which the rows of one charge differ.
struct Row<'a> {
    kind: Option<&'a Kind>,
    billed: i64,
    /// What it would have cost where nobody was billed.
    notional: i64,
}

impl Focus {
    /// For charges of a ledger, in the calendar months of a zone.
    pub fn new(zone: Zone, anchor: Anchor, account: String) -> Self {
        Self {
            zone,
            anchor,
            account,
            month: None,
        }
    }

    /// The first line.
    pub fn head() -> String {
        let head = line_of(&COLUMNS.map(str::to_owned));
        format!("{head}\r\n")
    }

    /// The rows of a charge; none where neither money nor tokens were charged.
    pub fn rows(&mut self, names: &Dictionary, charge: &Charge, origin: &Origin) -> String {
        let part = |unit: Unit| {
            let is_own = |number: u32| names.units.get(number) == Some(&unit);
            charge.parts.iter().find(|part| is_own(part.unit))
        };
        let money = part(Unit::Usd);
        let tokens = part(Unit::Tokens).map_or(0, |part| part.atoms);
        let billed = money.map_or(0, |part| part.atoms);
        let is_unknown = [money, part(Unit::Tokens)]
            .iter()
            .flatten()
            .any(|p| p.unknown > 0);
        let kinds = kinds(charge, origin, tokens);
        let wants: Vec<_> = kinds.iter().map(Kind::cost).collect();
        let (billed, left) = divide(billed, &wants);
        let (notional, notional_left) = divide(charge.notional, &wants);
        let figures = billed.into_iter().zip(notional);
        let mut rows: Vec<_> = kinds
            .iter()
            .zip(figures)
            .map(|(kind, (billed, notional))| Row {
                kind: Some(kind),
                billed,
                notional,
            })
            .collect();
        if left != 0 || notional_left != 0 {
            rows.push(Row {
                kind: None,
                billed: left,
                notional: notional_left,
            });
        }
        let nobody = Purpose::default();
        let purpose = names.purposes.get(charge.purpose).unwrap_or(&nobody);
        let common = self.common(purpose, charge, origin, is_unknown);
        rows.iter()
            .map(|row| text(row, &common, purpose, origin))
            .collect()
    }

    /// The columns that all rows of a charge have in common.
    fn common(
        &mut self,
        purpose: &Purpose,
        charge: &Charge,
        origin: &Origin,
        is_unknown: bool,
    ) -> BTreeMap<&'static str, String> {
        let second = charge.effective_at.as_micros().div_euclid(SECOND);
        let at = |second: i64| utc(Timestamp::from_micros(second.saturating_mul(SECOND)));
        let month = self.month(charge.effective_at);
        let provider = purpose.provider.clone().unwrap_or_default();
        let is_model = purpose.model.is_some() || !charge.tokens.is_empty();
        let category = if is_model {
            "AI and Machine Learning"
        } else {
            "Other"
        };
        let service = purpose.agent.clone().or(purpose.provider.clone());
        let class = if origin.is_correction {
            "Correction"
        } else {
            ""
        };
        let session = charge.session.map(|id| id.to_string());
        let bound = |at: Option<Timestamp>| at.map(utc).unwrap_or_default();
        [
            ("BillingCurrency", "USD".to_owned()),
            ("PricingCurrency", "USD".to_owned()),
            ("ChargeCategory", "Usage".to_owned()),
            ("ChargeClass", class.to_owned()),
            ("ChargeFrequency", "Usage-Based".to_owned()),
            ("ChargePeriodStart", at(second)),
            ("ChargePeriodEnd", at(second.saturating_add(1))),
            ("BillingPeriodStart", bound(month.map(|month| month.start))),
            ("BillingPeriodEnd", bound(month.and_then(|month| month.end))),
            ("BillingAccountId", self.account.clone()),
            ("SubAccountId", purpose.budgets.clone()),
            ("SubAccountName", purpose.budgets.clone()),
            ("ProviderName", provider.clone()),
            ("PublisherName", provider.clone()),
            ("InvoiceIssuerName", provider),
            ("ServiceCategory", category.to_owned()),
            ("ServiceName", service.unwrap_or_else(|| "Other".to_owned())),
            ("SkuId", purpose.model.clone().unwrap_or_default()),
            ("ResourceId", session.unwrap_or_default()),
            ("Tags", tags(purpose, is_unknown, charge.notional != 0)),
        ]
        .into_iter()
        .collect()
    }

    fn month(&mut self, at: Timestamp) -> Option<Bounds> {
        let is_in = |month: &Bounds| month.start <= at && month.end.is_none_or(|end| at < end);
        if self.month.as_ref().is_none_or(|month| !is_in(month)) {
            self.month = bounds(Period::Month, &self.zone, self.anchor, at).ok();
        }
        self.month
    }
}

impl Kind {
    /// What it costs, rounded down.
    fn cost(&self) -> i64 {
        let price = self.price.unwrap_or_default();
        let cost = i128::from(self.count) * i128::from(price) / PICODOLLARS;
        i64::try_from(cost.max(0)).unwrap_or(i64::MAX)
    }
}

/// The kinds of tokens of a charge, those that were used.
fn kinds(charge: &Charge, origin: &Origin, tokens: i64) -> Vec<Kind> {
    let told = charge.tokens;
    let hour = origin.written_for_an_hour;
    let minutes = told.cache_write.saturating_sub(hour);
    let none_told = told.counts().iter().all(|count| *count == 0);
    let counts = [
        ("input", "input", told.input),
        ("cache_read", "cache read", told.cache_read),
        ("cache_write_5m", "cache write", minutes),
        ("cache_write_1h", "cache write 1h", hour),
        ("output", "output", told.output),
        (
            "",
            "unspecified",
            if none_told { tokens } else { told.unspecified },
        ),
    ];
    let used = counts.into_iter().filter(|(_, _, count)| *count != 0);
    used.map(|(of, meter, count)| Kind {
        meter,
        count,
        price: origin.prices.get(of).copied(),
    })
    .collect()
}

fn text(
    row: &Row<'_>,
    common: &BTreeMap<&'static str, String>,
    purpose: &Purpose,
    origin: &Origin,
) -> String {
    let money = |atoms: i64| decimal(atoms, &Unit::Usd);
    let would_be = money(row.billed.saturating_add(row.notional));
    let mut own: BTreeMap<&str, String> = [
        ("BilledCost", money(row.billed)),
        ("EffectiveCost", would_be.clone()),
        ("ListCost", would_be.clone()),
        ("ContractedCost", would_be),
        ("ChargeDescription", description(row, purpose, origin)),
    ]
    .into();
    if let Some(kind) = row.kind {
        own.insert("ConsumedQuantity", kind.count.to_string());
        own.insert("ConsumedUnit", "Tokens".to_owned());
        own.insert("SkuMeter", kind.meter.to_owned());
        if let Some(price) = kind.price {
            own.insert("ListUnitPrice", millionths(price));
            own.insert("PricingQuantity", millionths(kind.count));
            own.insert("PricingUnit", "1000000 Tokens".to_owned());
            own.insert("SkuPriceId", origin.table.clone().unwrap_or_default());
        }
    }
    let cell = |column: &&str| {
        let found = own.get(column).or_else(|| common.get(column));
        // Invisible characters have no place in a column; JSON has escapes of its own.
        let safe = |text: &String| sanitize::line(text).into_owned();
        found.map(safe).unwrap_or_default()
    };
    let cells: Vec<_> = COLUMNS.iter().map(cell).collect();
    format!("{}\r\n", line_of(&cells))
}

fn description(row: &Row<'_>, purpose: &Purpose, origin: &Origin) -> String {
    let what = match row.kind {
        Some(kind) => format!("{} tokens", kind.meter),
        None if row.billed < 0 => "money taken back".to_owned(),
        None if origin.is_correction => "money corrected".to_owned(),
        None => "money that is not broken down".to_owned(),
    };
    match &purpose.model {
        Some(model) => format!("{what}, {model}"),
        None => what,
    }
}

/// The tags of people, and ours under a prefix that theirs cannot be mistaken for.
fn tags(purpose: &Purpose, is_unknown: bool, is_notional: bool) -> String {
    let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, value) in &purpose.tags {
        tags.insert(key, value);
    }
    if is_unknown {
        tags.insert("budget/unknown", "true");
    }
    if is_notional {
        tags.insert("budget/notional", "true");
    }
    if let Some(project) = purpose
        .project
        .as_ref()
        .filter(|_| !tags.contains_key("project"))
    {
        tags.insert("budget/project", project);
    }
    sanitize::json(json!(tags).to_string())
}

/// A count of millionths as a decimal.
fn millionths(count: i64) -> String {
    let (whole, rest) = (count / 1_000_000, (count % 1_000_000).unsigned_abs());
    let sign = if count < 0 && whole == 0 { "-" } else { "" };
    let digits = format!("{rest:06}");
    match digits.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{digits}"),
    }
}

fn utc(at: Timestamp) -> String {
    let text = crate::render::wire::instant(at, &Zone::utc());
    text.strip_suffix("+00:00")
        .map_or(text.clone(), |plain| format!("{plain}Z"))
}
