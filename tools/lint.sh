#!/usr/bin/env bash
# lint.sh BUILD_DIR JOBS [BASE] - clang-tidy, with the tree's .clang-tidy, over the sources in BUILD_DIR's
# compile_commands.json. With BASE: only over sources that differ from that commit or include a header that does.
set -euo pipefail

build=$1 jobs=$2 base=${3:-}
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
cd -- "$root"
git() { command git -c safe.directory="$root" "$@"; }

# The sources of the tree that CMake compiles, relative to the root.
mapfile -t sources < <(sed -nE 's/^ *"file": "(.*)",?$/\1/p' "$build/compile_commands.json" |
  sed -n "s|^$root/||p" | { grep -v '^build/' || true; } | sort -u)

if [[ -n $base ]]; then
  git rev-parse -q --verify "$base^{commit}" >/dev/null || {
    echo "lint: '$base' is no commit" >&2
    exit 2
  }
  mapfile -t changed < <(git diff --name-only "$base" -- '*.cpp' '*.hpp'
    git ls-files --others --exclude-standard -- '*.cpp' '*.hpp')
  declare -A chosen=()
  for file in "${changed[@]}"; do
    if [[ $file == *.cpp ]]; then
      chosen[$file]=1
      continue
    fi
    while IFS= read -r user; do chosen[$user]=1; done < <(grep -lF "include <$file>" -- "${sources[@]}" || true)
  done
  picked=()
  for file in "${sources[@]}"; do
    if [[ -n ${chosen[$file]:-} ]]; then picked+=("$file"); fi
  done
  sources=("${picked[@]}")
fi

if ((${#sources[@]} == 0)); then
  echo "lint: no source to look at"
  exit 0
fi
echo "lint: ${#sources[@]} source(s)"
printf '%s\0' "${sources[@]}" |
  xargs -0 -n 1 -P "$jobs" clang-tidy-19 --quiet -p "$build" --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error 2> >(grep -vE ' warnings? generated\.$' >&2)
echo "lint: nothing found"
