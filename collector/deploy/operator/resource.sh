#!/bin/sh
# Prints an OpenTelemetryCollector that has the configuration of a stack, and of its pods nothing:
#
#   resource.sh <name> <options of `jobtrail collector config`>
set -eu
name=$1
shift
config=$(jobtrail collector config "$@" --print config)
cat <<END
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata:
  name: $name
spec:
  config:
END
printf '%s\n' "$config" | sed 's/^./    &/'
