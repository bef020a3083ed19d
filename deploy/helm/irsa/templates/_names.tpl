{{/* The prefix of all names. */}}
{{- define "irsa.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* One component's name: (list . "webhook") */}}
{{- define "irsa.name" -}}
{{- printf "%s-%s" (include "irsa.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* What selects one component's pods: (list . "webhook") */}}
{{- define "irsa.selector" -}}
app.kubernetes.io/name: {{ (index . 0).Chart.Name }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* The labels of one component's objects: (list . "webhook") */}}
{{- define "irsa.labels" -}}
{{- $root := index . 0 -}}
{{ include "irsa.selector" . }}
app.kubernetes.io/part-of: irsa
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "irsa.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "irsa.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where pods find irsa; empty: they use AWS. */}}
{{- define "irsa.endpoint" -}}
{{- if .Values.endpoint.url -}}
{{ .Values.endpoint.url }}
{{- else if .Values.server.enabled -}}
{{ ternary "http" "https" .Values.server.tls.plaintext }}://{{ include "irsa.name" (list . "server") }}.{{ .Release.Namespace }}.svc
{{- end -}}
{{- end -}}

{{- define "irsa.credentialsSecret" -}}
{{ .Values.bootstrap.credentialsSecret | default (include "irsa.name" (list . "admin")) }}
{{- end -}}

{{- define "irsa.claim" -}}
{{ .Values.persistence.existingClaim | default (include "irsa.name" (list . "server")) }}
{{- end -}}

{{- define "irsa.serverCertificate" -}}
{{ .Values.server.tls.existingSecret | default (printf "%s-tls" (include "irsa.name" (list . "server"))) }}
{{- end -}}

{{- define "irsa.webhookCertificate" -}}
{{ .Values.webhook.tls.existingSecret | default (printf "%s-tls" (include "irsa.name" (list . "webhook"))) }}
{{- end -}}
