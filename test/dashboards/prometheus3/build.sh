#!/usr/bin/env bash
# Builds Prometheus 3 and its promtool, once for each go.mod, and prints the folder that holds them.
# Debian's package is 2.42, which knows neither the OTLP receiver, nor UTF-8 names, nor today's native histograms.
#
#   build.sh            build them, or find those that were built
#   build.sh --path     only say where they would be
#
# Wants the Go that go.mod names, or a later one. They are kept under ${XDG_CACHE_HOME:-~/.cache}/jobtrail/prometheus3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

hash=$(sha256sum go.mod go.sum build.sh | sha256sum | cut -c 1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/jobtrail/prometheus3
folder=$cache/$hash

if [ "${1:-}" = "--path" ] || [ -x "$folder/prometheus" ]; then
  echo "$folder"
  exit
fi
if ! command -v go >/dev/null; then
  echo "prometheus3/build.sh: go was not found. Install Go 1.26 or later (https://go.dev/dl)." >&2
  exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/build-XXXXXX")
cp go.mod go.sum "$work/"
trap 'rm -rf "$work"' EXIT
echo "prometheus3/build.sh: building Prometheus; the first time takes 15 minutes or more on two cores" >&2

# `go install` refuses a module that replaces others; go.mod here requires it instead, and is not rewritten.
# Without service discovery, which is most of the code and not used.
root=github.com/prometheus/prometheus/cmd
CGO_ENABLED=0 go build -mod=mod -modfile="$work/go.mod" -tags remove_all_sd -trimpath -ldflags="-s -w" \
  -o "$work/" "$root/promtool" "$root/prometheus" >&2
"$work/promtool" --version >&2
mkdir -p "$folder"
mv "$work/promtool" "$work/prometheus" "$folder/"
echo "$folder"
