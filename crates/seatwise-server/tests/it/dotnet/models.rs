//! The models of the .NET SDK 3.4, and how it reads their members.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value};

/// The client's time zone: not UTC, so that a wrongly read date is noticed.
const CLIENT_ZONE: Offset = Offset::constant(2);

/// A JSON object. Names of members ignore case.
pub(crate) struct Object(pub(crate) Map<String, Value>);

/// The expected member that is missing or has another type.
#[derive(Debug)]
pub(crate) struct Misread(pub(crate) String);

impl Object {
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        let mut members = self.0.iter();
        let found = members.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// `None` for `null`. Numbers and booleans become text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Misread> {
        match self.member(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Array(_) | Value::Object(_)) => Err(wrong(name)),
            Some(value) => Ok(Some(value.to_string())),
        }
    }

    /// 0 if it is missing.
    fn double(&self, name: &str) -> Result<f64, Misread> {
        match self.member(name) {
            None => Ok(0.0),
            Some(Value::String(text)) => text.parse().map_err(|_| wrong(name)),
            Some(value) => value.as_f64().ok_or_else(|| wrong(name)),
        }
    }

    /// 0 if it is missing.
    fn long(&self, name: &str) -> Result<i64, Misread> {
        match self.member(name) {
            None => Ok(0),
            Some(value) => value.as_i64().ok_or_else(|| wrong(name)),
        }
    }

    /// `None` if it is missing; the SDK shows it as the first day of the year 1.
    fn date(&self, name: &str) -> Result<Option<Timestamp>, Misread> {
        let text = match self.member(name) {
            None => return Ok(None),
            Some(value) => value.as_str().ok_or_else(|| wrong(name))?,
        };
        let with_zone = text.parse::<Timestamp>().ok();
        let local = || {
            let local: DateTime = text.parse().ok()?;
            local.to_zoned(TimeZone::fixed(CLIENT_ZONE)).ok()
        };
        with_zone
            .or_else(|| local().map(|zoned| zoned.timestamp()))
            .map(Some)
            .ok_or_else(|| wrong(name))
    }

    fn object(&self, name: &str) -> Result<Option<Self>, Misread> {
        match self.member(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(members.clone()))),
            Some(_) => Err(wrong(name)),
        }
    }

    /// Empty if it is missing.
    fn objects<T>(
        &self,
        name: &str,
        read: impl Fn(&Self) -> Result<T, Misread>,
    ) -> Result<Vec<T>, Misread> {
        let elements = match self.member(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(value) => value.as_array().ok_or_else(|| wrong(name))?,
        };
        let read_one = |element: &Value| match element {
            Value::Object(members) => read(&Self(members.clone())),
            _ => Err(wrong(name)),
        };
        elements.iter().map(read_one).collect()
    }

    fn object_type(&self) -> Result<Option<String>, Misread> {
        self.object("attributes")?
            .map_or(Ok(None), |attributes| attributes.text("objectType"))
    }
}

fn wrong(name: &str) -> Misread {
    Misread(format!("{name} is not what it should be"))
}

/// A collection. Its count is read, but not used.
#[derive(Debug, PartialEq)]
pub(crate) struct Collection<T> {
    pub(crate) items: Vec<T>,
    pub(crate) object_type: Option<String>,
    pub(crate) continuation_token: Option<String>,
    pub(crate) next: Option<Link>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) uri: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) fn collection<T>(
    item: impl Fn(&Object) -> Result<T, Misread>,
) -> impl FnOnce(&Object) -> Result<Collection<T>, Misread> {
    move |body| {
        body.long("totalCount")?;
        let next = match body.object("links")? {
            None => None,
            Some(links) => links.object("next")?.as_ref().map(link).transpose()?,
        };
        Ok(Collection {
            items: body.objects("items", item)?,
            object_type: body.object_type()?,
            continuation_token: body.text("continuationToken")?,
            next,
        })
    }
}

fn link(link: &Object) -> Result<Link, Misread> {
    let pair = |pair: &Object| {
        let part = |name| pair.text(name).map(Option::unwrap_or_default);
        Ok((part("key")?, part("value")?))
    };
    Ok(Link {
        uri: link.text("uri")?.unwrap_or_default(),
        method: link.text("method")?.unwrap_or_default(),
        headers: link.objects("headers", pair)?,
    })
}

/// A row of licence analytics, with the members of all four models; `None` if a model lacks one.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Insights {
    pub(crate) customer_name: Option<String>,
    pub(crate) product_name: Option<String>,
    pub(crate) workload_name: Option<String>,
    pub(crate) service_name: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) processed: Option<Timestamp>,
    pub(crate) part: i64,
    pub(crate) whole: i64,
    pub(crate) percent: f64,
    pub(crate) object_type: Option<String>,
}

pub(crate) fn partner_usage(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        percent: row.double("proratedLicensesUsagePercent")?,
        workload_name: row.text("workloadName")?,
        ..common(row)?
    })
}

pub(crate) fn partner_deployment(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        percent: row.double("proratedDeploymentPercent")?,
        whole: row.long("licensesSold")?,
        ..common(row)?
    })
}

pub(crate) fn customer_usage(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        workload_name: row.text("workloadName")?,
        part: row.long("licensesActive")?,
        whole: row.long("licensesQualified")?,
        percent: row.double("usagePercent")?,
        ..of_customer(row)?
    })
}

pub(crate) fn customer_deployment(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        part: row.long("licensesDeployed")?,
        whole: row.long("licensesSold")?,
        percent: row.double("deploymentPercent")?,
        ..of_customer(row)?
    })
}

fn of_customer(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        customer_name: row.text("customerName")?,
        product_name: row.text("productName")?,
        ..common(row)?
    })
}

fn common(row: &Object) -> Result<Insights, Misread> {
    Ok(Insights {
        service_name: row.text("serviceName")?,
        channel: row.text("channel")?,
        processed: row.date("processedDateTime")?,
        object_type: row.object_type()?,
        ..Insights::default()
    })
}

#[derive(Debug, PartialEq)]
pub(crate) struct Customer {
    pub(crate) id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) relationship: Option<String>,
    pub(crate) object_type: Option<String>,
}

pub(crate) fn customer(customer: &Object) -> Result<Customer, Misread> {
    let profile = customer.object("companyProfile")?;
    let profile = profile.ok_or_else(|| wrong("companyProfile"))?;
    // The SDK reads the links of both, although this client follows none.
    for resource in [customer, &profile] {
        let links = resource.object("links")?;
        let itself = links
            .map(|links| links.object("self"))
            .transpose()?
            .flatten();
        itself.as_ref().map(link).transpose()?;
    }
    Ok(Customer {
        id: customer.text("id")?,
        tenant_id: profile.text("tenantId")?,
        domain: profile.text("domain")?,
        company_name: profile.text("companyName")?,
        relationship: customer.text("relationshipToPartner")?,
        object_type: customer.object_type()?,
    })
}
