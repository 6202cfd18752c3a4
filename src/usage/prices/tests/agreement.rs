//! The committed table answers as the table of the crate does, model by model, on both sides of
//! every change of price.
