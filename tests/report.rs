//! `budget report`: its rows add up to what windows show, to the atom, in every zone and over every
//! change of the clocks; and its digest says what the journal says.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/steered.rs"]
mod steered;

#[cfg(test)]
#[path = "report/agreement.rs"]
mod agreement;
#[cfg(test)]
#[path = "report/digest.rs"]
mod digest;
#[cfg(test)]
#[path = "report/focus.rs"]
mod focus;
#[cfg(test)]
#[path = "report/html.rs"]
mod html;
#[cfg(test)]
#[path = "report/large.rs"]
mod large;
#[cfg(test)]
#[path = "report/markup.rs"]
mod markup;
#[cfg(test)]
#[path = "report/views.rs"]
mod views;
