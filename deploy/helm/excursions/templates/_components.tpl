{{/*
What runs here, as YAML: a component's values over the defaults, with its `ports` by name and the port that its metrics
are on (`metrics`). Of root.
*/}}
{{- define "excursions.components" -}}
{{- $all := dict -}}
{{- range $name, $own := .Values.services -}}
  {{- $_ := set $all $name (merge (dict "ports" (dict "http" $own.port) "metrics" "http") $own) -}}
{{- end -}}
{{- $_ := set $all "gateway" (merge (dict "ports" (dict "http" .Values.gateway.port "metrics" 4009) "metrics" "metrics") .Values.gateway) -}}
{{- if not .Values.router.url -}}
  {{- $own := dict "ports" (dict "http" .Values.router.port) "metrics" "http" -}}
  {{- if eq .Values.router.kind "apollo" -}}
    {{- $own = dict "ports" (dict "http" .Values.router.port "health" 8088 "metrics" 9090) "metrics" "metrics" -}}
  {{- end -}}
  {{- $_ := set $all "router" (merge $own .Values.router) -}}
{{- end -}}
{{- range $name, $own := $all -}}
  {{- if or (not $.Values.only) (eq $.Values.only $name) }}
{{ dict $name (mergeOverwrite (deepCopy $.Values.defaults) (deepCopy $own)) | toYaml }}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* Of root: the services of ours among them. */}}
{{- define "excursions.services" -}}
{{- range $name, $component := include "excursions.components" . | fromYaml -}}
  {{- if hasKey $.Values.services $name }}
{{ dict $name $component | toYaml }}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* Of root: says so where what the components share is installed here. */}}
{{- define "excursions.platform" -}}
{{- if has .Values.only (list "" "platform") }}yes{{ end -}}
{{- end }}

{{/* Of root and component: where it answers. */}}
{{- define "excursions.url" -}}
{{- $values := ternary (index .root.Values.services .component) (index .root.Values .component) (hasKey .root.Values.services .component) -}}
{{ $values.url | default (printf "http://%s-%s:%v" (include "excursions.fullname" .root) .component $values.port) | trimSuffix "/" }}
{{- end }}

{{/* Of root. */}}
{{- define "excursions.brokers" -}}
{{- if not (or .Values.kafka.brokers .Values.kafka.create) }}{{ fail "kafka.brokers is needed where kafka.create is false" }}{{ end -}}
{{ .Values.kafka.brokers | default (printf "%s-kafka-kafka-bootstrap:%v" (include "excursions.fullname" .) .Values.kafka.port) }}
{{- end }}

{{/* Of root: says so where KEDA looks at what waits on Kafka. */}}
{{- define "excursions.scalesByLag" -}}
{{- range list "billing" "notifications" -}}
  {{- $values := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy (index $.Values.services .)) -}}
  {{- if and $values.autoscaling.enabled $values.autoscaling.lag.enabled }}yes{{ end -}}
{{- end -}}
{{- end }}

{{/* Of root: where traces go, if anywhere. */}}
{{- define "excursions.tracing" -}}
{{- if .Values.tracing.endpoint }}{{ .Values.tracing.endpoint }}
{{- else if .Values.jaeger.create }}http://{{ include "excursions.fullname" . }}-jaeger:4318{{ end -}}
{{- end }}

{{/* Of root and component: whether the chart makes its database. */}}
{{- define "excursions.makesDatabase" -}}
{{- $database := (index .root.Values.services .component).database -}}
{{- if $database.existingSecret -}}
{{- else if .root.Values.postgresql.create }}yes
{{- else }}{{ fail (printf "services.%s.database.existingSecret is needed where postgresql.create is false" .component) }}
{{- end -}}
{{- end }}

{{/* Of root and component: the environment entry of its database's URL. */}}
{{- define "excursions.databaseUrl" -}}
{{- $database := (index .root.Values.services .component).database -}}
{{- $made := include "excursions.makesDatabase" . -}}
name: {{ upper .component }}_DATABASE_URL
valueFrom:
  secretKeyRef:
    name: {{ ternary (printf "%s-%s-db-app" (include "excursions.fullname" .root) .component) $database.existingSecret (eq $made "yes") }}
    key: {{ ternary "uri" $database.key (eq $made "yes") }}
{{- end }}

{{/* Of root and component: the secret with its keys. */}}
{{- define "excursions.keys" -}}
{{ (index .root.Values.services .component).existingSecret | default (printf "%s-%s" (include "excursions.fullname" .root) .component) }}
{{- end }}
