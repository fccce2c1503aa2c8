//! Decisions and components to ordered jobs, and from there to workflows.
