//! The model of the first page: all workloads and services, what changed, and which customers are at risk.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::try_join;
use jiff::ToSpan as _;
use jiff::civil::Date;
use seatwise_server::{Reading, Unanswered};
use seatwise_store::{Axes, ChangesQuestion, IdleQuestion, Line as HistoryLine, LineOf};
use seatwise_types::extensions::{By, Change, IdleShow, IdleSort, Metric, Selection};
use seatwise_types::{Channel, CustomerId, ServiceCode};

use super::lines::Lines;
use super::movers::Movers;
use super::{Counted, IDLE_PAGE, Idle, Model, Span, risk};
use crate::chart::Point;
use crate::words;

/// The approximate memory of this model, in bytes.
const BYTES: usize = 256 << 10;

/// The number of customers at risk on the first page.
const MOST_AT_RISK: usize = 5;

/// A figure is small if it has fewer seats than this fraction (1/20) of the largest figure. Changes of a few
/// seats must not hide changes of thousands.
const SMALL: u64 = 20;

/// The model of the first page.
pub(crate) struct Portfolio {
    /// One figure for each workload, the least used first.
    pub(crate) usage: Vec<Figure>,
    /// One figure for each service and channel.
    pub(crate) deployment: Vec<Figure>,
    /// The days that usage is compared on: a month before the newest one, and that one; `None` if there is no
    /// usage.
    pub(crate) span: Option<[Date; 2]>,
    /// How each workload changed between them, the largest effect in seats first.
    pub(crate) changes: Vec<Change>,
    pub(crate) movers: Movers,
    pub(crate) at_risk: Vec<AtRisk>,
    /// The number of all customers at risk.
    pub(crate) at_risk_count: u64,
    /// Idle seats, with the products that have the most; or the reason why they are unknown.
    pub(crate) idle: Result<Arc<Idle>, String>,
}

/// A figure, its earlier values, and its history.
pub(crate) struct Figure {
    pub(crate) service: ServiceCode,
    pub(crate) channel: Channel,
    /// The workload's name; `None` for deployment.
    pub(crate) workload: Option<String>,
    pub(crate) part: u64,
    pub(crate) whole: u64,
    pub(crate) percent: f64,
    pub(crate) processed: Date,
    /// The percent a week, a month and a year before `processed`; `None` if there was no figure.
    pub(crate) before: [Option<f64>; 3],
    /// Weekly values from the first figure on, for at most a year.
    pub(crate) trend: Vec<Point>,
}

/// A customer at risk.
pub(crate) struct AtRisk {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    /// The number of seats at stake.
    pub(crate) seats: u64,
    pub(crate) reasons: String,
}

/// What identifies a figure: service, channel and workload.
type Of = (String, String, Option<String>);

impl Portfolio {
    pub(super) async fn make(model: &Model) -> Result<Counted<Self>, Unanswered> {
        let standing = model.standing().await?;
        let lines = model.lines(Selection::default()).await?;
        let (at_risk, at_risk_count) = at_risk(&lines);
        let mut portfolio = Self {
            usage: Vec::new(),
            deployment: Vec::new(),
            span: None,
            changes: Vec::new(),
            movers: Movers::default(),
            at_risk,
            at_risk_count,
            idle: idle(model).await?,
        };
        let usage = figures(model, Metric::Usage);
        let both = try_join(usage, figures(model, Metric::Deployment)).await?;
        (portfolio.usage, portfolio.deployment) = both;
        let least_used = |a: &Figure, b: &Figure| a.percent.total_cmp(&b.percent);
        portfolio.usage.sort_by(least_used);
        let newest = standing.newest_of(Metric::Usage);
        if let Some((from, to)) = standing.month_before(Metric::Usage).zip(newest) {
            let span = Span {
                metric: Metric::Usage,
                from,
                to,
            };
            let all = ChangesQuestion::default();
            portfolio.span = Some([from, to]);
            portfolio.changes = model.changes(span, all).await?.to_vec();
            let now = model.snapshot_as_of(Metric::Usage, to).await?;
            let before = model.snapshot_as_of(Metric::Usage, from).await?;
            portfolio.movers = Movers::of(&lines, &now, &before);
        }
        // The size does not depend on the partner: the page shows a bounded number of figures and customers.
        Ok(Counted::new(portfolio, model.reading.reserve(BYTES)?))
    }
}

/// Idle seats. If the price file cannot be read, the other figures stay available.
async fn idle(model: &Model) -> Result<Result<Arc<Idle>, String>, Unanswered> {
    let question = IdleQuestion::new(
        Selection::default(),
        IdleSort::Idle,
        IdleShow::Idle,
        0..IDLE_PAGE,
    );
    let question = question.map_err(|err| Unanswered::invalid(err.to_string()))?;
    model.idle_or_reason(question).await
}

