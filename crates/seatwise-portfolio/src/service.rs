//! The services and their workloads.
//!
//! Names and codes are Partner Center's where it documents them (`EXO`, `SPO`, `SFB`). It documents
//! none for Teams, Yammer and Microsoft Dynamics CRM: `TEAMS`, `YAM` and `CRM` are inferred. The
//! service `pbi` with `PBI`, and the workload `WHITEBOARD`, are made up: they stand for what appears
//! one day without notice.

/// A service, such as `o365`.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// The short form: `o365`, `crm`.
    pub code: &'static str,
    /// The name for people: `Microsoft Office 365`, `Microsoft Dynamics`.
    pub name: &'static str,
    pub(crate) lag: Lag,
}

/// Days from the day that figures describe to the day they arrive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) usage: i32,
    pub(crate) deployment: i32,
}

/// A part of a service, such as Exchange.
///
/// Two services can have a workload of the same name: `SharePoint` is one of `o365` and of `crm`.
#[derive(Debug, PartialEq, Eq)]
pub struct Workload {
    /// The short form: `EXO`.
    pub code: &'static str,
    /// The name for people: `Exchange`.
    pub name: &'static str,
    /// How many in a thousand assigned seats are active: the least and the most that is usual.
    pub(crate) active: (u32, u32),
}

// Measured on the documented answers: usage comes five to six days after the day it describes,
// deployment of o365 within the day, deployment of crm after four.
pub(crate) static O365: Service = service(
    "o365",
    "Microsoft Office 365",
    Lag {
        usage: 5,
        deployment: 0,
    },
);
pub(crate) static CRM: Service = service(
    "crm",
    "Microsoft Dynamics",
    Lag {
        usage: 6,
        deployment: 4,
    },
);
pub(crate) static POWER_BI: Service = service(
    "pbi",
    "Microsoft Power BI",
    Lag {
        usage: 6,
        deployment: 4,
    },
);

pub(crate) static EXCHANGE: Workload = workload("EXO", "Exchange", (550, 980));
static SHAREPOINT: Workload = workload("SPO", "SharePoint", (200, 850));
static SKYPE: Workload = workload("SFB", "Skype For Business", (20, 250));
static TEAMS: Workload = workload("TEAMS", "Teams", (350, 950));
pub(crate) static YAMMER: Workload = workload("YAM", "Yammer", (10, 200));
pub(crate) static WHITEBOARD: Workload = workload("WHITEBOARD", "Whiteboard", (10, 120));
static DYNAMICS: Workload = workload("CRM", "Microsoft Dynamics CRM", (400, 900));
static CRM_SHAREPOINT: Workload = workload("SPO", "SharePoint", (50, 400));
static REPORTS: Workload = workload("PBI", "Power BI", (200, 700));

// What a seat of a product entitles its user to, by name, as customers' answers are ordered.
pub(crate) static SUITE: [&Workload; 5] = [&EXCHANGE, &SHAREPOINT, &SKYPE, &TEAMS, &YAMMER];
pub(crate) static MAIL: [&Workload; 1] = [&EXCHANGE];
pub(crate) static SITES: [&Workload; 1] = [&SHAREPOINT];
pub(crate) static CALLS: [&Workload; 1] = [&SKYPE];
pub(crate) static MEETINGS: [&Workload; 1] = [&TEAMS];
pub(crate) static SALES: [&Workload; 2] = [&DYNAMICS, &CRM_SHAREPOINT];
pub(crate) static ANALYSIS: [&Workload; 1] = [&REPORTS];

const fn service(code: &'static str, name: &'static str, lag: Lag) -> Service {
    Service { code, name, lag }
}

const fn workload(code: &'static str, name: &'static str, active: (u32, u32)) -> Workload {
    Workload { code, name, active }
}
