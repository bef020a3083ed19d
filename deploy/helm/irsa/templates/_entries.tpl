{{/* One entry of the webhook configuration: a dict of root, name, path and failurePolicy; what it
     selects follows it. */}}
{{- define "irsa.entry" -}}
- name: {{ .name }}
  admissionReviewVersions: [v1]
  clientConfig:
    service:
      name: {{ include "irsa.name" (list .root "webhook") }}
      namespace: {{ .root.Release.Namespace }}
      path: {{ .path }}
      port: 443
    {{- with .root.Values.webhook.tls.caBundle }}
    caBundle: {{ b64enc . }}
    {{- end }}
  failurePolicy: {{ .failurePolicy }}
  matchPolicy: Equivalent
  reinvocationPolicy: IfNeeded
  sideEffects: NoneOnDryRun
  timeoutSeconds: 3
  rules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods], scope: Namespaced}
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods/ephemeralcontainers], scope: Namespaced}
  matchConditions:
    # Mirrors of a node's static pods cannot have a token.
    - name: no-mirror-pods
      expression: '!has(object.metadata.annotations) || !("kubernetes.io/config.mirror" in object.metadata.annotations)'
{{- end -}}

{{/* Pods that did not opt out; the label does not follow the prefix. */}}
{{- define "irsa.notSkipped" -}}
- {key: eks.amazonaws.com/skip-pod-identity-webhook, operator: DoesNotExist}
{{- end -}}
