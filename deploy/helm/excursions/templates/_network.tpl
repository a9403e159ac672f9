{{- define "excursions.toDns" -}}
# names are looked up
- to: {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- end }}

{{/* Of root and component. */}}
{{- define "excursions.toDatabase" -}}
# the database of {{ .component }}
{{- if include "excursions.makesDatabase" . }}
- to:
    - podSelector:
        matchLabels: { cnpg.io/cluster: {{ include "excursions.fullname" .root }}-{{ .component }}-db }
  ports: [{ port: 5432 }]
{{- else }}
- ports: [{ port: {{ .root.Values.postgresql.port }} }]
  {{- with .root.Values.networkPolicy.postgresql }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Of root and component: its own database, and the broker. */}}
{{- define "excursions.toStores" -}}
{{ include "excursions.toDatabase" . }}
# events
{{- if .root.Values.kafka.brokers }}
- ports: [{ port: {{ .root.Values.kafka.brokers | splitList "," | first | splitList ":" | last }} }]
  {{- with .root.Values.networkPolicy.kafka }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- else }}
- to:
    - podSelector:
        matchLabels: { strimzi.io/cluster: {{ include "excursions.fullname" .root }}-kafka, strimzi.io/kind: Kafka }
  ports: [{ port: {{ .root.Values.kafka.port }} }]
{{- end }}
{{- end }}

{{- define "excursions.toTracing" -}}
{{- if .Values.tracing.endpoint -}}
# spans
- ports: [{ port: {{ (splitList ":" .Values.tracing.endpoint | last | trimSuffix "/") }} }]
  {{- with .Values.networkPolicy.tracing }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- else if .Values.jaeger.create -}}
# spans
- to:
    - {{ include "excursions.peer" (dict "root" . "component" "jaeger") | nindent 6 | trim }}
  ports: [{ port: 4318 }]
{{- end }}
{{- end }}
