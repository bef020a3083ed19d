{{- define "irsa.initPod" -}}
{{- $b := .Values.bootstrap -}}
metadata:
  labels: {{- include "irsa.selector" (list . "init") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ include "irsa.name" (list . "init") }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- with include "irsa.pullSecrets" . }}{{ trim . | nindent 2 }}{{- end }}
  securityContext: {{- include "irsa.podSecurity" . | nindent 4 }}
  {{- with .Values.server.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.server.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  # The volume is on one node at a time: the server's, and it waits there for this.
  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "irsa.selector" (list . "server") | nindent 14 }}
  containers:
    - name: init
      image: {{ include "irsa.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - init
        - --if-needed
        - --data-dir=/var/lib/irsa/data
        - --root-key-file=/etc/irsa/root.key
        - --region={{ $b.region }}
        {{- with $b.account }}
        - --account={{ . }}
        {{- end }}
        - --credentials-secret={{ include "irsa.credentialsSecret" . }}
        - --namespace={{ .Release.Namespace }}
      resources:
        requests: {cpu: 20m, memory: 32Mi}
        limits: {memory: 256Mi}
      securityContext: {{- include "irsa.containerSecurity" . | nindent 8 }}
      volumeMounts:
        {{- include "irsa.dataMounts" . | nindent 8 }}
  volumes:
    {{- include "irsa.dataVolumes" . | nindent 4 }}
{{- end -}}
