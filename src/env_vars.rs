//! Every environment variable that wfgen reads.
