{{/* What all names begin with. Not the release's name: components that are installed one by one find each other. */}}
{{- define "excursions.fullname" -}}
{{ .Values.fullnameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Of root and component: what selects its pods. */}}
{{- define "excursions.selector" -}}
app.kubernetes.io/part-of: {{ include "excursions.fullname" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Of root and component: what its pods carry. No versions: a new chart alone makes no new pods. */}}
{{- define "excursions.podLabels" -}}
{{ include "excursions.selector" . }}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* Of root and component. */}}
{{- define "excursions.labels" -}}
{{ include "excursions.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of root and component, and a suffix of the name if it is not the component's alone. */}}
{{- define "excursions.metadata" -}}
name: {{ include "excursions.fullname" .root }}-{{ .component }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "excursions.labels" . | nindent 2 }}
{{- end }}

{{- define "excursions.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}
