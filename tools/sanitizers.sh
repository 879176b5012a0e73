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

# Exports the options of AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
prepare_asan() {
  local leaks=1
  # LeakSanitizer stops its own process by ptrace at exit; some containers forbid that.
  if ! sanitizer_works address env ASAN_OPTIONS=detect_leaks=1; then
    leaks=0
    note "LeakSanitizer cannot work here (ptrace is forbidden?): leaks are NOT looked for in this run"
  fi
  export ASAN_OPTIONS="detect_leaks=$leaks:strict_string_checks=1:detect_stack_use_after_return=1:\
check_initialization_order=1:strict_init_order=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
  export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
}

# Exports the options of ThreadSanitizer and sets the named array to the command that must stand before the tests.
prepare_tsan() {
  local -n before=$1
  export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
  before=()
  if sanitizer_works thread; then return 0; fi
  # The runtime of g++ 12 expects the kernel to move mappings by at most 28 bits; newer kernels use up to 32.
  if sanitizer_works thread setarch -R; then
    note "ThreadSanitizer dislikes vm.mmap_rnd_bits of this kernel: the tests run without address randomisation"
    # shellcheck disable=SC2034  # the caller's array
    before=(setarch -R)
    return 0
  fi
  die "ThreadSanitizer cannot start here, nor under setarch -R; as root: sysctl vm.mmap_rnd_bits=28"
}
