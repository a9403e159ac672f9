{{/*
Who calls whom among our own: network policies and URLs in the environment are both made of it. Every service fetches the
keys that tokens are signed with from users and orders, also these two themselves.
*/}}
{{- define "excursions.edges" -}}
gateway: [router, notifications]
router: [users, billing, excursions, orders, notifications]
users: [users, orders]
billing: [users, orders]
excursions: [users, orders]
orders: [users, orders, billing, excursions]
notifications: [users, orders]
test: [gateway, users, billing, excursions, orders, notifications]
{{- end }}

{{/* Of root and component: the names of those who call it, as a YAML list. */}}
{{- define "excursions.callers" -}}
{{- range $caller, $callees := include "excursions.edges" . | fromYaml }}
{{- if has $.component $callees }}
- {{ $caller }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of root and component: a NetworkPolicy peer. */}}
{{- define "excursions.peer" -}}
podSelector:
  matchLabels: {{- include "excursions.selector" . | nindent 4 }}
{{- end }}
