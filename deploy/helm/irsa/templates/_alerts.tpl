{{/* Counters that rose within a window: (list "metric" "10m"). One that was not there before it rose
     from nothing, of which increase() knows nothing. */}}
{{- define "irsa.increased" -}}
{{- $metric := index . 0 -}}
{{- $window := index . 1 -}}
increase({{ $metric }}[{{ $window }}]) > 0 or ({{ $metric }} unless {{ $metric }} offset {{ $window }})
{{- end -}}