/// The figures of a metric, with those a week, a month and a year before, and their history. Each is compared
/// with what counted so long before its own processed date: services are processed on different days.
async fn figures(model: &Model, metric: Metric) -> Result<Vec<Figure>, Unanswered> {
    let Model { reading, axes, .. } = model;
    let read = async |axes| match metric {
        Metric::Deployment => figures_of_deployment(reading, axes).await,
        Metric::Usage => figures_of_usage(reading, axes).await,
    };
    let mut figures = read(*axes).await?;
    let days: BTreeSet<Date> = figures.iter().map(|it| it.processed).collect();
    for day in days {
        for (place, span) in [1.week(), 1.month(), 1.year()].into_iter().enumerate() {
            let as_of = Some(day.saturating_sub(span));
            let before = read(Axes { as_of, ..*axes }).await?;
            let of_day = figures.iter_mut().filter(|it| it.processed == day);
            compare(of_day, &before, place);
        }
    }
    add_trends(model, metric, &mut figures).await?;
    Ok(figures)
}

async fn figures_of_usage(reading: &Reading, axes: Axes) -> Result<Vec<Figure>, Unanswered> {
    let figures = reading.usage(axes).await?.into_iter();
    let figures = figures.map(|it| Figure {
        percent: it.percent(),
        service: it.service_code.into(),
        channel: it.channel.into(),
        workload: Some(it.workload_name),
        part: it.active,
        whole: it.qualified,
        processed: it.processed.day(),
        before: [None; 3],
        trend: Vec::new(),
    });
    Ok(figures.collect())
}

async fn figures_of_deployment(reading: &Reading, axes: Axes) -> Result<Vec<Figure>, Unanswered> {
    let figures = reading.deployment(axes).await?.into_iter();
    let figures = figures.map(|it| Figure {
        percent: it.percent(),
        service: it.service_code.into(),
        channel: it.channel.into(),
        workload: None,
        part: it.deployed,
        whole: it.sold,
        processed: it.processed.day(),
        before: [None; 3],
        trend: Vec::new(),
    });
    Ok(figures.collect())
}

/// Sorts changes by their effect in seats (points times seats), the largest first. Equal effects stay in the
/// order of the API.
pub(super) fn by_weight(changes: &mut [Change]) {
    let seats = |it: &Change| {
        let whole = it.from.denominator.max(it.to.denominator);
        it.points.abs() * whole as f64
    };
    changes.sort_by(|a, b| seats(b).total_cmp(&seats(a)));
}

/// Splits figures into large and small ones.
pub(crate) fn by_size(figures: &[Figure]) -> [Vec<&Figure>; 2] {
    let largest = figures.iter().map(|it| it.whole).max().unwrap_or(0);
    let (small, others) = figures.iter().partition(|it| is_small(it.whole, largest));
    [others, small]
}

impl Figure {
    fn of(&self) -> Of {
        let (service, channel) = (self.service.to_string(), self.channel.to_string());
        (service, channel, self.workload.clone())
    }
}

fn compare<'a>(figures: impl Iterator<Item = &'a mut Figure>, before: &[Figure], place: usize) {
    for figure in figures {
        let of = figure.of();
        let same = before.iter().find(|it| it.of() == of);
        figure.before[place] = same.map(|it| it.percent);
    }
}

async fn add_trends(
    model: &Model,
    metric: Metric,
    figures: &mut [Figure],
) -> Result<(), Unanswered> {
    let by = match metric {
        Metric::Usage => By::Workload,
        Metric::Deployment => By::Partner,
    };
    let Some(history) = model.year(metric, by, Selection::default()).await? else {
        return Ok(());
    };
    for line in &history.lines {
        let workload = match &line.of {
            LineOf::Workload(name, _) => Some(name.clone()),
            _ => None,
        };
        let of = (line.service_code.clone(), line.channel.clone(), workload);
        if let Some(figure) = figures.iter_mut().find(|it| it.of() == of) {
            figure.trend = points(&history.dates, line);
        }
    }
    Ok(())
}

/// The points of a line from its first figure on. Points of few seats are gaps: what the first customers had
/// says nothing about all of them.
pub(crate) fn points(dates: &[Date], line: &HistoryLine) -> Vec<Point> {
    let largest = line.points.iter().flatten().map(|it| it.whole).max();
    let points = dates.iter().zip(&line.points).map(|(date, point)| Point {
        at: words::day(*date),
        value: match point {
            Ok(point) if is_small(point.whole, largest.unwrap_or(0)) => Err(FEW_SEATS),
            Ok(point) => Ok(point.percent()),
            Err(gap) => Err(words::gap(*gap)),
        },
    });
    points.skip_while(|point| point.value.is_err()).collect()
}

/// Why a point is not drawn that has few seats beside the others of its line.
pub(crate) const FEW_SEATS: &str = "few seats";

/// Whether so many seats are few beside the most of the others.
pub(crate) fn is_small(seats: u64, most: u64) -> bool {
    seats.saturating_mul(SMALL) < most
}

/// The customers at risk with the most seats at stake, and the number of all customers at risk.
fn at_risk(lines: &Lines) -> (Vec<AtRisk>, u64) {
    let found = lines.all.iter().filter_map(|line| {
        let reasons = risk::reasons(line);
        (!reasons.is_empty()).then(|| (risk::stake(line), line, reasons))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(seats, line, _)| (std::cmp::Reverse(*seats), line.id));
    let count = found.len() as u64;
    let worst = found.into_iter().take(MOST_AT_RISK);
    let worst = worst.map(|(seats, line, reasons)| AtRisk {
        id: line.id,
        name: line.name.to_string(),
        seats,
        reasons: reasons.join("; "),
    });
    (worst.collect(), count)
}
