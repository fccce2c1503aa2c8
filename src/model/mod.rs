//! The parts that a forecast is made of.

pub(crate) mod booster;
pub(crate) mod calibration;
pub(crate) mod conformal;
pub(crate) mod density;
pub(crate) mod experts;
pub(crate) mod forest;
pub(crate) mod linear;
pub(crate) mod matrix;
pub(crate) mod mixture;
pub(crate) mod trained;
pub(crate) mod tree;
