//! Parents and children of a shard's entries.

use super::{Common, Shard};
use crate::conn::arena::Kin;
use crate::conn::ended::{Closed, End};
use crate::conn::entry::{Conn, ConnFlags};
use crate::conn::kin::ConnId;
use std::sync::atomic::{Ordering::Release, compiler_fence};

impl Shard {
    /// An entry is somebody's child from now on.
    pub fn set_parent(&mut self, index: u32, parent: ConnId) {
        self.arena.change_kin(index, |kin| kin.parent = parent);
        // Before the flag that says that it has one, for whoever finds the table's file after a kill.
        self.arena.note_parent(index, parent.index);
        compiler_fence(Release);
        if let Some(conn) = self.arena.get_mut(index) {
            conn.flags_mut().set(ConnFlags::CHILD, true);
        }
    }

    /// Counts one more child; the parent's generation, or `None` if there is no such connection or it has 2^32-1.
    pub fn adopt(&mut self, index: u32) -> Option<u32> {
        self.arena.get(index)?;
        let children = self.arena.children(index).checked_add(1)?;
        let known = self.arena.kin(index).map_or(0, |kin| kin.generation);
        let generation = if known == 0 { self.arena.next_generation() } else { known };
        self.arena.change_kin(index, |kin| *kin = Kin { children, generation, ..*kin });
        Some(generation)
    }

    /// Counts one child less; closes the parent if nothing keeps it after a child was thrown out or orphaned.
    pub fn release(&mut self, common: &Common, parent: ConnId, end: End) -> Option<Closed> {
        let conn = self.of_generation(parent)?;
        let (is_assured, children) = (conn.is_assured(), self.arena.children(parent.index));
        let children = children.saturating_sub(1);
        self.arena.change_kin(parent.index, |kin| kin.children = children);
        let goes = match end {
            End::Regular => false,
            End::Forced => !is_assured,
            End::Orphaned => true,
        };
        if goes && children == 0 { self.close(common, parent.index, end) } else { None }
    }

    /// A child has proved itself.
    pub fn assure(&mut self, parent: ConnId) {
        if self.of_generation(parent).is_none() {
            return;
        }
        match self.arena.get_mut(parent.index) {
            Some(conn) if conn.is_template() => conn.assure(),
            _ => {
                if let Some(side) = self.side.get_mut(&parent.index) {
                    side.proved = side.proved.wrapping_add(1);
                }
            }
        }
    }

    pub fn of_generation(&self, id: ConnId) -> Option<&Conn> {
        let is_it = self.arena.kin(id.index).is_some_and(|kin| kin.generation == id.generation);
        self.arena.get(id.index).filter(|_| is_it)
    }

    /// Whose child an entry is.
    pub fn parent(&self, index: u32) -> Option<ConnId> {
        let conn = self.arena.get(index)?;
        if conn.flags().has(ConnFlags::CHILD) { self.arena.kin(index).map(|kin| kin.parent) } else { None }
    }

    /// How many children an entry has.
    pub fn children(&self, index: u32) -> u32 {
        self.arena.children(index)
    }
}
