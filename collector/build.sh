#!/usr/bin/env bash
# Builds the lean Collector of builder.yaml, once for each manifest, and prints where it is.
#
#   collector/build.sh            build it, or find the one that was built
#   collector/build.sh --path     only say where it would be
#
# Wants Go 1.25 or later. The binary is kept under ${XDG_CACHE_HOME:-~/.cache}/jobtrail/collector.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

version=v0.155.0
hash=$(sha256sum builder.yaml build.sh | sha256sum | cut -c 1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/jobtrail/collector
binary=$cache/otelcol-$hash

if [ "${1:-}" = "--path" ]; then
  echo "$binary"
  exit
fi
if [ -x "$binary" ]; then
  echo "$binary"
  exit
fi
if ! command -v go >/dev/null; then
  echo "collector/build.sh: go was not found. Install Go 1.25 or later (https://go.dev/dl), or set JOBTRAIL_OTELCOL to a Collector of your own." >&2
  exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/build-XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
say() { echo "collector/build.sh: $*" >&2; }

say "building the Collector $version; the first time takes a few minutes"
GOBIN=$work/bin go install "go.opentelemetry.io/collector/cmd/builder@$version" >&2
sed "s|^  output_path: .*|  output_path: $work/source|" builder.yaml >"$work/manifest.yaml"

# In two steps: the builder's own `go mod tidy` also wants what only tests of tests need, which not every proxy has.
"$work/bin/builder" --config "$work/manifest.yaml" --skip-compilation --skip-get-modules >&2
{
  echo "module jobtrail.dev/otelcol"
  echo
  echo "go 1.25"
  echo
  echo "require ("
  echo "	go.opentelemetry.io/collector/otelcol $version"
  sed -n 's/^  - gomod: /	/p' builder.yaml
  echo ")"
} >"$work/source/go.mod"
(cd "$work/source" && CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags="-s -w" -o "$work/otelcol" .) >&2
"$work/otelcol" --version >&2
mv "$work/otelcol" "$binary"
say "built $binary"
echo "$binary"
