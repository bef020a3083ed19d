//! IAM, STS, EKS, CloudTrail and irsa's own service: one file per operation.
