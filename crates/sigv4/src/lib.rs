//! Sign and verify AWS Signature Version 4: header and presigned.
