# shellcheck shell=bash
# sanitizers.sh - what a machine must allow so that the sanitizers work, and their options. Sourced by dev.

# sanitizer_works FLAG COMMAND...: builds an empty program with -fsanitize=FLAG and runs it below COMMAND.
sanitizer_works() {
  local dir status=0
  dir=$(mktemp -d)
  echo 'int main() { return 0; }' | g++ -x c++ "-fsanitize=$1" -o "$dir/empty" - || status=$?
  if ((status == 0)); then "${@:2}" "$dir/empty" >/dev/null 2>&1 </dev/null || status=$?; fi
  rm -rf -- "$dir"
  return "$status"
}

run_below=() # the command that must stand before the tests; mostly none

# The sanitizers of g++ 12 expect the kernel to move mappings by at most 28 bits. Newer kernels use up to 32, and then
# programs die at their start, now and then ("unexpected memory mapping"; AddressSanitizer: an endless DEADLYSIGNAL).
steady_addresses() {
  local bits
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null) || bits=0
  if ((bits <= 28)); then return 0; fi
  if setarch -R true 2>/dev/null; then
    note "vm.mmap_rnd_bits is $bits, too much for the sanitizers: the tests run without address randomisation"
    run_below=(setarch -R)
  else
    note "vm.mmap_rnd_bits is $bits, too much for the sanitizers, and setarch -R is forbidden here: tests may die at"
    note "their start, at random. As root on the host: sysctl vm.mmap_rnd_bits=28"
  fi
}

# Exports the options of AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
prepare_asan() {
  local leaks=1
  steady_addresses
  # LeakSanitizer stops its own process by ptrace at exit; some containers forbid that.
  if ! sanitizer_works address "${run_below[@]}" env ASAN_OPTIONS=detect_leaks=1; then
    leaks=0
    note "LeakSanitizer cannot work here (is ptrace forbidden?): leaks are NOT looked for in this run"
  fi
  export ASAN_OPTIONS="detect_leaks=$leaks:strict_string_checks=1:detect_stack_use_after_return=1:\
check_initialization_order=1:strict_init_order=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
  export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
}

# Exports the options of ThreadSanitizer.
prepare_tsan() {
  steady_addresses
  if ! sanitizer_works thread "${run_below[@]}"; then note "ThreadSanitizer cannot even run an empty program here"; fi
  export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$root/tools/tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
}
