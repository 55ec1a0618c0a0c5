//! The texts of rows. Thousands of rows have the same texts, so each row has one number for its
//! group of texts.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use seatwise_types::ServiceCode;

use crate::model::columns::{CUSTOMER_NAME, SERVICE, SERVICE_NAME, canonical};
use crate::model::texts::Texts;

/// The memory of a group in bytes: its numbers, once in the list and once in the index.
const COST_OF_A_GROUP: usize = 88;

/// Texts, and the groups of texts that rows have.
#[derive(Clone)]
pub(super) struct Vocabulary {
    pub(super) texts: Texts,
    /// The numbers of texts, by column, without the customer's name.
    groups: Vec<[u32; 8]>,
    numbers: HashMap<[u32; 8], u32, RandomState>,
    /// The last group that was looked up: consecutive rows often have the same texts.
    last: ([u32; 8], u32),
}

impl Default for Vocabulary {
    fn default() -> Self {
        let mut empty = Self {
            texts: Texts::new(canonical()),
            groups: Vec::new(),
            numbers: HashMap::default(),
            last: ([0; 8], 0),
        };
        empty.add([0; 8]);
        empty
    }
}

impl Vocabulary {
    /// The number of the group with these texts.
    pub(super) fn group(&mut self, mut texts: [u32; 8]) -> u32 {
        texts[CUSTOMER_NAME] = 0;
        if self.last.0 != texts {
            let number = match self.numbers.get(&texts) {
                Some(known) => *known,
                None => self.add(texts),
            };
            self.last = (texts, number);
        }
        self.last.1
    }

    fn add(&mut self, texts: [u32; 8]) -> u32 {
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.numbers.insert(texts, number);
        let named = self.with_service_name(texts);
        self.groups.push(named);
        number
    }

    /// Adds the name of the service where a source gives only its code.
    fn with_service_name(&mut self, mut texts: [u32; 8]) -> [u32; 8] {
        if texts[SERVICE_NAME] == 0 {
            let code = ServiceCode::from(self.texts.text(SERVICE, texts[SERVICE]));
            let name = code.display_name().unwrap_or_default();
            let number = self.texts.number(SERVICE_NAME, name.as_bytes());
            texts[SERVICE_NAME] = number.unwrap_or(0);
        }
        texts
    }

    /// The texts of all groups, by their numbers.
    pub(super) fn groups(&self) -> &[[u32; 8]] {
        &self.groups
    }

    /// The approximate memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes() + self.groups.len() * COST_OF_A_GROUP
    }
}
