{{/* The objects are those of the kustomizations, which lie in files/; values are put into them here. */}}

{{/* The objects of a folder: of its files, and of the folders that its kustomization names. */}}
{{- define "kubernetes-haproxy.folder" -}}
{{- $root := .root -}}
{{- $folder := .folder -}}
{{- $kustomization := $root.Files.Get (printf "files/%s/kustomization.yaml" $folder) | fromYaml -}}
{{- range $resource := $kustomization.resources }}
{{- if hasSuffix ".yaml" $resource }}
{{- include "kubernetes-haproxy.file" (dict "root" $root "path" (printf "%s/%s" $folder $resource)) }}
{{- else }}
{{- include "kubernetes-haproxy.part" (dict "root" $root "folder" (base $resource)) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A folder that a kustomization names, as far as the values want it. */}}
{{- define "kubernetes-haproxy.part" -}}
{{- $values := .root.Values -}}
{{- if eq .folder "config" }}
{{- if $values.config.create }}{{ include "kubernetes-haproxy.folder" . }}{{ end }}
{{- else if eq .folder "namespace-pods" }}
{{- if $values.pods.all }}
{{- include "kubernetes-haproxy.folder" (dict "root" .root "folder" "all-namespaces") }}
{{- else }}
{{- range $namespace := $values.pods.namespaces }}
{{- include "kubernetes-haproxy.folder" (dict "root" (merge (dict "podNamespace" $namespace) $.root) "folder" "namespace-pods") }}
{{- end }}
{{- end }}
{{- else }}
{{- include "kubernetes-haproxy.folder" . }}
{{- end }}
{{- end -}}

{{/* The objects of a file, in the namespaces and with the images of the values. */}}
{{- define "kubernetes-haproxy.file" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $namespace := $root.Release.Namespace -}}
{{- $text := $root.Files.Get (printf "files/%s" .path) -}}
{{- $text = regexReplaceAll "(?m)((?:namespace|kubernetes.io/metadata.name): )lb$" $text (printf "${1}%s" $namespace) -}}
{{- $text = regexReplaceAll "(?m)(namespace: )default$" $text (printf "${1}%s" ($root.podNamespace | default "default")) -}}
{{- $text = replace "renderer.lb.svc" (printf "renderer.%s.svc" $namespace) $text -}}
{{- $text = replace "/admission/secret" (printf "/admission/%s" $values.admission.secret) $text -}}
{{- range $document := splitList "\n---\n" $text }}
{{- $object := fromYaml $document }}
{{- if $object.Error }}{{ fail (printf "%s: %s" $.path $object.Error) }}{{ end }}
{{- if or (ne $object.kind "Namespace") $values.createNamespace }}
{{- include "kubernetes-haproxy.adjust" (dict "root" $root "object" $object) }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Puts values into an object, and patches over it. */}}
{{- define "kubernetes-haproxy.adjust" -}}
{{- $values := .root.Values -}}
{{- $object := .object -}}
{{- $name := $object.metadata.name -}}
{{- $id := printf "%s/%s" $object.kind $name -}}
{{- if eq $object.kind "Namespace" }}{{ $_ := set $object.metadata "name" .root.Release.Namespace }}{{ end }}
{{- if and (has $object.kind (list "DaemonSet" "Deployment")) }}
{{- $part := get $values $name }}
{{- $pod := $object.spec.template.spec }}
{{- range $container := concat $pod.containers ($pod.initContainers | default list) }}
{{- $_ := set $container "image" $part.image }}
{{- if and $part.resources (eq $container.name $name) }}{{ $_ := set $container "resources" $part.resources }}{{ end }}
{{- end }}
{{- end }}
{{- if eq $id "Deployment/haproxy" }}{{ $_ := set $object.spec "replicas" $values.haproxy.replicas }}{{ end }}
{{- if eq $id "Deployment/renderer" }}{{ $_ := set $object.spec "replicas" $values.renderer.minReplicas }}{{ end }}
{{- if eq $id "HorizontalPodAutoscaler/renderer" }}
{{- $_ := set $object.spec "minReplicas" $values.renderer.minReplicas }}
{{- $_ := set $object.spec "maxReplicas" $values.renderer.maxReplicas }}
{{- end }}
{{- if and (eq $object.kind "ConfigMap") (has $name (list "services" "config" "certificates")) }}
{{- /* What people have written since is theirs, unless the values say otherwise. */}}
{{- $live := lookup "v1" "ConfigMap" .root.Release.Namespace $name | default dict }}
{{- with get $values.config $name | default $live.data }}{{ $_ := set $object "data" . }}{{ end }}
{{- end }}
{{- if eq $id "ConfigMap/renderer-settings" }}
{{- range $key, $value := $values.renderer.settings }}{{ $_ := set $object.data $key (toString $value) }}{{ end }}
{{- end }}
{{- if eq $object.kind "ValidatingWebhookConfiguration" }}
{{- range $object.webhooks }}{{ $_ := set .clientConfig "caBundle" $values.admission.caBundle }}{{ end }}
{{- end }}
{{- with get $values.patches $id }}{{ $_ := mergeOverwrite $object (deepCopy .) }}{{ end }}
{{- end -}}
