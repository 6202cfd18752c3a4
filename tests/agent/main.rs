//! Real agents: their own programs, against a provider on loopback with no model behind it. What is
//! booked is exactly what the provider says that it served, or what the program says that it cost.
//!
//! Needs Linux, root for a network namespace, npm, Python, and `../shared/tools` beside the checkout; says
//! what is missing and checks nothing where it is not there, unless `BUDGET_TEST_AGENTS=required`.

#[cfg(test)]
mod claude;
#[cfg(test)]
mod codex;
#[cfg(test)]
mod copilot;
#[cfg(test)]
mod gemini;
#[cfg(test)]
mod llm;
#[cfg(test)]
mod opencode;
#[cfg(test)]
mod runs;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
