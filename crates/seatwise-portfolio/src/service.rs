//! The services and their workloads.
//!
//! Names and codes are Partner Center's where documented (`EXO`, `SPO`, `SFB`). For Teams, Yammer
//! and Microsoft Dynamics CRM there are none: `TEAMS`, `YAM` and `CRM` are inferred. The service
//! `pbi` with `PBI`, and the workload `WHITEBOARD`, are made up: they stand for additions without
//! notice.

/// A service, such as `o365`.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// The code: `o365`, `crm`.
    pub code: &'static str,
    /// The name for people: `Microsoft Office 365`, `Microsoft Dynamics`.
    pub name: &'static str,
    pub(crate) lag: Lag,
}

/// The days from the day that figures describe to their delivery.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) usage: i32,
    pub(crate) deployment: i32,
}

/// A part of a service, such as Exchange.
///
/// The names are not unique: `SharePoint` is a workload of `o365` and of `crm`.
#[derive(Debug, PartialEq, Eq)]
pub struct Workload {
    /// The code: `EXO`.
    pub code: &'static str,
    /// The name for people: `Exchange`.
    pub name: &'static str,
    /// The usual range of active seats, in thousandths of the assigned ones.
    pub(crate) active: (u32, u32),
}

// Measured in the documented responses: usage arrives five to six days after the day it describes,
// deployment of o365 on the same day, deployment of crm after four days.
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

// The workloads of products, by name, which is their order in responses.
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
