//! The numbering of services and channels, and of products and workloads.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::columns::{CHANNEL, CODE, PRODUCT, PRODUCT_ID, SERVICE, WORKLOAD};
use crate::model::texts::Texts;

/// The number of a service and channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FeedNumber(pub(crate) u32);

/// The number of a group: what rows are about, except for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupNumber(pub(crate) u32);

/// What rows are about, except for the customer. Absent texts are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Group<'a> {
    pub(crate) service: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) product_id: &'a str,
    pub(crate) product: &'a str,
    pub(crate) code: &'a str,
    pub(crate) workload: &'a str,
}

/// All names, each text stored once.
#[derive(Clone)]
pub(super) struct GroupNames {
    texts: Texts,
    feeds: Vec<[u32; 2]>,
    feed_numbers: HashMap<[u32; 2], FeedNumber, RandomState>,
    groups: Vec<(FeedNumber, [u32; 4])>,
    group_numbers: HashMap<(FeedNumber, [u32; 4]), GroupNumber, RandomState>,
}

impl Default for GroupNames {
    fn default() -> Self {
        Self {
            // As stored in the table.
            texts: Texts::new([|text| Cow::Borrowed(text); 8]),
            feeds: Vec::new(),
            feed_numbers: HashMap::default(),
            groups: Vec::new(),
            group_numbers: HashMap::default(),
        }
    }
}

impl GroupNames {
    /// The number of a service and channel, a new one if it is new.
    pub(super) fn feed(&mut self, service: &str, channel: &str) -> FeedNumber {
        let texts = [(SERVICE, service), (CHANNEL, channel)].map(|it| self.text(it));
        *self.feed_numbers.entry(texts).or_insert_with(|| {
            self.feeds.push(texts);
            FeedNumber(self.feeds.len() as u32 - 1)
        })
    }

    /// The number of a group in a service and channel, a new one if it is new.
    pub(super) fn number(&mut self, feed: FeedNumber, of: [&str; 4]) -> GroupNumber {
        let [product_id, product, code, workload] = of;
        let texts = [
            (PRODUCT_ID, product_id),
            (PRODUCT, product),
            (CODE, code),
            (WORKLOAD, workload),
        ];
        let group = (feed, texts.map(|it| self.text(it)));
        *self.group_numbers.entry(group).or_insert_with(|| {
            self.groups.push(group);
            GroupNumber(self.groups.len() as u32 - 1)
        })
    }

    fn text(&mut self, (column, text): (usize, &str)) -> u32 {
        // A text is UTF-8, so it always has a number.
        self.texts.number(column, text.as_bytes()).unwrap_or(0)
    }

    /// Services and channels, ordered by number.
    pub(super) fn feeds(&self) -> impl Iterator<Item = (FeedNumber, (&str, &str))> {
        let text = |column, number| self.texts.text(column, number);
        let feeds = (0..).map(FeedNumber).zip(&self.feeds);
        feeds.map(move |(number, [service, channel])| {
            (number, (text(SERVICE, *service), text(CHANNEL, *channel)))
        })
    }

    /// The service and channel of a group.
    pub(super) fn feed_of(&self, group: GroupNumber) -> FeedNumber {
        self.groups[group.0 as usize].0
    }

    pub(super) fn texts(&self) -> &Texts {
        &self.texts
    }

    pub(super) fn text_numbers(&self, group: GroupNumber) -> [u32; 8] {
        let (feed, [product_id, product, code, workload]) = self.groups[group.0 as usize];
        let [service, channel] = self.feeds[feed.0 as usize];
        let mut numbers = [0; 8];
        numbers[SERVICE] = service;
        numbers[CHANNEL] = channel;
        numbers[PRODUCT_ID] = product_id;
        numbers[PRODUCT] = product;
        numbers[CODE] = code;
        numbers[WORKLOAD] = workload;
        numbers
    }

    pub(super) fn group(&self, number: GroupNumber) -> Group<'_> {
        let (feed, [product_id, product, code, workload]) = self.groups[number.0 as usize];
        let [service, channel] = self.feeds[feed.0 as usize];
        let text = |column, number| self.texts.text(column, number);
        Group {
            service: text(SERVICE, service),
            channel: text(CHANNEL, channel),
            product_id: text(PRODUCT_ID, product_id),
            product: text(PRODUCT, product),
            code: text(CODE, code),
            workload: text(WORKLOAD, workload),
        }
    }
}
