# shellcheck shell=bash
# setup.sh - which Debian packages each verb of dev needs, and how the missing ones come. Sourced by dev.

# Without these the build is slower, not impossible.
optional_packages=(ccache mold)
# What ./dev bench measures against; without them rows say that their peer is missing.
peer_packages=(erlang-base parallel)
# shellcheck disable=SC2034  # the lists are read by dev
{
  build_packages=(
    g++ cmake ninja-build pkg-config "${optional_packages[@]}"
    libcaf-dev libzmq3-dev cppzmq-dev libtomlplusplus-dev libexpected-dev libspdlog-dev libfmt-dev
    libcli11-dev nlohmann-json3-dev libgtest-dev libbenchmark-dev
    python3 # the rule script is a test; bench and chaos are driven by it
  )
  # What tests run: faults are injected into system calls; the rule script is tried on a checkout; a peer in another
  # language speaks our formats; files are held against their schema; graphs are drawn.
  test_packages=(strace git python3-msgpack python3-zmq python3-jsonschema graphviz)
  # llvm-19 has the symbolizer: without names no suppression matches.
  sanitizer_packages=(clang-19 libclang-rt-19-dev llvm-19)
  format_packages=(clang-format-14 git)
  # clang-tidy 14 cannot read base/reflect: it refuses the names of fields.
  lint_packages=(clang-tidy-19 git)
}

installed_packages=no # becomes yes when need() installed something: CMake should look again

# missing PACKAGES...: prints those that dpkg does not have, one per line.
missing() {
  local name status
  local -A have=()
  # dpkg-query fails when it has never heard of one of the names; what it prints about the others counts.
  # shellcheck disable=SC2016  # the ${} are dpkg-query's
  while read -r name status; do
    if [[ $status == installed ]]; then have[$name]=yes; fi
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
  for name in "$@"; do
    if [[ -z ${have[$name]:-} ]]; then echo "$name"; fi
  done
}

is_debian_12() {
  [[ -r /etc/os-release ]] && (
    # shellcheck source=/dev/null
    source /etc/os-release
    [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]]
  )
}

# Sets the array `as_root` to what must stand before a command that needs root; fails when there is no way.
become_root() {
  as_root=()
  if ((EUID == 0)); then return 0; fi
  command -v sudo >/dev/null || return 1
  if [[ -t 0 ]]; then as_root=(sudo); else as_root=(sudo -n); fi
  "${as_root[@]}" true 2>/dev/null
}

apt_install() {
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  quietly "${apt[@]}" update && quietly "${apt[@]}" install --no-install-recommends "$@"
}

# The optional ones among the given packages do not matter so much that a build should fail for them.
only_optional() {
  local package
  for package in "$@"; do
    if [[ " ${optional_packages[*]} ${peer_packages[*]} " != *" $package "* ]]; then return 1; fi
  done
}

# need PACKAGES...: returns when all are installed; installs what is missing. Ends dev with a message otherwise.
need() {
  local lacking=() as_root=()
  if ! command -v dpkg-query >/dev/null; then
    note "this is no Debian: the packages below are not looked for, CMake will say what it misses"
    note "  $*"
    return 0
  fi
  mapfile -t lacking < <(missing "$@")
  if ((${#lacking[@]} == 0)); then return 0; fi

  local by_hand="apt-get update && apt-get install ${lacking[*]}"
  if ! become_root; then
    if only_optional "${lacking[@]}"; then return 0; fi
    die "packages are missing, and this is neither root nor a user with sudo. As root: $by_hand"
  fi
  if ! is_debian_12; then note "this is not Debian 12: packages may be named differently or be too old or too new"; fi
  note "installing ${lacking[*]}"
  if ! apt_install "${lacking[@]}"; then
    note "apt-get failed; once more in 5 s"
    sleep 5
    if ! apt_install "${lacking[@]}"; then
      if is_debian_12 && ! only_optional "${lacking[@]}"; then die "packages could not be installed: $by_hand"; fi
      note "going on without: ${lacking[*]}"
      return 0
    fi
  fi
  # shellcheck disable=SC2034  # read by dev
  installed_packages=yes
}
