//! What surrounds every page: menu, completeness of the data, point of time, and permanent link.

use seatwise_types::extensions;

use super::View;
use crate::assets::{ICON, SCRIPT, STYLE};
use crate::words;

impl View {
    /// The links of the navigation, without those that the visitor must not open.
    fn nav(&self, section: &'static str) -> Vec<NavItem> {
        let item = |name, path: &str| NavItem {
            name,
            href: self.link(path, []),
            is_here: name == section,
        };
        if let Some(customer) = self.visitor.guest_of() {
            return vec![item("Customer", &format!("/customers/{customer}"))];
        }
        let guests = ("Guests", crate::pages::guests::PATH);
        let guests = self.is_of_operator().then_some(guests);
        let sections = SECTIONS.into_iter().chain(guests);
        sections.map(|(name, path)| item(name, path)).collect()
    }

    /// The frame of the page: navigation, point of time and coverage.
    pub(crate) fn shell(&self, title: impl Into<String>, section: &'static str) -> Shell {
        let axes = self.model.key.axes;
        let standing = &self.standing;
        let days = standing.newest.zip(standing.oldest);
        let permanent = extensions::Axes {
            as_of: axes.as_of.or(standing.newest),
            // Prices and the policy can be newer than the deliveries.
            known_at: axes
                .known_at
                .or(standing.recorded_at.max(self.model.key.versions.idle_rules)),
        };
        let as_of = permanent.as_of.map(|day| day.to_string());
        let known_at = permanent.known_at.map(|at| at.to_string());
        Shell {
            title: title.into(),
            style: &STYLE.address,
            script: &SCRIPT.address,
            icon: &ICON.address,
            nav: self.nav(section),
            is_guest: self.is_of_guest(),
            day: days.map(|(newest, _)| words::day(newest)),
            oldest: days
                .filter(|(newest, oldest)| oldest < newest)
                .map(|(_, oldest)| words::day(oldest)),
            // On a page of an earlier time, the newest recording is not part of the figures.
            recorded: standing
                .recorded_at
                .filter(|_| axes.known_at.is_none())
                .map(words::instant),
            customers: words::counted(standing.customers, "customer", "customers"),
            current: words::count(standing.current),
            late: (standing.late > 0).then(|| words::count(standing.late)),
            missing: (standing.missing > 0).then(|| words::count(standing.missing)),
            left_out: self.link("/data", []),
            banner: (!axes.is_default()).then(|| banner(axes)),
            today: self.with([
                (extensions::Axes::AS_OF, None),
                (extensions::Axes::KNOWN_AT, None),
            ]),
            permanent: self.with([
                (extensions::Axes::AS_OF, as_of),
                (extensions::Axes::KNOWN_AT, known_at),
            ]),
            as_of: axes.as_of.map(|day| day.to_string()).unwrap_or_default(),
            path: self.path.clone(),
            kept: self.kept(&[extensions::Axes::AS_OF]),
            visitor: self.visitor.name.clone(),
            partner: self.visitor.partner.to_string(),
            made: words::instant(self.now),
            is_emulator: self.model.web.app.is_emulator(),
        }
    }
}

/// The sections of the navigation.
const SECTIONS: [(&str, &str); 5] = [
    ("Portfolio", "/"),
    ("Customers", "/customers"),
    ("Idle seats", "/idle"),
    ("Changes", "/changes"),
    ("Data", "/data"),
];

/// The frame of every page.
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) nav: Vec<NavItem>,
    /// Guests see nothing about other customers, not even their number.
    pub(crate) is_guest: bool,
    /// The newest processed date; `None` if there is no data.
    pub(crate) day: Option<String>,
    /// The oldest processed date that counts; `None` if it is the newest.
    pub(crate) oldest: Option<String>,
    pub(crate) recorded: Option<String>,
    pub(crate) customers: String,
    pub(crate) current: String,
    pub(crate) late: Option<String>,
    pub(crate) missing: Option<String>,
    pub(crate) left_out: String,
    /// A notice on a page of another time; `None` on today's page.
    pub(crate) banner: Option<String>,
    pub(crate) today: String,
    /// An address that always shows the same figures.
    pub(crate) permanent: String,
    pub(crate) as_of: String,
    pub(crate) path: String,
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) visitor: String,
    pub(crate) partner: String,
    pub(crate) made: String,
    pub(crate) is_emulator: bool,
}

pub(crate) struct NavItem {
    pub(crate) name: &'static str,
    pub(crate) href: String,
    pub(crate) is_here: bool,
}

fn banner(axes: extensions::Axes) -> String {
    match (axes.as_of, axes.known_at) {
        (Some(day), Some(at)) => format!(
            "{}, as it was known on {}",
            words::day(day),
            words::instant(at)
        ),
        (Some(day), None) => format!("{}, as it is known now", words::day(day)),
        (None, Some(at)) => format!("what was known on {}", words::instant(at)),
        (None, None) => String::new(),
    }
}
