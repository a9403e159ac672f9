{{/* A value as text: numbers come as floats, of which a million would be 1e+06. */}}
{{- define "excursions.text" -}}
{{ ternary (toJson .) (toString .) (kindIs "float64" .) | quote }}
{{- end }}

{{/* Of root, component and its values: the environment of a process of our binary. */}}
{{- define "excursions.environment" -}}
{{- $root := .root -}}
{{- $plain := dict "SERVICES_BIND" "0.0.0.0" "LOG_FORMAT" "json" (printf "%s_PORT" (upper .component)) (toString .values.port) -}}
{{- range index (include "excursions.edges" $root | fromYaml) .component -}}
  {{- $_ := set $plain (printf "%s_URL" (upper .)) (include "excursions.url" (dict "root" $root "component" .)) -}}
{{- end -}}
{{- if eq .component "gateway" }}{{ $_ := set $plain "GATEWAY_METRICS_PORT" .values.ports.metrics }}{{ end -}}
{{- with include "excursions.tracing" $root -}}
  {{- $_ := set $plain "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
  {{- $_ := set $plain "OTEL_TRACES_SAMPLER" "parentbased_traceidratio" -}}
  {{- $_ := set $plain "OTEL_TRACES_SAMPLER_ARG" $root.Values.tracing.ratio -}}
{{- end -}}
{{- if has .component (list "users" "orders") -}}
  {{- $files := list -}}
  {{- range .values.acceptedKeys }}{{ $files = append $files (printf "/run/secrets/excursions/%s" .) }}{{ end -}}
  {{- with $files }}{{ $_ := set $plain (printf "%s_ACCEPTED_KEY_FILES" (upper $.component)) (join "," .) }}{{ end -}}
{{- end -}}
{{- if hasKey $root.Values.services .component }}{{ $_ := set $plain "KAFKA_BROKERS" (include "excursions.brokers" $root) }}{{ end -}}
{{- if eq .component "orders" }}{{ $_ := set $plain "ORDERS_SERVICE_KEY_FILE" "/run/secrets/excursions/service-key.pem" }}{{ end -}}
{{- if eq .component "users" }}
  {{- $_ := set $plain "USERS_SIGNING_KEY_FILE" "/run/secrets/excursions/signing-key.pem" -}}
  {{- with $root.Values.operator.email }}{{ $_ := set $plain "OPERATOR_EMAIL" . }}{{ end -}}
{{- end -}}
{{- range $name, $value := merge (dict) .values.settings $plain }}
- name: {{ $name }}
  value: {{ include "excursions.text" $value }}
{{- end }}
{{- if hasKey $root.Values.services .component }}
- {{ include "excursions.databaseUrl" . | nindent 2 | trim }}
{{- end }}
{{- if and (eq .component "users") $root.Values.operator.email }}
- name: OPERATOR_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "excursions.keys" . }}
      key: operator-password
{{- end }}
{{- end }}

{{/* Of root, component and its values: the environment of the router. */}}
{{- define "excursions.routerEnvironment" -}}
{{- $root := .root -}}
{{- $apollo := eq .values.kind "apollo" -}}
{{- $plain := dict "ROUTER_BIND" "0.0.0.0" "ROUTER_PORT" .values.port -}}
{{- range index (include "excursions.edges" $root | fromYaml) "router" -}}
  {{- $url := include "excursions.url" (dict "root" $root "component" .) -}}
  {{- if $apollo }}{{ $_ := set $plain (printf "%s_URL" (upper .)) $url }}
  {{- else }}{{ $_ := set $plain (printf "%s_GRAPHQL_URL" (upper .)) (printf "%s/graphql" $url) }}{{ end -}}
{{- end -}}
{{- if $apollo -}}
  {{- $_ := set $plain "ROUTER_HEALTH_PORT" .values.ports.health -}}
  {{- $_ := set $plain "ROUTER_METRICS_PORT" .values.ports.metrics -}}
  {{- $_ := set $plain "APOLLO_TELEMETRY_DISABLED" "true" -}}
{{- else -}}
  {{- $_ := set $plain "ROUTER_CONFIG_FILE_PATH" "/etc/router/router.yaml" -}}
{{- end -}}
{{- with include "excursions.tracing" $root -}}
  {{- $_ := set $plain "ROUTER_TRACES_SAMPLER" $root.Values.tracing.ratio -}}
  {{- if $apollo -}}
    {{- $_ := set $plain "ROUTER_OTLP_ENABLED" "true" -}}
    {{- $_ := set $plain "ROUTER_OTLP_ENDPOINT" . -}}
  {{- else }}{{ $_ := set $plain "ROUTER_OTLP_TRACES_ENDPOINT" (printf "%s/v1/traces" .) }}{{ end -}}
{{- end -}}
{{- range $name, $value := merge (dict) .values.settings $plain }}
- name: {{ $name }}
  value: {{ include "excursions.text" $value }}
{{- end }}
{{- end }}
