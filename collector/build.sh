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

# Before 0.156 a receiver that several pipelines share could take records before the queues of all of them stood:
# a queue that is compacted at start was met by a panic. As 0.156 does, start receivers last.
service=$(go mod download -json "go.opentelemetry.io/collector/service@$version" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
cp -r "$service" "$work/service"
chmod -R u+w "$work/service"
cat >"$work/service/internal/graph/order.go" <<'GO'
package graph

import (
	"slices"

	"gonum.org/v1/gonum/graph"
)

// receiversLast orders what is started from the end of the list on.
func receiversLast(nodes []graph.Node) {
	rank := func(node graph.Node) int {
		if _, isReceiver := node.(*receiverNode); isReceiver {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(nodes, func(a, b graph.Node) int { return rank(a) - rank(b) })
}
GO
sed -i '/^func (g \*Graph) StartAll/,/^}/s/topo\.Sort(g\.componentGraph)/topo.SortStabilized(g.componentGraph, receiversLast)/' \
  "$work/service/internal/graph/graph.go"
grep -q receiversLast "$work/service/internal/graph/graph.go" || { say "the order of starts is not where it was"; exit 1; }
echo "replace go.opentelemetry.io/collector/service => ../service" >>"$work/source/go.mod"

(cd "$work/source" && CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags="-s -w" -o "$work/otelcol" .) >&2
"$work/otelcol" --version >&2
mv "$work/otelcol" "$binary"
say "built $binary"
echo "$binary"
