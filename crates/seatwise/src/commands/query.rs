//! `seatwise query`: rows of all customers, filtered and grouped. Uses the SDK only.

use seatwise_client::{CommercialQuery, TryStreamExt as _};
use seatwise_service::{ExitCode, Failure, Result};
use seatwise_types::query::{CommercialField, CommercialRow, Filter, GroupBy, InvalidQuery, Top};
use seatwise_types::{CommercialPage, LicensesDeploymentRow, LicensesUsageRow, ProcessedDateTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cli::{Output, Query, QueryKind, Question};
use crate::table::{self, Heading, Kind};
use crate::{connection, output};

pub(crate) async fn run(args: Query) -> Result<()> {
    match args.kind {
        QueryKind::Usage(question) => {
            let asked = Asked::read::<LicensesUsageRow>(&question)?;
            let partner = connection::open(question.source)?;
            let usage = partner.analytics().commercial().usage().licenses();
            asked.print(usage).await
        }
        QueryKind::Deployment(question) => {
            let asked = Asked::read::<LicensesDeploymentRow>(&question)?;
            let partner = connection::open(question.source)?;
            let deployment = partner.analytics().commercial().deployment().licenses();
            asked.print(deployment).await
        }
    }
}

/// A query, and the format of its output.
struct Asked {
    filter: Option<Filter>,
    group_by: GroupBy,
    date: Option<ProcessedDateTime>,
    top: Option<u32>,
    output: Output,
}

impl Asked {
    fn read<R: CommercialRow>(question: &Question) -> Result<Self, Failure> {
        let filter = question.filter.as_deref();
        let filter = filter.map(|text| Filter::parse(text, R::KIND)).transpose();
        let group_by = question.group_by.as_deref();
        let group_by = group_by
            .map(|text| GroupBy::parse(text, R::KIND))
            .transpose();
        Ok(Self {
            filter: filter.map_err(|err| refused("--filter", &err))?,
            group_by: group_by
                .map_err(|err| refused("--group-by", &err))?
                .unwrap_or_default(),
            date: question.date,
            top: question.top,
            output: question.output,
        })
    }

    async fn print<R>(self, mut query: CommercialQuery<'_, R>) -> Result<()>
    where
        R: Counted + Serialize + DeserializeOwned + Send + 'static,
    {
        let group_by = self.group_by.fields().iter().copied();
        query = query.group_by(group_by);
        if let Some(filter) = self.filter {
            query = query.filter(filter);
        }
        if let Some(date) = self.date {
            query = query.processed_date(date);
        }
        if let Some(top) = self.top {
            query = query.top(top.min(Top::MAX));
        }
        let most = self.top.map_or(usize::MAX, |top| top as usize);
        let mut answer = query.rows();
        let mut rows: Vec<R> = Vec::new();
        while rows.len() < most
            && let Some(row) = answer.try_next().await?
        {
            rows.push(row);
        }
        match self.output {
            Output::Json => {
                let page = CommercialPage {
                    total_count: Some(rows.len() as u64),
                    next_link: None,
                    value: rows,
                };
                output::line(serde_json::to_string_pretty(&page)?)
            }
            Output::Csv => {
                let columns = columns::<R>(&self.group_by, &CommercialField::ALL);
                let names: Vec<_> = columns.iter().map(|column| column.name::<R>()).collect();
                output::csv(&names, rows.iter().map(|row| cells(row, &columns)))
            }
            Output::Table | Output::Wide if rows.is_empty() => {
                output::note("no rows");
                Ok(())
            }
            Output::Table | Output::Wide => {
                let fields: &[CommercialField] = match self.output {
                    Output::Wide => &CommercialField::ALL,
                    _ => &READABLE,
                };
                let columns = columns::<R>(&self.group_by, fields);
                let headings = columns.iter().map(|column| column.heading::<R>());
                let rows = rows.iter().map(|row| cells(row, &columns));
                table::show(headings.collect(), rows.collect(), self.output)
            }
        }
    }
}

fn refused(argument: &str, err: &InvalidQuery) -> Failure {
    Failure {
        code: ExitCode::Arguments,
        message: format!("{argument}: {err}"),
        hint: None,
    }
}

/// The fields in a table without `--group-by`. Other formats have all fields.
const READABLE: [CommercialField; 5] = [
    CommercialField::WorkloadName,
    CommercialField::ServiceCode,
    CommercialField::Channel,
    CommercialField::CustomerName,
    CommercialField::ProductName,
];

#[derive(Clone, Copy)]
enum Column {
    Processed,
    Field(CommercialField),
    /// The first or the second count.
    Count(usize),
}

/// The columns: the fields of `--group-by`, or the date and some fields; then the counts.
fn columns<R: CommercialRow>(group_by: &GroupBy, fields: &[CommercialField]) -> Vec<Column> {
    let (date, fields) = match group_by.fields() {
        [] => (Some(Column::Processed), fields),
        fields => (None, fields),
    };
    let shown = R::KIND.fields().filter(|field| fields.contains(field));
    let counts = [Column::Count(0), Column::Count(1)];
    date.into_iter()
        .chain(shown.map(Column::Field))
        .chain(counts)
        .collect()
}

fn cells<R: Counted>(row: &R, columns: &[Column]) -> Vec<String> {
    let cell = |column: &Column| match *column {
        Column::Processed => row.processed().map(|date| date.zoneless().to_string()),
        Column::Field(field) => row.field(field).map(Into::into),
        Column::Count(number) => row.counts()[number].map(|count| count.to_string()),
    };
    columns
        .iter()
        .map(|column| cell(column).unwrap_or_default())
        .collect()
}

impl Column {
    fn name<R: Counted>(self) -> &'static str {
        match self {
            Self::Processed => "processedDateTime",
            Self::Field(field) => field.as_str(),
            Self::Count(number) => R::COUNTS[number].1,
        }
    }

    fn heading<R: Counted>(self) -> Heading {
        let (text, kind) = match self {
            Self::Processed => ("Processed", Kind::Day),
            Self::Field(CommercialField::WorkloadCode) => ("Workload code", Kind::Text),
            Self::Field(CommercialField::WorkloadName) => ("Workload", Kind::Name),
            Self::Field(CommercialField::ServiceCode) => ("Service", Kind::Text),
            Self::Field(CommercialField::ServiceName) => ("Service name", Kind::Text),
            Self::Field(CommercialField::Channel) => ("Channel", Kind::Text),
            Self::Field(CommercialField::CustomerTenantId) => ("Customer", Kind::Text),
            Self::Field(CommercialField::CustomerName) => ("Name", Kind::Name),
            Self::Field(CommercialField::ProductId) => ("Product id", Kind::Text),
            Self::Field(CommercialField::ProductName) => ("Product", Kind::Name),
            Self::Count(number) => (R::COUNTS[number].0, Kind::Number),
        };
        Heading {
            text,
            kind,
            is_minor: matches!(self, Self::Field(CommercialField::Channel)),
        }
    }
}

/// A row's date and its two counts.
trait Counted: CommercialRow {
    /// The heading of each count, and its name on the wire.
    const COUNTS: [(&'static str, &'static str); 2];
    fn processed(&self) -> Option<ProcessedDateTime>;
    fn counts(&self) -> [Option<u64>; 2];
}

impl Counted for LicensesUsageRow {
    const COUNTS: [(&'static str, &'static str); 2] = [
        ("Active", "licensesActive"),
        ("Qualified", "licensesQualified"),
    ];

    fn processed(&self) -> Option<ProcessedDateTime> {
        self.processed_date_time
    }

    fn counts(&self) -> [Option<u64>; 2] {
        [self.licenses_active, self.licenses_qualified]
    }
}

impl Counted for LicensesDeploymentRow {
    const COUNTS: [(&'static str, &'static str); 2] =
        [("Deployed", "licensesDeployed"), ("Sold", "licensesSold")];

    fn processed(&self) -> Option<ProcessedDateTime> {
        self.processed_date_time
    }

    fn counts(&self) -> [Option<u64>; 2] {
        [self.licenses_deployed, self.licenses_sold]
    }
}
