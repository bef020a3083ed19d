//go:build tools

// Package tools names the webhook that the rows of `make bench` stand beside.
package tools

import _ "github.com/aws/amazon-eks-pod-identity-webhook"
