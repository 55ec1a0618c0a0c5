//! The products and their workloads.

use uuid::{Uuid, uuid};

use crate::service::{
    ANALYSIS, CALLS, CRM, MAIL, MEETINGS, O365, POWER_BI, SALES, SITES, SUITE, Service, Workload,
};

/// A plan that is sold by the seat.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Product {
    /// The SKU id, as in Microsoft Graph.
    pub(crate) id: Uuid,
    /// The name in upper case, as at Partner Center.
    pub(crate) name: &'static str,
    /// The service that the product belongs to.
    pub(crate) service: &'static Service,
    /// The workloads to which a seat entitles its user. Empty for a product without workloads,
    /// which counts in deployment only.
    pub(crate) workloads: &'static [&'static Workload],
}

pub(crate) static BUSINESS_ESSENTIALS: Product = Product {
    id: uuid!("3b555118-da6a-4418-894f-7df1e2096870"),
    name: "OFFICE 365 BUSINESS ESSENTIALS",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static BUSINESS_STANDARD: Product = Product {
    id: uuid!("f245ecc8-75af-4f8e-b61f-27d8114de5f3"),
    name: "OFFICE 365 BUSINESS PREMIUM",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static BUSINESS_PREMIUM: Product = Product {
    id: uuid!("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"),
    name: "MICROSOFT 365 BUSINESS",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static BUSINESS_APPS: Product = Product {
    id: uuid!("cdd28e44-67e3-425e-be4c-737fab2899d3"),
    name: "OFFICE 365 BUSINESS",
    service: &O365,
    workloads: &[],
};
pub(crate) static OFFICE_E1: Product = Product {
    id: uuid!("18181a46-0d4e-45cd-891e-60aabd171b4e"),
    name: "OFFICE 365 E1",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static OFFICE_E3: Product = Product {
    id: uuid!("6fd2c87f-b296-42f0-b197-1e91e994b900"),
    name: "OFFICE 365 E3",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static MICROSOFT_E3: Product = Product {
    id: uuid!("05e9a617-0261-4cee-bb44-138d3ef5d965"),
    name: "MICROSOFT 365 E3",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static MICROSOFT_E5: Product = Product {
    id: uuid!("06ebc4ee-1bb5-47dd-8120-11324bc54e06"),
    name: "MICROSOFT 365 E5",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static FRONTLINE: Product = Product {
    id: uuid!("66b55226-6b4f-492c-910c-a3b7a3c9d993"),
    name: "MICROSOFT 365 F1",
    service: &O365,
    workloads: &SUITE,
};
pub(crate) static EXCHANGE_1: Product = Product {
    id: uuid!("4b9405b0-7788-4568-add1-99614e613b69"),
    name: "EXCHANGE ONLINE (PLAN 1)",
    service: &O365,
    workloads: &MAIL,
};
pub(crate) static EXCHANGE_2: Product = Product {
    id: uuid!("19ec0d23-8335-4cbd-94ac-6050e30712fa"),
    name: "EXCHANGE ONLINE (PLAN 2)",
    service: &O365,
    workloads: &MAIL,
};
pub(crate) static EXCHANGE_ARCHIVING: Product = Product {
    id: uuid!("ee02fd1b-340e-4a4b-b355-4a514e4c8943"),
    name: "EXCHANGE ONLINE ARCHIVING FOR EXCHANGE ONLINE",
    service: &O365,
    workloads: &MAIL,
};
pub(crate) static EXCHANGE_PROTECTION: Product = Product {
    id: uuid!("45a2423b-e884-448d-a831-d9e139c52d2f"),
    name: "EXCHANGE ONLINE PROTECTION",
    service: &O365,
    workloads: &MAIL,
};
pub(crate) static SHAREPOINT_1: Product = Product {
    id: uuid!("1fc08a02-8b3d-43b9-831e-f76859e04e1a"),
    name: "SHAREPOINT ONLINE (PLAN 1)",
    service: &O365,
    workloads: &SITES,
};
pub(crate) static SKYPE_2: Product = Product {
    id: uuid!("d42c793f-6c78-4f43-92ca-e8f6a02b035f"),
    name: "SKYPE FOR BUSINESS ONLINE (PLAN 2)",
    service: &O365,
    workloads: &CALLS,
};
pub(crate) static TEAMS_TRIAL: Product = Product {
    id: uuid!("29a2f828-8f39-4837-b8ff-c957e86abe3c"),
    name: "MICROSOFT TEAMS COMMERCIAL CLOUD",
    service: &O365,
    workloads: &MEETINGS,
};
pub(crate) static PROJECT: Product = Product {
    id: uuid!("53818b1b-4a27-454b-8896-0dba576410e6"),
    name: "PROJECT ONLINE PROFESSIONAL",
    service: &O365,
    workloads: &[],
};
pub(crate) static DYNAMICS_SALES: Product = Product {
    id: uuid!("1e1a282c-9c54-43a2-9310-98ef728faace"),
    name: "DYNAMICS 365 FOR SALES ENTERPRISE EDITION",
    service: &CRM,
    workloads: &SALES,
};
pub(crate) static DYNAMICS_SERVICE: Product = Product {
    id: uuid!("749742bf-0d37-4158-a120-33567104deeb"),
    name: "DYNAMICS 365 FOR CUSTOMER SERVICE ENTERPRISE EDITION",
    service: &CRM,
    workloads: &SALES,
};
pub(crate) static DYNAMICS_TEAM: Product = Product {
    id: uuid!("8e7a3d30-d97d-43ab-837c-d7701cef83dc"),
    name: "DYNAMICS 365 FOR TEAM MEMBERS ENTERPRISE EDITION",
    service: &CRM,
    workloads: &SALES,
};
pub(crate) static POWER_BI_PRO: Product = Product {
    id: uuid!("f8a1db68-be16-40ed-86d5-cb42ce701560"),
    name: "POWER BI PRO",
    service: &POWER_BI,
    workloads: &ANALYSIS,
};
