#!/bin/sh
# Word count with the tools of every Unix: wordcount_coreutils.sh INPUT OUTPUT
# sort may use both processors and half the memory; the pipe keeps four processes busy.
set -eu
export LC_ALL=C
tr -cs 'A-Za-z' '\n' < "$1" | tr 'A-Z' 'a-z' | sort --parallel=2 --buffer-size=50% | uniq -c > "$2"
