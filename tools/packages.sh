# Sourced by the scripts of this folder: what costwar needs from Debian, and one function that installs what is missing.

# To build and run the program.
build_packages=(build-essential cmake ninja-build pkg-config
  libcli11-dev libfmt-dev nlohmann-json3-dev libcurl4-openssl-dev libsqlite3-dev libsimdjson-dev
  libboost-dev libssl-dev libutf8proc-dev zlib1g-dev libre2-dev libseccomp-dev libvalijson-dev libzip-dev libzstd-dev
  libxlsxwriter-dev libjs-chart.js ca-certificates)
# To test it.
test_packages=(doctest-dev libbenchmark-dev clang libclang-rt-14-dev clang-format python3 python3-jsonschema python3-yaml locales
  libreoffice-calc chromium chromium-driver python3-selenium)

# install_missing PACKAGE...: installs those that are absent, as root or through sudo, and says which.
install_missing() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "These Debian packages are missing and sudo is not there to install them: ${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/tmp/costwar-apt.$$.log 2>&1 || {
    cat "/tmp/costwar-apt.$$.log" >&2
    return 1
  }
  rm -f "/tmp/costwar-apt.$$.log"
}

# build_preset PRESET [TARGET...]: configures and builds build/PRESET, quietly unless it fails.
build_preset() {
  local preset=$1 log="build/$1.log"
  shift
  mkdir -p build
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "The build failed; the whole log is in $log" >&2
    return 1
  fi
}
