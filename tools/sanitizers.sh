# shellcheck shell=bash
# sanitizers.sh - what a machine must allow so that the sanitizers work, and their options. Sourced by dev.
# They are those of clang++ 19: it compiles such builds in half the time of g++ 12, whose sanitizers die at random where
# the kernel moves mappings by more than 28 bits; and what two compilers accept is worth more.

# sanitizer_works FLAG [VARIABLE=VALUE...]: builds an empty program with -fsanitize=FLAG and runs it.
sanitizer_works() {
  local dir status=0
  dir=$(mktemp -d)
  echo 'int main() { return 0; }' | clang++-19 -x c++ "-fsanitize=$1" -o "$dir/empty" - || status=$?
  if ((status == 0)); then env "${@:2}" "$dir/empty" >/dev/null 2>&1 </dev/null || status=$?; fi
  rm -rf -- "$dir"
  return "$status"
}

# Exports the options of AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
prepare_asan() {
  local leaks=1
  # LeakSanitizer stops its own process by ptrace at exit; some containers forbid that.
  if ! sanitizer_works address ASAN_OPTIONS=detect_leaks=1; then
    leaks=0
    note "LeakSanitizer cannot work here (is ptrace forbidden?): leaks are NOT looked for in this run"
  fi
  # A thread's stack frames for use-after-return, 1 MiB of each size, are walked through in a circle: with 64 KiB a run
  # touches a third less of fresh memory.
  export ASAN_OPTIONS="detect_leaks=$leaks:strict_string_checks=1:detect_stack_use_after_return=1:\
max_uar_stack_size_log=16:check_initialization_order=1:strict_init_order=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
  export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
}

# Exports the options of ThreadSanitizer.
prepare_tsan() {
  if ! sanitizer_works thread; then note "ThreadSanitizer cannot even run an empty program here"; fi
  export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$root/tools/tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
}
