//go:build tools

// Package tools names the program that renders the chart.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
