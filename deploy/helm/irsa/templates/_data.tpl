{{/* The data and, apart from it, the root key. */}}
{{- define "irsa.dataVolumes" -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "irsa.claim" . }}
- name: root-key
  secret:
    secretName: {{ .Values.rootKey.existingSecret }}
    defaultMode: 256 # 0400; the group of fsGroup may read it too
    items: [{key: {{ .Values.rootKey.key }}, path: root.key}]
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 16Mi}
{{- end -}}

{{- define "irsa.dataMounts" -}}
- {name: data, mountPath: /var/lib/irsa}
# WHY: by its subPath it is a file; else it would be a link, which the server does not follow.
- {name: root-key, mountPath: /etc/irsa/root.key, subPath: root.key, readOnly: true}
- {name: tmp, mountPath: /tmp}
{{- end -}}
