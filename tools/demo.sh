#!/usr/bin/env bash
# demo.sh PROGRAM CONFIG FILES... - counts the words of files with the wordcount example, then checks every count
# against tr | sort | uniq -c. Exit status: 0 when all agree, the program's own when it fails, 1 otherwise.
set -euo pipefail

program=$1 config=$2
shift 2

say() { printf 'demo: %s\n' "$*"; }

scratch=$(mktemp -d "${TMPDIR:-/tmp}/troupe-demo.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT

# Every file gets a plain name in a folder of links, so that the real names may hold anything: spaces, quotes, glob
# characters, bytes that are not UTF-8; and so that there may be more of them than fit on a command line.
mkdir -- "$scratch/texts"
number=0
for file in "$@"; do
  number=$((number + 1))
  if [[ $file != /* ]]; then file=$PWD/$file; fi
  ln -s -- "$file" "$scratch/texts/$(printf '%06d' "$number")"
done

# A TOML basic string of a path.
toml_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# The folder of scratch files may be called anything, too.
texts=$(sed -E 's/[][*?\\]/\\&/g' <<<"$scratch/texts")

say "counting the words of $# file(s)"
status=0
"$program" run "$config" \
  --set "stage.count.from.files=$(toml_string "$texts/*")" \
  --set "stage.totals.to.file=$(toml_string "$scratch/counts.jsonl")" </dev/null || status=$?
if ((status != 0)); then
  printf 'demo: %s ended with status %d; nothing was checked\n' "$(basename -- "$program")" "$status" >&2
  exit "$status"
fi

export LC_ALL=C
say "counting them again with tr | sort | uniq -c"
# An empty line between two files: words do not reach over the end of a file.
for text in "$scratch"/texts/*; do
  cat -- "$text"
  echo
done | tr -cs '[:alpha:]' '\n' | tr '[:upper:]' '[:lower:]' | sed '/^$/d' | sort -T "$scratch" | uniq -c |
  sed -E 's/^ *([0-9]+) ([a-z]+)$/\2 \1/' >"$scratch/expected"

# Lines of another form stay as they are and are found by the comparison.
touch -- "$scratch/counts.jsonl"
sed -E 's/^\{"word":"([a-z]+)","count":([0-9]+)\}$/\1 \2/' "$scratch/counts.jsonl" |
  sort -T "$scratch" >"$scratch/counted"

if ! cmp -s -- "$scratch/expected" "$scratch/counted"; then
  printf 'demo: the counts DIFFER from tr | sort | uniq -c; < theirs, > ours:\n' >&2
  diff -- "$scratch/expected" "$scratch/counted" | sed '10q' >&2 || true
  exit 1
fi
# 12345678 as 12,345,678
grouped() { sed -E ':again; s/([0-9])([0-9]{3})(,|$)/\1,\2\3/; t again' <<<"$1"; }
different=$(wc -l <"$scratch/expected")
all=$(awk '{all += $2} END {printf "%.0f", all}' "$scratch/expected")
say "checked: $(grouped "$different") different words, $(grouped "$all") words in all, equal to tr | sort | uniq -c"
