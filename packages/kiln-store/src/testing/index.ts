// Public names of @crucible/kiln-store/testing.
export {};
