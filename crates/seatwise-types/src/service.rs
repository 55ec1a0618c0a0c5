//! Services, channels and workloads. The sets are open, so that a new value does not break a
//! reader.

use serde::{Deserialize, Deserializer};

use crate::open_enum::open_enum;

open_enum! {
    /// A service that licences are sold for.
    ///
    /// Known codes are accepted in any case, because the documentation writes `O365` and samples
    /// have `o365`.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::ServiceCode;
    ///
    /// assert_eq!(ServiceCode::from("O365"), ServiceCode::O365);
    /// assert_eq!(ServiceCode::O365.to_string(), "o365");
    /// assert_eq!(ServiceCode::O365.display_name(), Some("Microsoft Office 365"));
    /// assert!(ServiceCode::Crm < ServiceCode::O365);
    /// ```
    ///
    /// # Example: an unknown code
    ///
    /// ```
    /// use seatwise_types::ServiceCode;
    ///
    /// let service = ServiceCode::from("Viva");
    /// assert_eq!(service.as_str(), "Viva");
    /// assert_eq!(service.display_name(), None);
    /// ```
    ServiceCode {
        /// `o365`: Microsoft 365, formerly Office 365.
        O365 = "o365",
        /// `crm`: Dynamics 365.
        Crm = "crm",
    }
}

open_enum! {
    /// How a licence is sold.
    ///
    /// Only `reseller` has been seen in answers. Known channels are accepted in any case, because a
    /// documented filter writes `Reseller`.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::Channel;
    ///
    /// assert_eq!(Channel::from("Reseller"), Channel::Reseller);
    /// assert_eq!(Channel::from("Marketplace").as_str(), "Marketplace");
    /// ```
    Channel {
        /// `reseller`: through a partner.
        Reseller = "reseller",
        /// `direct`: by Microsoft itself; named in Microsoft's .NET SDK 3.4, never seen.
        Direct = "direct",
    }
}

impl ServiceCode {
    /// The name that the commercial endpoints return with the code (documented sample); `None` for
    /// an unknown service.
    pub fn display_name(&self) -> Option<&'static str> {
        match self {
            Self::O365 => Some("Microsoft Office 365"),
            Self::Crm => Some("Microsoft Dynamics"),
            Self::Other(_) => None,
        }
    }

    /// The service with this code or display name, in any case. Other names are kept as they are.
    ///
    /// Endpoints differ in which of the two a member called `serviceName` has, and display names
    /// have changed over the years.
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::ServiceCode;
    ///
    /// assert_eq!(ServiceCode::from_name("Microsoft 365"), ServiceCode::O365);
    /// assert_eq!(ServiceCode::from_name("crm"), ServiceCode::Crm);
    /// assert_eq!(ServiceCode::from_name("Viva").as_str(), "Viva");
    /// ```
    pub fn from_name(name: &str) -> Self {
        const O365: [&str; 2] = ["Microsoft Office 365", "Microsoft 365"];
        const CRM: [&str; 2] = ["Microsoft Dynamics", "Microsoft Dynamics CRM"];
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if O365.iter().any(is) {
            Self::O365
        } else if CRM.iter().any(is) {
            Self::Crm
        } else {
            Self::from(name)
        }
    }

    pub(crate) fn deserialize_name<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::from_name(&name))
    }
}

/// The workload codes that Microsoft has published, each with the name seen in answers. Teams,
/// Yammer and Dynamics have none.
const WORKLOADS: [(&str, &str); 3] = [
    ("EXO", "Exchange"),
    ("SPO", "SharePoint"),
    ("SFB", "Skype For Business"),
];

/// The name of the workload with this code, in any case; `None` if Microsoft has published none.
///
/// # Example
///
/// ```
/// use seatwise_types::workload_name;
///
/// assert_eq!(workload_name("exo"), Some("Exchange"));
/// assert_eq!(workload_name("EX"), None);
/// ```
pub fn workload_name(code: &str) -> Option<&'static str> {
    WORKLOADS
        .iter()
        .find(|(known, _)| code.eq_ignore_ascii_case(known))
        .map(|(_, name)| *name)
}

/// The code of the workload with this name, in any case; `None` if Microsoft has published none.
///
/// # Example
///
/// ```
/// use seatwise_types::workload_code;
///
/// assert_eq!(workload_code("Skype for Business"), Some("SFB"));
/// assert_eq!(workload_code("Teams"), None);
/// ```
pub fn workload_code(name: &str) -> Option<&'static str> {
    WORKLOADS
        .iter()
        .find(|(_, known)| name.eq_ignore_ascii_case(known))
        .map(|(code, _)| *code)
}
