//! Pages: one self-contained file each, with charts that need neither a script nor a request.

pub mod chart;
pub mod experiment;
pub mod svg;
pub mod track;

pub use svg::escape;
