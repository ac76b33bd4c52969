//! The mark rules that run, and their compiled form.

use super::ControlError;
use super::check::check_marks;
use crate::lvs::MarkRule;
use crate::service::Marks;
use std::sync::Arc;

/// The rules in order. They are compiled when a snapshot is made, and again only when they or the interfaces' names
/// have changed.
#[derive(Debug, Default)]
pub(super) struct MarkTable {
    rules: Vec<MarkRule>,
    compiled: Option<(Vec<String>, Arc<Marks>)>,
}

impl MarkTable {
    /// The rules, in order.
    pub fn rules(&self) -> &[MarkRule] {
        &self.rules
    }

    /// Puts rules behind those that are there: all, or none if one is refused.
    pub fn add(&mut self, rules: Vec<MarkRule>) -> Result<(), ControlError> {
        let all = [self.rules.as_slice(), &rules].concat();
        check_marks(&all)?;
        self.rules = all;
        self.compiled = None;
        Ok(())
    }

    /// Takes away the first rule that is equal.
    pub fn delete(&mut self, rule: &MarkRule) -> Result<(), ControlError> {
        let place = self.rules.iter().position(|own| own == rule).ok_or(ControlError::NoSuchMark)?;
        self.delete_at(place + 1)
    }

    /// Takes away rule number `number`, from 1.
    pub fn delete_at(&mut self, number: usize) -> Result<(), ControlError> {
        let place = number.checked_sub(1).filter(|place| *place < self.rules.len());
        self.rules.remove(place.ok_or(ControlError::NoSuchMark)?);
        self.compiled = None;
        Ok(())
    }

    /// The compiled rules for interfaces of these names.
    pub fn compiled(&mut self, interfaces: Vec<String>) -> Arc<Marks> {
        match &self.compiled {
            Some((names, marks)) if *names == interfaces => marks.clone(),
            _ => {
                // What is too large was refused when it was to be added; other names of interfaces make it no larger.
                let marks = Arc::new(Marks::compile(&self.rules, &interfaces).unwrap_or_default());
                self.compiled = Some((interfaces, marks.clone()));
                marks
            }
        }
    }
}
