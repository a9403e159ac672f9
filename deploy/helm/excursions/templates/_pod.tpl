{{/* Of root, component and its values: what the pods of every component have. Restricted Pod Security, and no token. */}}
{{- define "excursions.pod" -}}
serviceAccountName: {{ include "excursions.fullname" .root }}-{{ .account | default .component }}
automountServiceAccountToken: false
# They would come as settings: USERS_PORT=tcp://… for a service named users.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "excursions.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Of root and component: spread over zones and nodes, each version by itself. */}}
{{- define "excursions.spread" -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels: {{- include "excursions.selector" $ | nindent 6 }}
{{- end }}
{{- end }}

{{/* Of live, ready (paths) and port: a start may take a minute; what hangs is restarted, what is not ready gets nothing. */}}
{{- define "excursions.probes" -}}
startupProbe:
  httpGet: { path: {{ .live | quote }}, port: {{ .port }} }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: {{ .live | quote }}, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: { path: {{ .ready | quote }}, port: {{ .port }} }
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 2
{{- end }}
