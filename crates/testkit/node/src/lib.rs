//! signet-testnode
