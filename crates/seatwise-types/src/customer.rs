//! A partner's customers.

use serde::{Deserialize, Deserializer, Serialize};

use crate::open_enum::open_enum;
use crate::{CustomerId, Links, ResourceAttributes};

/// A customer of a partner.
///
/// A list has only the members of the documented sample of a search. The answer for one customer
/// adds those marked below. Other data that Partner Center has about a customer, such as the
/// contacts and addresses of its billing profile, is neither read nor written.
///
/// # Example
///
/// ```
/// use seatwise_types::{Customer, wire};
///
/// let customer = Customer::new(
///     "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04".parse()?,
///     "contoso.onmicrosoft.com",
///     "Contoso",
/// );
/// assert_eq!(
///     String::from_utf8_lossy(&wire::encode(&customer)),
///     concat!(
///         r#"{"id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","companyProfile":{"#,
///         r#""tenantId":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","#,
///         r#""domain":"contoso.onmicrosoft.com","companyName":"Contoso","#,
///         r#""attributes":{"objectType":"CustomerCompanyProfile"}},"#,
///         r#""relationshipToPartner":"reseller","attributes":{"objectType":"Customer"}}"#,
///     ),
/// );
/// # Ok::<(), seatwise_types::InvalidId>(())
/// ```
///
/// # Example: a customer without an id is refused
///
/// ```
/// use seatwise_types::{Customer, wire};
///
/// assert!(wire::decode::<Customer>(br#"{"relationshipToPartner":"reseller"}"#).is_err());
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The customer's tenant.
    #[serde(alias = "Id")]
    pub id: CustomerId,
    /// The customer's id in commerce; `None` in a list (documented). Its place in the answer for
    /// one customer is inferred.
    #[serde(alias = "CommerceId", skip_serializing_if = "Option::is_none")]
    pub commerce_id: Option<String>,
    /// The company; empty if absent.
    #[serde(
        alias = "CompanyProfile",
        default,
        deserialize_with = "null_as_default"
    )]
    pub company_profile: CustomerCompanyProfile,
    /// The partner's relationship to the customer.
    #[serde(
        alias = "RelationshipToPartner",
        skip_serializing_if = "Option::is_none"
    )]
    pub relationship_to_partner: Option<RelationshipToPartner>,
    /// Whether the partner may act for the customer; `None` in a list (documented).
    #[serde(alias = "AllowDelegatedAccess")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_delegated_access: Option<bool>,
    /// The link of the customer to itself: `self` (documented sample of a search).
    #[serde(alias = "Links", skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(alias = "Attributes", default = "Customer::attributes")]
    pub attributes: ResourceAttributes,
}

impl Customer {
    /// The value of `attributes.objectType`.
    pub const OBJECT_TYPE: &'static str = "Customer";

    /// A customer that the partner sells to, with the members of a list.
    pub fn new(id: CustomerId, domain: impl Into<String>, company_name: impl Into<String>) -> Self {
        Self {
            id,
            commerce_id: None,
            company_profile: CustomerCompanyProfile {
                tenant_id: Some(id),
                domain: Some(domain.into()),
                company_name: Some(company_name.into()),
                links: None,
                attributes: CustomerCompanyProfile::attributes(),
            },
            relationship_to_partner: Some(RelationshipToPartner::Reseller),
            allow_delegated_access: None,
            links: None,
            attributes: Self::attributes(),
        }
    }

    /// The attributes of every customer.
    pub fn attributes() -> ResourceAttributes {
        ResourceAttributes::new(Self::OBJECT_TYPE)
    }
}

/// The company profile of a customer.
///
/// Address and e-mail, which Partner Center adds for a partner with delegated rights, are neither
/// read nor written.
///
/// # Example
///
/// ```
/// use seatwise_types::{CustomerCompanyProfile, wire};
///
/// let profile: CustomerCompanyProfile = wire::decode(br#"{"companyName":"Contoso"}"#)?;
/// assert_eq!(profile.company_name.as_deref(), Some("Contoso"));
/// assert_eq!(profile.tenant_id, None);
/// # Ok::<(), wire::DecodeError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerCompanyProfile {
    /// The customer's tenant again.
    #[serde(alias = "TenantId", skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<CustomerId>,
    /// The tenant's default domain, which may change.
    #[serde(alias = "Domain", skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The company's name, which may change.
    #[serde(alias = "CompanyName", skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// The link of the profile to itself: `self` (documented sample of a search).
    #[serde(alias = "Links", skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Has the object type [`OBJECT_TYPE`](Self::OBJECT_TYPE).
    #[serde(alias = "Attributes", default = "CustomerCompanyProfile::attributes")]
    pub attributes: ResourceAttributes,
}

impl CustomerCompanyProfile {
    /// The value of `attributes.objectType`.
    pub const OBJECT_TYPE: &'static str = "CustomerCompanyProfile";

    /// The attributes of every company profile.
    pub fn attributes() -> ResourceAttributes {
        ResourceAttributes::new(Self::OBJECT_TYPE)
    }
}

impl Default for CustomerCompanyProfile {
    fn default() -> Self {
        Self {
            tenant_id: None,
            domain: None,
            company_name: None,
            links: None,
            attributes: Self::attributes(),
        }
    }
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

open_enum! {
    /// The relationship of a partner to a customer (documented values).
    ///
    /// # Example
    ///
    /// ```
    /// use seatwise_types::RelationshipToPartner;
    ///
    /// assert_eq!(RelationshipToPartner::from("Reseller"), RelationshipToPartner::Reseller);
    /// assert_eq!(RelationshipToPartner::from("unknown").as_str(), "unknown");
    /// ```
    RelationshipToPartner {
        /// `reseller`: sells to the customer.
        Reseller = "reseller",
        /// `advisor`: advises the customer.
        Advisor = "advisor",
        /// `syndication`: sells under its own brand.
        Syndication = "syndication",
        /// `microsoft_support`: supports the customer for Microsoft.
        MicrosoftSupport = "microsoft_support",
        /// `none`: no relationship.
        None = "none",
    }
}
