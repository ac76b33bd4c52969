//! Virtual routers: blocks become drafts as they are read (`instance`, `parts`, `watched`), and these what is wanted when all
//! is known (`finish`).

mod draft;
mod finish;
mod instance;
mod parts;
mod watched;

pub(super) use draft::VrrpDraft;
