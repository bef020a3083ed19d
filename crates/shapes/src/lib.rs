//! GENERATED inputs, outputs, constraints and errors of each operation that we serve.
