//! Charges in the columns of FOCUS, the open specification for billing data, as CSV: a row for each
//! kind of tokens of a charge, and one for money that is not broken down. Rows are made one charge
//! at a time; `docs/focus.md` says what is in them.

use std::borrow::Cow;
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

use crate::render::csv::{line_of, push_line};

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
    month: Option<Month>,
    /// The tags of the last charge, and what they are of: the next one often has the same.
    tags: Option<((u32, bool, bool), String)>,
}

/// A month, and how it is written.
#[derive(Debug, Clone)]
struct Month {
    bounds: Bounds,
    start: String,
    end: String,
}

/// What all rows of a charge have in common.
struct Common<'a> {
    purpose: &'a Purpose,
    origin: &'a Origin,
    month: &'a Month,
    account: &'a str,
    tags: &'a str,
    start: String,
    end: String,
    session: String,
    is_model: bool,
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
            tags: None,
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
        self.see_month(charge.effective_at);
        self.see_tags(purpose, (charge.purpose, is_unknown, charge.notional != 0));
        let Some((month, (_, tags))) = self.month.as_ref().zip(self.tags.as_ref()) else {
            return String::new();
        };
        let second = charge.effective_at.as_micros().div_euclid(SECOND);
        let at = |second: i64| utc(Timestamp::from_micros(second.saturating_mul(SECOND)));
        let common = Common {
            purpose,
            origin,
            month,
            account: &self.account,
            tags,
            start: at(second),
            end: at(second.saturating_add(1)),
            session: charge.session.map(|id| id.to_string()).unwrap_or_default(),
            is_model: purpose.model.is_some() || !charge.tokens.is_empty(),
        };
        let mut text = String::new();
        for row in &rows {
            push_row(&mut text, row, &common);
        }
        text
    }

    fn see_month(&mut self, at: Timestamp) {
        let is_in = |month: &Bounds| month.start <= at && month.end.is_none_or(|end| at < end);
        if self
            .month
            .as_ref()
            .is_none_or(|month| !is_in(&month.bounds))
        {
            let found = bounds(Period::Month, &self.zone, self.anchor, at).ok();
            self.month = Some(Month {
                bounds: found.unwrap_or(Bounds {
                    start: at,
                    end: Some(at),
                }),
                start: found.map(|month| utc(month.start)).unwrap_or_default(),
                end: found
                    .and_then(|month| month.end)
                    .map(utc)
                    .unwrap_or_default(),
            });
        }
    }

    fn see_tags(&mut self, purpose: &Purpose, of: (u32, bool, bool)) {
        if self.tags.as_ref().is_none_or(|(known, _)| *known != of) {
            self.tags = Some((of, tags(purpose, of.1, of.2)));
        }
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

/// Adds a row in the order of [`COLUMNS`].
fn push_row(text: &mut String, row: &Row<'_>, common: &Common<'_>) {
    let (purpose, origin) = (common.purpose, common.origin);
    let money = |atoms: i128| decimal(atoms, &Unit::Usd);
    let billed = i128::from(row.billed);
    let would_be = money(billed.saturating_add(row.notional.into()));
    let told = |of: &Option<String>| of.clone().unwrap_or_default();
    let provider = told(&purpose.provider);
    let service = purpose.agent.as_ref().or(purpose.provider.as_ref());
    let kind = row.kind;
    let priced = kind.and_then(|kind| Some((kind, kind.price?)));
    let of_kind = |value: fn(&Kind) -> String| kind.map(value).unwrap_or_default();
    let category = if common.is_model {
        "AI and Machine Learning"
    } else {
        "Other"
    };
    let class = if origin.is_correction {
        "Correction"
    } else {
        ""
    };
    let table = priced.map(|_| told(&origin.table));
    let cells: [Cow<'_, str>; 32] = [
        money(billed).into(),
        would_be.as_str().into(),
        would_be.as_str().into(),
        would_be.as_str().into(),
        "USD".into(),
        priced
            .map(|(_, price)| millionths(price))
            .unwrap_or_default()
            .into(),
        priced
            .map(|(kind, _)| millionths(kind.count))
            .unwrap_or_default()
            .into(),
        priced.map_or("", |_| "1000000 Tokens").into(),
        "USD".into(),
        of_kind(|kind| kind.count.to_string()).into(),
        kind.map_or("", |_| "Tokens").into(),
        "Usage".into(),
        class.into(),
        description(row, purpose, origin).into(),
        "Usage-Based".into(),
        common.start.as_str().into(),
        common.end.as_str().into(),
        common.month.start.as_str().into(),
        common.month.end.as_str().into(),
        common.account.into(),
        purpose.budgets.as_str().into(),
        purpose.budgets.as_str().into(),
        provider.as_str().into(),
        provider.as_str().into(),
        provider.as_str().into(),
        category.into(),
        service.map_or("Other", String::as_str).into(),
        purpose.model.as_deref().unwrap_or_default().into(),
        kind.map_or("", |kind| kind.meter).into(),
        table.unwrap_or_default().into(),
        common.session.as_str().into(),
        common.tags.into(),
    ];
    // Invisible characters have no place in a column; JSON has escapes of its own.
    let safe = cells.each_ref().map(|cell| sanitize::line(cell));
    push_line(text, &safe);
    text.push_str("\r\n");
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
